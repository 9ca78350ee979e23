"""Played devices: what is pressed can be looked at and waited for, and nothing is left afterward."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from statistics import median

import psutil
import pytest

from helpers import CourseError, Event, Keyboard, Mouse, cpu_percent, handle, mark, nap, play, resting
from helpers.background import start
from tests.supervisor.owner import ROOT, alive, eventually

TEN = [0.05 + 0.03 * number for number in range(10)]


def players(parent: int) -> list[int]:
    found = (child for child in psutil.Process(parent).children() if alive(child.pid))
    return [child.pid for child in found if "player.py" in " ".join(child.cmdline())]


@pytest.fixture(scope="module", autouse=True)
def the_first_play_is_over() -> None:
    """It starts a supervisor, gevent's hub, connections to the slow site: whatever tests before this need."""
    start.warm().result()
    with play("the first", Mouse(at=[0.0])):
        pass


@pytest.fixture(autouse=True)
def nothing_is_left(the_first_play_is_over: None) -> Iterator[None]:
    before = len(os.listdir("/dev/fd"))
    threads = set(threading.enumerate())
    yield
    assert not players(os.getpid())
    assert len(os.listdir("/dev/fd")) <= before + 1  # the first of all plays starts a supervisor
    assert all(thread.daemon for thread in set(threading.enumerate()) - threads)


def test_who_looks_all_the_time_sees_each_click_once_and_uses_a_core() -> None:
    mouse = Mouse(at=[0.1, 0.3, 0.5], hold=0.1)
    clicks, was_down = 0, False
    with play("asking", mouse), cpu_percent() as cpu:
        while mouse.playing():
            down = mouse.is_down()
            clicks += down and not was_down
            was_down = down
    assert clicks == 3
    assert cpu.percent is not None and cpu.percent > 20


def test_who_naps_longer_than_a_press_loses_it_and_uses_next_to_nothing() -> None:
    mouse = Mouse(at=[0.15, 0.45], hold=0.1)  # looks fall at 0, 0.2, 0.4, 0.6: into the first press only
    looks = []
    with play("napping", mouse), cpu_percent() as cpu:
        while mouse.playing():
            looks.append(mouse.is_down())
            nap(0.2)
    assert looks == [False, True, False, False]
    assert cpu.percent is not None and cpu.percent < 20


def test_a_press_is_told_to_who_waits_and_the_end_of_the_play_too() -> None:
    keyboard = Keyboard("abcdefghij", TEN)
    told, late = [], []
    with play("waiting", keyboard):
        while event := keyboard.wait():
            told.append((event.kind, event.key, event.device))
            late.append(handle(event))
        assert keyboard.wait() is None
    assert told == [("key", key, "keyboard") for key in "abcdefghij"]
    assert 0 < median(late) < 0.02


def test_a_wait_with_a_time_limit_gives_up_and_loses_nothing() -> None:
    keyboard = Keyboard("a", [0.3])
    empty = 0
    with play("impatient", keyboard):
        while (event := keyboard.wait(timeout=0.05)) is None:
            empty += 1
    assert empty >= 4
    assert event.key == "a"


def test_the_recording_shows_what_was_really_pressed_and_when_it_was_handled() -> None:
    mouse, keyboard = Mouse([0.3], hold=0.1), Keyboard("ab", [0.1, 0.2])
    with play("two devices", mouse, keyboard) as trace:
        for _ in range(2):
            handle(keyboard.wait())
        handle(mouse.wait())
        mark("done")
    assert trace.lanes == ["mouse", "keyboard", "program"]
    assert [(m.lane, m.label) for m in sorted(trace.marks, key=lambda m: m.time)] == [
        ("keyboard", "a"),
        ("keyboard", "b"),
        ("mouse", "click"),
        ("program", "done"),
    ]
    assert [m.time for m in trace.marks if m.lane == "keyboard"] == pytest.approx([0.1, 0.2], abs=0.05)
    assert [(a.source, a.target, a.label) for a in trace.arrows] == [
        ("keyboard", "program", "a"),
        ("keyboard", "program", "b"),
        ("mouse", "program", ""),
    ]
    assert trace.on("keyboard") == []
    assert trace.text().splitlines()[1:4] == [
        "  mouse     click",
        "  keyboard  a, b",
        "  program   waiting, done",
    ]


def test_an_event_rests_in_the_queue_from_the_press_until_it_is_handled() -> None:
    keyboard = Keyboard("ab", [0.1, 0.2])
    with play("busy", keyboard) as trace:
        while keyboard.playing():
            nap(0.5)
        for _ in range(2):
            handle(keyboard.wait())
    assert resting(trace).lanes == ["keyboard", "a in the queue", "b in the queue", "program"]
    assert resting(trace).text().splitlines()[1:] == [
        "  keyboard        a, b",
        "  a in the queue  resting",
        "  b in the queue  resting",
        "  program         waiting",
    ]
    assert resting(trace).seconds("resting") == pytest.approx(0.7, abs=0.2)


def test_a_long_press_has_a_length_on_the_recording() -> None:
    mouse = Mouse([0.1], hold=0.2)
    with play("one long press", mouse) as trace:
        while mouse.playing():
            nap(0.05)
    (down,) = trace.on("mouse")
    assert (down.state, down.length) == ("down", pytest.approx(0.2, abs=0.1))


def test_a_loop_that_is_kept_from_its_core_is_not_said_to_have_slept() -> None:
    mouse = Mouse([0.2])
    with play("asking", mouse) as trace:
        while mouse.playing():
            pass
    assert {span.state for span in trace.on("program")} <= {"running", "ready"}
    assert trace.text().splitlines()[-1] == "  program  running"


def test_who_waits_in_a_thread_is_let_go_when_the_block_ends_early() -> None:
    mouse = Mouse([20])
    told: list[Event | None] = []
    with play("cut short", mouse):
        waiter = threading.Thread(target=lambda: told.append(mouse.wait()))
        waiter.start()
    waiter.join(5)
    assert not waiter.is_alive()


def test_the_player_is_gone_after_an_error_in_the_block() -> None:
    with pytest.raises(ZeroDivisionError), play("a mistake", Mouse([20])):
        assert players(os.getpid())
        raise ZeroDivisionError


def test_a_device_can_be_played_again_after_a_block_was_cut_short() -> None:
    keyboard = Keyboard("a", [0.1])
    with play("cut short", keyboard):
        pass
    with play("again", keyboard):
        assert (keyboard.wait() or Event("")).key == "a"


def test_a_player_does_not_outlive_a_program_that_is_killed() -> None:
    code = (
        "from helpers import Mouse, play\n"
        "with play('long', Mouse([25])):\n"
        "    import os; print(os.getpid(), flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout and program.stdout.readline()
        (player,) = players(program.pid)
        program.kill()
        assert eventually(lambda: not alive(player))


@pytest.mark.parametrize(
    "ask", [lambda mouse: mouse.is_down(), lambda mouse: mouse.wait()], ids=["is_down", "wait"]
)
def test_a_device_that_nobody_plays_says_what_to_type(ask: Callable[[Mouse], object]) -> None:
    with pytest.raises(CourseError, match='with play\\("a title", mouse\\)'):
        ask(Mouse([0.1]))


def test_mistakes_in_a_script_are_said_when_it_is_written() -> None:
    with pytest.raises(CourseError, match="give one time for each key"):
        Keyboard("ab", [0.1])
    with pytest.raises(CourseError, match="cannot be played"):
        Mouse([-1])
    with pytest.raises(CourseError, match="different names"), play("twins", Mouse([0]), Mouse([0])):
        pass
    with pytest.raises(CourseError, match="inside the block"):
        nap(0.2)
    with pytest.raises(CourseError, match="no event to handle"):
        handle(None)


def test_no_two_plays_run_at_the_same_time() -> None:
    with (
        play("first", Mouse([0.1])),
        pytest.raises(CourseError, match="still recording"),
        play("second", Keyboard("a", [0.1])),
    ):
        pass
