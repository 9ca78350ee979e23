"""The text form: what nbval compares, word for word, on machines fast and slow."""

from __future__ import annotations

import random
import time

import pytest

from helpers.tracing import READY, RUNNING, WAITING, Arrow, Mark, Span, Trace
from helpers.tracing.words import NO_CORE


def trace(*spans: tuple[str, str, float], title: str = "a story", **more: object) -> Trace:
    """Spans as (lane, state, length), each lane's one after the other."""
    told = Trace(title, **more)  # type: ignore[arg-type]
    at: dict[str, float] = {}
    for lane, state, length in spans:
        state, _, label = state.partition(":")
        begin = at.get(lane, 0.0)
        told.spans.append(Span(lane, state, begin, begin + length, label))
        at[lane] = begin + length
    told.lanes = list(at)
    told.duration = max(at.values(), default=0.0)
    return told


def comb(lane: str, turns: int, run: float, wait: float) -> list[tuple[str, str, float]]:
    return [(lane, state, length) for _ in range(turns) for state, length in ((RUNNING, run), (READY, wait))]


def test_names_stand_in_one_column_and_words_in_the_order_of_time() -> None:
    told = trace(("A", RUNNING, 0.1), ("A", WAITING, 0.3), ("the thread", WAITING, 0.4))
    assert told.text() == "a story\n  A           running, waiting\n  the thread  waiting"


def test_what_took_hardly_any_time_gets_no_word() -> None:
    told = trace(("A", RUNNING, 0.01), ("A", WAITING, 0.5), ("A", READY, 0.03), ("B", RUNNING, 0.02))
    assert told.text() == "a story\n  A  waiting\n  B  hardly anything"


def test_the_shortest_span_told_can_be_chosen() -> None:
    told = trace(("A", RUNNING, 0.01), ("A", WAITING, 0.5))
    assert told.text(shortest=0.005) == "a story\n  A  running, waiting"


def test_an_empty_recording_has_a_text() -> None:
    assert Trace().text() == "a recording"


def test_two_waits_in_a_row_are_one_word() -> None:
    told = trace(("A", WAITING, 0.3), ("A", RUNNING, 0.001), ("A", WAITING, 0.3))
    assert told.text() == "a story\n  A  waiting"


@pytest.mark.parametrize("switch", [0.005, 0.02, 0.05])
def test_turns_are_one_word_however_many_and_however_long_they_are(switch: float) -> None:
    told = trace(*comb("A", int(0.3 / switch), switch, 2 * switch), ("A", WAITING, 0.3))
    assert told.text() == "a story\n  A  running and ready by turns, waiting"


def test_turns_of_every_length_are_one_word() -> None:
    dice = random.Random(7)
    for _ in range(300):
        spans, work = [], 0.0
        while work < 0.3:
            run = dice.uniform(0.004, 0.012)
            spans += [("A", RUNNING, run), ("A", READY, run * dice.uniform(0.6, 4))]
            work += run
        assert trace(*spans).text() == "a story\n  A  running and ready by turns"


def test_a_long_wait_for_ones_turn_comes_before_the_work() -> None:
    told = trace(("B", READY, 0.2), ("B", RUNNING, 0.1), ("B", WAITING, 0.3), ("B", READY, 0.15))
    assert told.text() == "a story\n  B  ready, running, waiting, ready"


def test_a_slow_waking_is_a_part_of_the_wait() -> None:
    told = trace(("A", RUNNING, 0.1), ("A", WAITING, 0.3), ("A", READY, 0.08))
    assert told.text() == "a story\n  A  running, waiting"


@pytest.mark.parametrize("seed", range(50))
def test_moments_of_interruption_do_not_change_a_word(seed: int) -> None:
    """Jupyter's own threads take the interpreter lock now and then, for up to a few milliseconds."""
    dice = random.Random(seed)
    spans = [("B", READY, 0.2)]
    for _ in range(dice.randrange(5)):
        spans += [("B", RUNNING, 0.02), ("B", READY, dice.uniform(0.001, 0.004))]
    spans += [("B", RUNNING, 0.1), ("B", WAITING, 0.3)]
    assert trace(*spans).text() == "a story\n  B  ready, running, waiting"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_what_other_programs_do_to_the_machine_is_not_told(share: float) -> None:
    taken = 0.004 * share / (1 - share)
    chopped = [("A", RUNNING, 0.004), ("A", f"{READY}:{NO_CORE}", taken)] * 25
    told = trace(*chopped, ("A", WAITING, 0.3))
    assert told.text() == "a story\n  A  running, waiting"


def test_tasks_that_give_the_loop_back_again_and_again_take_turns() -> None:
    spans = [("A", state, length) for _ in range(40) for state, length in
             ((RUNNING, 0.004), (WAITING, 0.00001), (READY, 0.004))]  # fmt: skip
    assert trace(*spans).text() == "a story\n  A  running and ready by turns"


def test_many_short_waits_are_not_hardly_anything() -> None:
    told = trace(
        *[("A", state, length) for _ in range(40) for state, length in ((RUNNING, 0.001), (WAITING, 0.02))]
    )
    assert told.text() == "a story\n  A  waiting"
    told = trace(
        *[("A", state, length) for _ in range(40) for state, length in ((RUNNING, 0.02), (WAITING, 0.02))]
    )
    assert told.text() == "a story\n  A  running and waiting by turns"


def test_a_lane_that_is_used_now_and_then_has_not_run_in_between() -> None:
    visits = [Span("A", "running", at, at + 0.001) for at in (0.0, 0.3, 0.6)]
    recording = Trace("now and then", ["A"], visits, duration=0.9)
    assert recording.text().splitlines()[1:] == ["  A  hardly anything"]


def test_a_label_stands_in_brackets() -> None:
    assert trace(("queue", "resting:3 messages", 1.0)).text() == "a story\n  queue  resting (3 messages)"


def test_marks_stand_where_they_fell_and_arrows_follow_in_the_order_they_were_sent() -> None:
    told = trace(("worker", RUNNING, 0.5), ("worker", WAITING, 0.5), ("queue", "resting", 1.0))
    told.marks = [Mark("worker", 1.0, "killed"), Mark("worker", 0.4, "answered")]
    told.arrows = [Arrow("worker", 0.9, "queue", 0.95), Arrow("queue", 0.1, "worker", 0.2, "task 1")]
    assert told.text() == (
        "a story\n"
        "  worker  running, answered, waiting, killed\n"
        "  queue   resting\n"
        "  queue → worker: task 1\n"
        "  worker → queue"
    )


def test_ten_thousand_lanes_are_told_within_a_second_or_two() -> None:
    told = trace(*[(f"task {n}", state, 0.01) for n in range(10_000) for state in (READY, RUNNING, WAITING)])
    before = time.thread_time()
    assert len(told.text().splitlines()) == 10_001
    assert time.thread_time() - before < 2
