"""An alarm clock for code that might wait for ever."""

from __future__ import annotations

import select
import signal
import time

import pytest

from helpers.alarm import at_most


def test_what_waits_for_ever_is_woken() -> None:
    with pytest.raises(TimeoutError, match=r"^still waiting after 0\.05 s$"), at_most(0.05):
        select.select([], [], [], 10)


def test_what_is_done_in_time_hears_nothing_and_the_clock_is_off_afterward() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with at_most(0.05):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    time.sleep(0.1)
    assert signal.getsignal(signal.SIGALRM) is before
