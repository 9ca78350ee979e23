"""Recording inside a real ipykernel, where Jupyter's own tasks and threads live next to the learner's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from helpers.tracing import READY, RUNNING, WAITING, Trace


class Notebook:
    """A kernel of its own; `run` runs a cell and returns what it printed."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="python3")
        self.run("import asyncio, threading\nfrom helpers import *", imports=True)

    def run(self, cell: str, imports: bool = False) -> str:
        if imports:
            cell = cell.replace("import *", "import ask, ask_async, compute, in_processes, lane, timeline")
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
            if message["msg_type"] == "error":
                printed.append("\n".join(message["content"]["traceback"]))

        self.client.execute_interactive(cell, output_hook=collect, timeout=30)
        return re.sub(r"\x1b\[[\d;]*m", "", "".join(printed))

    def record(self, block: str) -> Trace:
        lines = "".join(f"\n    {line}" for line in block.splitlines())
        return Trace.from_json(self.run(f"with timeline('cell') as trace:{lines}\nprint(trace.to_json())"))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def notebook(site: Any) -> Iterator[Notebook]:
    os.environ["ART_OF_WAITING_SITE"] = site.url.removeprefix("http://")
    notebook = Notebook()
    yield notebook
    notebook.close()


LOOP = """\
async with asyncio.TaskGroup() as group:
    for name in "ABC":
        group.create_task({}, name=name)"""


def test_tasks_of_a_cell_have_lanes_and_jupyters_have_none(notebook: Notebook) -> None:
    trace = notebook.record(LOOP.format("ask_async(0.3)"))
    assert trace.text() == (
        "cell\n  A           waiting\n  B           waiting\n  C           waiting\n  the thread  waiting"
    )
    assert trace.at_once(WAITING) == 4
    assert trace.duration >= 0.3


def test_a_blocking_call_freezes_the_kernels_loop(notebook: Notebook) -> None:
    notebook.run("async def blocking(seconds): ask(seconds)")
    trace = notebook.record(LOOP.format("blocking(0.5) if name == 'C' else ask_async(0.1)"))
    assert trace.text() == (
        "cell\n  A           waiting, ready\n  B           waiting, ready\n  C           waiting\n"
        "  the thread  waiting"
    )
    assert trace.seconds(READY, "A") == pytest.approx(0.4, abs=0.1)


def test_a_thread_for_a_blocking_call_is_drawn_every_time(notebook: Notebook) -> None:
    for _ in range(2):  # the kernel's loop keeps its threads
        trace = notebook.record(LOOP.format("asyncio.to_thread(ask, 0.3) if name == 'C' else ask_async(0.1)"))
        assert trace.lanes[:3] == ["A", "B", "C"]
        assert trace.lanes[4:] == ["the thread"]
        assert trace.lanes[3] == "pool thread"
        assert trace.seconds(WAITING, trace.lanes[3]) >= 0.25


def test_three_awaits_in_a_row_are_one_lane(notebook: Notebook) -> None:
    trace = notebook.record("for _ in range(3):\n    await ask_async(0.1)")
    assert trace.text() == "cell\n  main  waiting"
    assert trace.duration >= 0.3


def test_threads_of_a_cell_have_lanes_and_jupyters_have_none(notebook: Notebook) -> None:
    trace = notebook.record("""\
threads = [threading.Thread(target=compute, args=(0.1,), name=name) for name in "ABC"]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("", end="", flush=True)""")
    assert trace.lanes == ["A", "B", "C"]
    assert trace.at_once(RUNNING) == 1


def test_computing_in_the_kernels_main_thread_is_told_in_one_word(notebook: Notebook) -> None:
    for _ in range(5):
        trace = notebook.record("with lane('A'):\n    compute(0.2)")
        assert trace.text() == "cell\n  A  running"


def test_processes_can_be_given_functions_from_cells(notebook: Notebook) -> None:
    notebook.run("def errand(name):\n    compute(0.05)\n    ask(0.1)\n    return name * 2")
    trace = notebook.record("results = in_processes(errand, 'AB')")
    assert trace.lanes == ["A", "B"]
    assert notebook.run("print(results)") == "['AA', 'BB']\n"


def test_a_cell_that_is_interrupted_leaves_a_recording_and_no_hooks(notebook: Notebook) -> None:
    hooks = (
        "print(threading.Thread.start, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop.create_task)"
    )
    before = notebook.run(hooks)
    said = notebook.run("""\
import signal
threading.Timer(0.3, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
with timeline('cut') as trace:
    ask(20)""")
    assert "KeyboardInterrupt" in said
    assert notebook.run(hooks) == before
    assert notebook.run("print(trace.text())") == "cut\n  main  waiting\n"


def test_a_cell_of_awaits_that_is_interrupted_leaves_a_recording_and_no_hooks(notebook: Notebook) -> None:
    hooks = (
        "print(asyncio.BaseEventLoop.call_soon, {'select'} & set(vars(asyncio.get_running_loop()._selector)))"
    )
    before = notebook.run(hooks)
    assert "set()" in before
    said = notebook.run("""\
import signal
threading.Timer(0.3, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
with timeline('cut') as trace:
    async with asyncio.TaskGroup() as group:
        group.create_task(ask_async(1.5), name="A")""")
    assert "KeyboardInterrupt" in said or "CancelledError" in said
    assert notebook.run(hooks) == before
    assert "  A           waiting" in notebook.run("print(trace.text())")


def test_a_traceback_shows_the_learners_lines_and_none_of_the_recorder(notebook: Notebook) -> None:
    said = notebook.run("""\
async def fail():
    raise LookupError("nothing there")

with timeline('failing'):
    await asyncio.create_task(fail())""")
    assert "LookupError: nothing there" in said
    assert 'raise LookupError("nothing there")' in said
    assert "helpers" not in said


def test_a_message_of_the_course_comes_without_a_traceback(notebook: Notebook) -> None:
    said = notebook.run("ask(-1)")
    assert said.startswith("CourseError: ask(-1): the slow site waits for a number of seconds from 0 to 60")
    assert len(said.splitlines()) == 1
