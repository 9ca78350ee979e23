"""Every message is right, wrong or missing; nothing wrong is ever counted as right."""

from __future__ import annotations

import socket

import pytest

from helpers import CourseError, hold, load
from tests.clients.conftest import Start


@pytest.mark.parametrize("kind", ["echo", "threads", "in_pieces"])
def test_a_good_server_has_everything_right(start: Start, kind: str) -> None:
    report = load(start(kind), 20, each=5)
    assert str(report) == "20 clients: 100 right, 0 wrong, 0 missing"
    assert (report.connected, report.served, report.errors, report.others) == (20, 20, {}, {})
    assert 0 < report.seconds < 10 and report.requests_per_second > 0
    assert report.p50 and report.p99 and 0 < report.p50 <= report.p99 < 10
    assert report.cpu_per_request is report.memory_per_connection is None, "nobody sees behind an address"


def test_large_messages_arrive_in_pieces_and_are_put_together(start: Start) -> None:
    report = load(start("threads"), 5, each=3, size=1 << 20)
    assert str(report) == "5 clients: 15 right, 0 wrong, 0 missing"


def test_time_is_a_bound_too(start: Start) -> None:
    report = load(start("echo"), 10, seconds=0.2)
    assert str(report) == "10 clients: 10 served, 0 wrong, 0 missing"
    assert report.right > 100 and 0.1 < report.seconds < 2


def test_whoever_thinks_sends_less(start: Start) -> None:
    assert load(start("echo"), 10, seconds=0.3, think=0.1).right <= 40


def test_idle_clients_are_connected_and_have_had_one_answer(start: Start) -> None:
    report = load(start("echo"), 50, each=10, active=5)
    assert str(report) == "50 clients (5 active): 50 right, 0 wrong, 0 missing"
    assert report.served == 50


def test_an_answer_may_be_in_capitals(start: Start) -> None:
    assert load(start("upper"), 5, each=5, reply="upper").right == 25
    # What is sent has small letters in it.
    assert load(start("echo"), 5, each=5, reply="upper").wrong == 25


def test_a_wrong_byte_is_counted_and_the_rest_goes_on(start: Start) -> None:
    report = load(start("wrong"), 10, each=10)
    assert (report.right, report.wrong, report.missing) == (90, 10, 0)


def test_swapped_answers_are_wrong_for_both(start: Start) -> None:
    report = load(start("swapped"), 2, each=10)
    assert (report.right, report.wrong, report.missing) == (0, 20, 0)


def test_an_answer_that_comes_twice_is_not_right(start: Start) -> None:
    report = load(start("twice"), 5, each=5, timeout=0.3)
    assert report.right == 0 and report.wrong > 0


def test_a_dropped_byte_is_wrong_and_a_dropped_end_is_missing(start: Start) -> None:
    # Of 20 first messages two lose something, and of the 18 second ones of the others one.
    dropped = load(start("drops"), 20, each=2, timeout=0.2)
    assert (dropped.right, dropped.wrong, dropped.missing) == (35, 3, 0)
    cut = load(start("cuts"), 20, each=2, timeout=0.2)
    assert (cut.right, cut.wrong, cut.missing) == (35, 0, 3)


def test_a_server_that_never_answers_leaves_all_missing(start: Start) -> None:
    report = load(start("silent"), 10, each=5, timeout=0.3)
    assert str(report) == "10 clients: 0 right, 0 wrong, 10 missing"
    assert (report.connected, report.served, report.p50) == (10, 0, None)


def test_a_server_that_leaves_early_is_an_error_by_name(start: Start) -> None:
    assert str(load(start("once"), 10, each=1)) == "10 clients: 10 right, 0 wrong, 0 missing"
    report = load(start("once"), 10, each=5)
    assert report.right == 10 and sum(report.errors.values()) == 10
    assert set(report.errors) <= {"closed", "reset"}


def test_nobody_there_is_an_error_by_name() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        report = load(nobody.getsockname(), 5)
        assert str(report) == "5 clients: 0 served, 0 wrong, 0 missing, 5 refused"
        with (
            pytest.raises(CourseError, match="Only 0 of 5 connections could be held: 5 refused"),
            hold(nobody.getsockname(), 5),
        ):
            pass


def test_a_blocking_server_serves_one_client_of_many(start: Start) -> None:
    report = load(start("one_by_one"), 20, seconds=0.2, timeout=0.3)
    assert str(report) == "20 clients: 1 served, 0 wrong, 19 missing"
    assert report.connected == 20


def test_a_blocking_server_serves_all_if_each_leaves_when_done(start: Start) -> None:
    report = load(start("one_by_one"), 10, each=3)
    assert str(report) == "10 clients: 30 right, 0 wrong, 0 missing"


def test_a_short_queue_at_the_door_is_no_harm(start: Start) -> None:
    report = load(start("threads", backlog=5), 200, each=2)
    assert str(report) == "200 clients: 400 right, 0 wrong, 0 missing"


def test_numbers_that_make_no_sense_are_refused(start: Start) -> None:
    nowhere = ("127.0.0.1", 1)
    for wrong, message in (
        ({"clients": 10_001}, "clients is from 1 to 10,000, not 10,001"),
        ({"clients": 10, "active": 11}, "active is from 0 to 10, not 11"),
        ({"clients": 10, "slow": 6, "leaving": 5}, "11 of 10 clients would misbehave"),
        ({"size": 8}, "size is from 16 to"),
        ({"seconds": 100}, "seconds is from"),
        ({"each": 0}, "each is from 1"),
        ({"reply": "lower"}, "'upper', not 'lower'"),
    ):
        with pytest.raises(CourseError, match=message):
            load(nowhere, **wrong)
