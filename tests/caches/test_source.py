"""The slow source takes its time, serves so many at a time, and counts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers import CourseError, timeline
from helpers.caches import SlowSource


def test_it_answers_from_a_real_table_and_counts() -> None:
    source = SlowSource(seconds=0)
    assert source.read("page 7") == "This is page 7."
    assert source.read("user 404") is None
    source.write("price", 2)
    assert source.read("price") == "2"
    assert [call.key for call in source.records] == ["page 7", "user 404", "price", "price"]
    assert source.calls == 4
    source.forget()
    assert (source.calls, source.read("price")) == (0, "2")


def test_a_call_takes_its_time_and_more_callers_wait_in_line() -> None:
    source = SlowSource(seconds=0.05, servers=2)
    begun = time.perf_counter()
    with ThreadPoolExecutor(5) as callers:
        list(callers.map(source.read, ["page 1"] * 5))
    assert time.perf_counter() - begun >= 0.15
    calls = source.records
    assert all(call.end - call.begin >= 0.05 for call in calls)
    at_once = [sum(other.begin <= call.begin < other.end for other in calls) for call in calls]
    assert max(at_once) == 2


def test_an_event_loop_is_not_blocked() -> None:
    source = SlowSource(seconds=0.1, servers=2)

    async def both() -> int:
        asking = [asyncio.create_task(source.read_async(f"page {n}")) for n in (1, 2)]
        turns = 0
        while not all(task.done() for task in asking):
            await asyncio.sleep(0.005)
            turns += 1
        assert [task.result() for task in asking] == ["This is page 1.", "This is page 2."]
        return turns

    assert asyncio.run(both()) > 3


def test_each_server_has_a_lane_and_the_first_is_taken_first() -> None:
    source = SlowSource(seconds=0.05, servers=2)
    with timeline("one after another") as trace:
        source.read("page 1")
        source.read("page 2")
    assert trace.lanes == ["main", "source 1"]
    assert [round(span.length, 2) >= 0.05 for span in trace.on("source 1")] == [True, True]
    assert trace.seconds("waiting", "main") >= 0.09


def test_the_only_server_is_called_source() -> None:
    source = SlowSource(seconds=0.05, servers=1)
    with timeline() as trace:
        source.read("page 1")
    assert trace.lanes == ["main", "source"]


def test_another_process_reads_and_writes_the_same_table() -> None:
    source = SlowSource({"price": "1"}, seconds=0)
    program = (
        "import sys; from helpers.caches import SlowSource; source = SlowSource(path=sys.argv[1], seconds=0);"
        " print(source.read('price')); source.write('price', 2)"
    )
    done = subprocess.run([sys.executable, "-c", program, source.path], capture_output=True, text=True)
    assert done.stdout.split() == ["1"], done.stderr
    assert source.rows() == {"price": "2"}


def test_what_was_written_survives_a_killed_writer() -> None:
    source = SlowSource({}, seconds=0)
    program = (
        "import os, signal, sys; from helpers.caches import SlowSource;"
        " source = SlowSource(path=sys.argv[1], seconds=0);"
        " [source.write(n, 'paid') for n in range(20)]; os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, source.path], capture_output=True)
    assert len(source.rows()) == 20


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seconds": -1}, "a call takes 0 to 5 s"),
        ({"seconds": "0.1"}, "a call takes 0 to 5 s"),
        ({"servers": 0}, "1 to 32 callers at a time"),
        ({"path": "no-such-file"}, "no source at that path"),
    ],
)
def test_a_source_that_cannot_be_is_explained(settings: dict[str, object], message: str) -> None:
    with pytest.raises(CourseError, match=message):
        SlowSource(**settings)
