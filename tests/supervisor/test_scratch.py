"""Directories that are removed at the end, in places that may be full, read-only or missing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.owner import ROOT, alive, eventually, owner

TRY = "from helpers import supervisor; print(supervisor.scratch('data'))"


def attempt(place: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", TRY], env=env, capture_output=True, text=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        tmp_path.chmod(0o555)
        yield tmp_path
        tmp_path.chmod(0o755)
        return
    # For root, permissions are no obstacle.
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=100m", "aow", tmp_path], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("root may not mount here")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "aow", tmp_path], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def test_a_directory_is_private_short_and_the_same_when_asked_again() -> None:
    from helpers.supervisor import scratch

    place = scratch("data")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert place == scratch("data") != scratch("other")
    assert len(place.name) < len(str(place)) < len(os.environ.get("TMPDIR", "/tmp")) + 30


def test_a_read_only_temporary_directory_is_named_with_what_to_type(read_only: Path) -> None:
    said = attempt(read_only).stderr
    assert f"The temporary directory {read_only} cannot be used:" in said
    assert "type: TMPDIR=/" in said and "./course lab" in said


def test_a_full_temporary_directory_is_named_with_what_to_type(full: Path) -> None:
    said = attempt(full).stderr
    assert f"The temporary directory {full} has only" in said
    assert "type: TMPDIR=/" in said and "./course lab" in said


def test_a_missing_temporary_directory_is_named_with_what_to_type(tmp_path: Path) -> None:
    said = attempt(tmp_path / "gone").stderr
    assert "cannot be used: No such file or directory" in said
    assert "type: TMPDIR=/" in said


def test_what_a_process_left_that_died_with_its_supervisor_is_swept_by_the_next(tmp_path: Path) -> None:
    with owner("report(); time.sleep(1000)", TMPDIR=str(tmp_path)) as it:
        # Stopped, the owner cannot start a new supervisor before it is killed too.
        os.kill(it.process.pid, 19)
        os.kill(it.report["supervisor"], 9)
        it.process.kill()
        it.process.wait()
        assert eventually(lambda: not alive(it.report["child"]))
        left = Path(it.report["place"])
        assert left.exists()
        with owner("report(); time.sleep(1000)", TMPDIR=str(tmp_path)) as second:
            assert not left.exists()
            assert Path(second.report["place"]).exists()


def test_what_belongs_to_a_living_process_is_not_swept(tmp_path: Path) -> None:
    with owner("report(); time.sleep(1000)", TMPDIR=str(tmp_path)) as it:
        attempt(tmp_path)
        assert Path(it.report["place"], "file").exists()
