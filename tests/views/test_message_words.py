"""Recordings of messages in words: the same for every run that went the same way."""

from __future__ import annotations

import pytest

from helpers.tracing import Mark, Place, Trace
from helpers.tracing.messages import listed, summed
from tests.views.letters import call, flood, hello, news, parcels
from tests.views.recordings import death


def test_letters_rest_are_taken_and_one_is_lost() -> None:
    assert hello().text() == (
        "hello\n"
        "  you    send a, b, c, d\n"
        "  hello  takes in a, b, c; resting at the end: b, c\n"
        "  A      receives a\n"
        "  d → lost at default exchange: no queue\n"
        "  sent 4 = received 1 + resting 2 + lost 1"
    )


def test_what_a_killed_worker_held_goes_back_and_to_another() -> None:
    assert parcels().text() == (
        "ten parcels, a worker dies\n"
        "  you      send 1 to 10\n"
        "  parcels  takes in 1 to 10; takes back 3 to 10; resting at the end: 5 to 10\n"
        "  A        receives 1 to 10; returns 3 to 10; killed\n"
        "  B        receives 3, 4; still holds 4\n"
        "  sent 10 = received 3 + unacknowledged 1 + resting 6 + lost 0"
    )


def test_bindings_are_told_once_with_all_their_keys() -> None:
    lines = news().text().splitlines()
    assert lines[3] == "  diary    takes in 1 to 4; resting at the end: 3, 4"
    assert lines[-5:-1] == [
        "  news → sport",
        "  news → queue-1",
        "  news → diary",
        "  sport → scores (keys sport.*, news.#)",
    ]


def test_a_message_that_was_copied_was_sent_once_and_what_went_with_its_queue_is_told() -> None:
    lines = news().text().splitlines()
    assert lines[1] == "  desk     sends 1 to 4"
    assert lines[2] == "  queue-1  takes in 1, 2, 3; deleted, and 3 with it"


def test_a_client_that_first_receives_is_told_to_receive_first() -> None:
    assert call().text().splitlines()[1:5] == [
        "  client   sends fib 6; receives 8",
        "  rpc      takes in fib 6; empty at the end",
        "  server   receives fib 6; sends 8",
        "  replies  takes in 8; empty at the end",
    ]


def test_thousands_are_told_in_a_few_words() -> None:
    text = flood().text()
    assert "A        receives 1, 3, 5, …, 999 (500 of them)" in text
    assert max(map(len, text.splitlines())) < 90


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (["3"], "3"),
        (["1", "2", "3"], "1, 2, 3"),
        (["1", "2", "3", "4"], "1 to 4"),
        (["1", "3", "4", "5"], "1, 3, 4, 5"),
        (["task 7", "task 8", "task 9"], "task 7 to 9"),
        (["a 1", "b 2", "c 3", "d 4"], "a 1, b 2, c 3, d 4"),
        (list("abcdefgh"), "a, b, c, d, e, f, g, h"),
        (list("abcdefghi"), "a, b, c, …, i (9 of them)"),
        (["", "b", "b"], ", b, b"),
    ],
)
def test_a_list_is_short(items: list[str], words: str) -> None:
    assert listed(items) == words


def test_a_sum_tells_what_matters_even_if_it_is_nothing() -> None:
    counts = {"sent": 10, "received": 2, "unacknowledged": 0, "resting": 8, "lost": 0}
    assert summed(counts) == "sent 10 = received 2 + resting 8 + lost 0"
    assert summed({}) == ""


def test_the_same_remark_about_several_messages_is_made_once() -> None:
    trace = hello()
    trace.marks += [Mark("A", 0.012, "refused 403", item) for item in "xyz"] + [Mark("A", 0.013, "bored")] * 2
    assert "  A      receives a; refused 403 (x, y, z); bored ×2\n" in trace.text()


def test_no_time_is_told() -> None:
    assert parcels().moved(0.123).text() == parcels().text()


def test_without_places_nothing_has_changed() -> None:
    assert "  program → server: question\n" in death().text()


def test_a_queue_that_nobody_used_is_told_too() -> None:
    quiet = Trace("quiet", ["hello"], places=[Place("hello", "queue", 0, 1)], duration=1.0)
    assert quiet.text() == "quiet\n  hello  always empty"
