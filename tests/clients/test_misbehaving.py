"""Clients who misbehave are counted apart, and a good server serves the others all the same."""

from __future__ import annotations

import pytest

from helpers import load
from tests.clients.conftest import Start


@pytest.mark.parametrize("bounds", [{"each": 5}, {"seconds": 0.2}])
def test_slow_and_half_open_clients_get_their_answers(start: Start, bounds: dict[str, float]) -> None:
    report = load(start("threads"), 20, slow=3, half_open=4, **bounds)
    assert (report.clients, report.wrong, report.missing, report.served) == (13, 0, 0, 13)
    for kind, clients in (("slow", 3), ("half_open", 4)):
        tally = report.others[kind]
        assert (tally.clients, tally.served, tally.wrong, tally.missing) == (clients, clients, 0, 0)
        assert tally.right == clients * 5 if "each" in bounds else tally.right >= clients
        assert not tally.errors


def test_those_who_leave_or_reset_disturb_nobody(start: Start) -> None:
    report = load(start("threads"), 20, each=5, leaving=5, resetting=5)
    assert str(report) == "10 clients: 50 right, 0 wrong, 0 missing; 5 leaving; 5 resetting"


def test_one_who_never_reads_blocks_a_server_that_sends_and_waits(start: Start) -> None:
    bad = load(start("echo"), 10, seconds=0.2, never_reading=1, timeout=0.5)
    assert bad.missing == 9, "one thread, and it waits in sendall"
    good = load(start("threads"), 10, seconds=0.2, never_reading=1, timeout=0.5)
    assert str(good) == "9 clients: 9 served, 0 wrong, 0 missing; 1 never_reading"
