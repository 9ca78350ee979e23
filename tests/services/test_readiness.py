"""All three servers together: the table, the text and the recording."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import services
from helpers.services import programs
from helpers.services.memcached_service import Memcached
from helpers.services.rabbitmq_service import RabbitMQ
from helpers.services.readiness import Readiness, start
from helpers.services.redis_service import Redis

ALL_ANSWERED = "memcached answered\nRedis answered\nRabbitMQ answered"


@pytest.fixture(scope="module")
def fresh() -> Iterator[Readiness]:
    """Three servers of this module's own, started together."""
    mine = [Memcached(), Redis(), RabbitMQ()]
    yield start(mine)
    for service in mine:
        service.stop()


def test_the_text_is_the_same_for_every_good_start(fresh: Readiness) -> None:
    assert repr(fresh) == ALL_ANSWERED
    assert repr(services.start_all()) == ALL_ANSWERED
    assert repr(services.status()) == ALL_ANSWERED


def test_the_servers_start_side_by_side(fresh: Readiness) -> None:
    broker = fresh.trace.on("RabbitMQ")[0]
    for lane in ("memcached", "Redis"):
        assert fresh.trace.on(lane)[0].start < broker.end
    assert fresh.trace.duration < broker.end + 0.3


def test_the_recording_has_a_lane_a_start_and_an_answer_for_each(fresh: Readiness) -> None:
    assert fresh.trace.lanes == ["memcached", "Redis", "RabbitMQ"]
    for row in fresh.rows:
        (span,) = fresh.trace.on(row.title)
        (mark,) = [mark for mark in fresh.trace.marks if mark.lane == row.title]
        assert (span.state, mark.label) == ("starting", "answered")
        assert mark.time == span.end and row.ready_after == pytest.approx(span.length)


def test_a_row_tells_what_a_lesson_shows(fresh: Readiness) -> None:
    row = fresh["rabbitmq"]
    assert row.found and row.started and row.answered and row.version[0].isdigit()
    assert row.ready_after and 0.5 < row.ready_after < 30 and row.memory > 20_000_000


def test_the_table_differs_from_run_to_run_and_is_never_compared(fresh: Readiness) -> None:
    bundle = fresh._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == ALL_ANSWERED
    table = fresh.html()
    assert table.count("✓</span> yes") == 9 and "✗" not in table
    assert all(
        word in table for word in ("memcached", "Redis", "RabbitMQ", "ready after", " s</td>", " MB</td>")
    )


def test_asked_again_they_are_the_same_and_answer_at_once() -> None:
    services.start_all()
    pids = [service.pid for service in services._servers()]
    again = services.start_all()
    assert [service.pid for service in services._servers()] == pids
    assert again.trace.spans == [] and len(again.trace.marks) == 3


def test_the_status_starts_nothing() -> None:
    services.start_all()
    services.redis().stop()
    assert repr(services.status()) == "memcached answered\nRedis is not running\nRabbitMQ answered"
    assert not services._servers()[1].running
    assert "✗</span> no" in services.status().html()


def test_one_that_is_stuck_is_told_from_one_that_answers() -> None:
    it = services.memcached()
    assert it.pid
    os.kill(it.pid, signal.SIGSTOP)
    try:
        assert str(services.status()["memcached"]) == "memcached runs, but does not answer"
    finally:
        os.kill(it.pid, signal.SIGCONT)


def test_a_missing_server_is_a_line_with_what_to_type_and_the_others_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("memcached", "redis"):
        program = programs.find(name)
        assert program
        (tmp_path / program.path.name).symlink_to(program.path)
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(tmp_path))
    mine = [Memcached(), Redis(), RabbitMQ()]
    try:
        ready = start(mine)
        lines = repr(ready).splitlines()
        assert lines[:2] == ["memcached answered", "Redis answered"]
        assert lines[2].startswith(f"RabbitMQ is missing: type {programs.remedy('rabbitmq')} in a terminal.")
        assert "lessons 14 to 19" in lines[2]
        assert lines[2] in ready.html()
        assert [mark.label for mark in ready.trace.marks] == ["answered", "answered", "missing"]
    finally:
        for service in mine:
            service.stop()


def test_a_server_that_fails_is_a_line_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.services.redis_service._CONFIGURATION", "no-such-setting 1\n")
    ready = start([Redis()])
    assert repr(ready).startswith("Redis did not start. Redis ended while it was starting")
    assert "no-such-setting" in ready.html()
