"""Puzzles are fair, hold something to fall for, and are judged by a real broker; the game keeps the score."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.queues import connect
from helpers.queues.broker import quiet_ctl
from helpers.queues.puzzle_box import PuzzleBox
from helpers.queues.puzzles import KINDS, make
from helpers.queues.routing import matches_topic


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_puzzles_and_another_others(kind: str) -> None:
    assert str(make(kind, Random(1))) == str(make(kind, Random(1)))
    assert len({str(make(kind, Random(seed))) for seed in range(20)}) > 15


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_gets_something_and_no_two_get_the_same(kind: str) -> None:
    random = Random(17)
    for _ in range(30):
        puzzle = make(kind, random)
        got = puzzle.expected()
        columns = {tuple(queue in found for found in got.values()) for queue in puzzle.queues}
        assert len(columns) == 3, puzzle
        assert all(map(any, columns)), puzzle


def test_topics_have_signs_and_something_that_only_words_explain() -> None:
    random = Random(17)
    signs = middle = 0
    for _ in range(30):
        puzzle = make("topic", random)
        pairs = [
            (str(p), str(key)) for each in puzzle.bindings.values() for p in each for key in puzzle.messages
        ]
        signs += any("*" in pattern or "#" in pattern for pattern, _ in pairs)
        middle += any(
            "#" in p and matches_topic(p, k) and not matches_topic(p.replace("#", "*"), k) for p, k in pairs
        )
    assert signs == 30
    assert middle > 20


@pytest.mark.parametrize("kind", KINDS)
def test_the_broker_does_what_the_model_says(kind: str) -> None:
    random = Random(2)
    with connect("player") as connection:
        for _ in range(8):
            puzzle = make(kind, random)
            assert puzzle.ask(connection) == puzzle.expected(), puzzle


def test_a_puzzle_leaves_nothing_at_the_broker() -> None:
    with connect("player") as connection:
        make("topic", Random(2)).ask(connection)
        left = quiet_ctl("list_queues", "name") + quiet_ctl("list_exchanges", "name")
    assert "amq.topic" in left
    assert "puzzle" not in left


def say(box: PuzzleBox, kind: str, **more: Any) -> None:
    box._heard(None, {"kind": kind, **more}, None)


def test_the_game_scores_cells_and_puzzles_and_frames_what_was_wrong() -> None:
    box = PuzzleBox(1)
    say(box, "answer", ticks=box._now.expected())
    cells = len(box._now.rows) * 3
    assert box.verdict["right"]
    assert box.verdict["text"] == f"All {cells} cells right."
    assert box.score == f"{cells} of {cells} cells, 1 of 1 puzzles without a mistake"

    say(box, "next")
    assert (box.puzzle["number"], box.puzzle["kind"], box.verdict) == (2, "topic", {})
    more = len(box._now.rows) * 3
    truth = box._now.expected()
    row = box._now.rows[0]
    ticks = {**truth, row: [queue for queue in box._now.queues if queue not in truth[row]]}
    say(box, "answer", ticks=ticks)
    assert not box.verdict["right"]
    assert box.verdict["html"].count('class="guess-wrong"') == 3
    assert box.score == f"{cells + more - 3} of {cells + more} cells, 1 of 2 puzzles without a mistake"


def test_an_answer_counts_once_and_nobody_goes_on_without_one() -> None:
    box = PuzzleBox(1)
    first = box.puzzle
    say(box, "next")
    assert box.puzzle == first
    for _ in range(2):
        say(box, "answer", ticks=box._now.expected())
    assert box.score.endswith("1 of 1 puzzles without a mistake")


def test_all_kinds_come_and_the_game_never_ends() -> None:
    box = PuzzleBox(3)
    kinds = []
    for _ in range(9):
        kinds.append(box.puzzle["kind"])
        box.verdict = {"text": ""}
        say(box, "next")
    assert kinds == ["direct", "topic", "topic", "headers", *["topic", "headers"] * 2, "topic"]


def test_why_the_broker_could_not_be_asked_is_said_and_the_answer_may_be_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = PuzzleBox(1)
    truth = box._now.expected()
    with monkeypatch.context() as stopped:

        def refuse(*_: object) -> None:
            raise CourseError("RabbitMQ is not running.")

        stopped.setattr("helpers.queues.broker.connect", refuse)
        say(box, "answer", ticks=truth)
    assert (box.verdict, box.score) == ({}, "")
    assert box.trouble == "The broker could not be asked. RabbitMQ is not running."
    say(box, "answer", ticks=truth)
    assert (box.verdict["right"], box.trouble) == (True, "")


def test_the_text_of_the_game_is_its_first_puzzle_and_no_score() -> None:
    box = PuzzleBox(1)
    before = box.mime["text/plain"]
    assert before.startswith("Routing game: ")
    assert "A direct exchange." in before
    say(box, "answer", ticks=box._now.expected())
    assert box.mime["text/plain"] == before
