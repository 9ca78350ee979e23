"""Progress: kept, shared by kernels, merged, and never in the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.errors import CourseError
from helpers.exercises import progress
from helpers.exercises.progress import PASSED, PREDICTED, TRIED, Store, store

WRITER = """
import sys
from helpers.exercises.progress import store
for number in range(int(sys.argv[2])):
    store().note("tried", "01", sys.argv[1], f"answer {number}")
    print(number, flush=True)
"""


def writer(name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_done_is_there_tomorrow(data: Path) -> None:
    store().note(PASSED, "00", "stopwatch", "def stopwatch(job): ...")
    tomorrow = Store(data / "progress.sqlite")
    assert tomorrow.passed() == {"stopwatch"}
    assert tomorrow.sources(PASSED, "stopwatch") == ["def stopwatch(job): ..."]
    assert tomorrow.lessons() == {"00"}


def test_several_kernels_write_at_the_same_time_and_nothing_is_lost() -> None:
    writers = [writer(f"kernel {number}", 50) for number in range(4)]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    names = [event.name for event in store().events()]
    assert {name: names.count(name) for name in set(names)} == {f"kernel {n}": 50 for n in range(4)}


def test_kernels_that_begin_at_the_same_moment_all_keep_their_progress(tmp_path: Path) -> None:
    for number in range(20):
        path, together = tmp_path / f"{number}.sqlite", threading.Barrier(8)

        def begin(path: Path = path, together: threading.Barrier = together) -> str:
            together.wait(10)
            return Store(path).trouble

        with ThreadPoolExecutor(8) as pool:
            assert [each.result() for each in [pool.submit(begin) for _ in range(8)]] == [""] * 8


def test_a_killed_kernel_loses_nothing_that_it_had_said() -> None:
    process = writer("killed", 100_000)
    assert process.stdout
    said = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    kept = [event for event in store().events() if event.name == "killed"]
    assert len(kept) >= len([line for line in said if line.endswith("\n")]) >= 20
    store().note(TRIED, "01", "killed", "and writing goes on")


def test_a_place_that_cannot_be_written_is_said_once_and_all_goes_on_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "occupied").write_text("a file where a folder should be")
    monkeypatch.setenv("ART_OF_WAITING_DATA", str(tmp_path / "occupied"))
    store().note(PREDICTED, "01", "01 three threads", "0.9")
    store().note(PASSED, "01", "total", "…")
    said = capsys.readouterr().err
    assert said.count("Your progress can't be kept") == 1
    assert "set ART_OF_WAITING_DATA to a folder you can write to" in said
    assert store().passed() == {"total"}


def test_a_broken_file_is_left_alone_and_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data.mkdir()
    (data / "progress.sqlite").write_bytes(b"not a database, but somebody's" * 100)
    store().note(PASSED, "01", "total", "…")
    assert "file is not a database" in capsys.readouterr().err
    assert (data / "progress.sqlite").read_bytes().startswith(b"not a database")
    assert store().passed() == {"total"}


def test_a_disk_that_fills_up_later_loses_nothing_of_this_session(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store().note(PASSED, "00", "stopwatch", "…")
    (data / "progress.sqlite").rename(data / "moved")
    (data / "progress.sqlite").mkdir()  # from now on it cannot be opened
    store().note(PASSED, "01", "total", "…")
    assert "Your progress can't be kept" in capsys.readouterr().err
    assert "total" in store().passed()


def test_progress_goes_to_a_file_and_comes_back_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store().note(PASSED, "00", "stopwatch", "with „quotes“ and\nlines")
    store().note(PREDICTED, "00", "00 one second", "1000")
    before = store().events()
    progress.export(tmp_path / "mine.json")
    monkeypatch.setenv("ART_OF_WAITING_DATA", str(tmp_path / "elsewhere"))
    store().note(PASSED, "01", "total", "done elsewhere")
    progress.import_(tmp_path / "mine.json")
    assert "Brought back 2 entries; 1 exercise newly passed." in capsys.readouterr().out
    assert store().passed() == {"stopwatch", "total"}
    assert set(before) < set(store().events())
    progress.import_(tmp_path / "mine.json")
    assert "Everything in that file was here already." in capsys.readouterr().out
    assert len(store().events()) == 3


BAD = {
    "text": "hello",
    "another JSON": "[1, 2]",
    "another course": '{"course": "Cooking", "version": 1, "events": []}',
    "no events": '{"course": "The Art of Waiting", "version": 1}',
    "wrong fields": '{"course": "The Art of Waiting", "version": 1, "events": [{"id": "1"}]}',
    "wrong types": json.dumps(
        {
            "course": "The Art of Waiting",
            "version": 1,
            "events": [{"id": 1, "at": "now", "lesson": "00", "kind": "passed", "name": "x", "value": ""}],
        }
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_changes_nothing_and_is_said(kind: str, tmp_path: Path) -> None:
    store().note(PASSED, "01", "total", "…")
    (tmp_path / "bad.json").write_text(BAD[kind])
    with pytest.raises(CourseError, match="not a progress file of this course, so nothing was changed"):
        progress.import_(tmp_path / "bad.json")
    assert len(store().events()) == 1


def test_a_missing_file_and_a_missing_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no file .* choose Copy Path"):
        progress.import_(tmp_path / "none.json")
    with pytest.raises(CourseError, match="could not be written"):
        progress.export(tmp_path / "no folder" / "mine.json")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)))
    with pytest.raises(CourseError, match="can't be read as text"):
        progress.import_(tmp_path / "picture.png")
