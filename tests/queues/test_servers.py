"""RPC servers: what they answer, when they acknowledge, and what ends them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pika
import pytest

from helpers.errors import CourseError
from helpers.queues import connect, fresh, recording, resting, server


class Client:
    """Somebody with a queue for replies."""

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self.connection, self.channel = connection, connection.channel()
        self.channel.queue_declare("rpc", durable=True)
        self.address = self.channel.queue_declare("", exclusive=True).method.queue
        self.asked, self.arrived = 0, list[tuple[str, Any]]()
        self.channel.basic_consume(self.address, self._on_reply, auto_ack=True)

    def _on_reply(self, _channel: Any, _method: Any, about: Any, body: bytes) -> None:
        self.arrived.append((about.correlation_id, json.loads(body)))

    def ask(self, request: str, address: str | None = "mine") -> None:
        self.asked += 1
        about = pika.BasicProperties(
            reply_to=self.address if address else None, correlation_id=str(self.asked)
        )
        self.channel.basic_publish("", "rpc", request, about)

    def answers(self, count: int) -> list[tuple[str, Any]]:
        """Reference and value of all answers that have come, as soon as there are `count`."""
        deadline = time.monotonic() + 5
        while len(self.arrived) < count and time.monotonic() < deadline:
            self.connection.process_data_events(0.1)
        return self.arrived


@pytest.fixture
def client() -> Iterator[Client]:
    fresh("rpc")
    with connect("client") as connection:
        yield Client(connection)
    fresh("rpc")  # which ends the servers, too


def test_it_answers_one_after_the_other_under_the_references_of_the_questions(client: Client) -> None:
    A = server("A")
    with recording("two calls") as trace:
        client.ask("7:0.1")
        client.ask("10")
        assert client.answers(2) == [("1", 13), ("2", 55)]
    assert A.begun == A.answered == ["7:0.1", "10"]
    assert resting("rpc") == 0
    assert trace.lanes == ["client", "rpc", "queue-1", "A"]
    assert [span.item for span in trace.on("A") if span.state == "running"] == ["7:0.1", "10"]
    assert "queue-1" in {arrow.label for arrow in trace.arrows}


def test_a_server_without_its_queue_ends_by_itself(client: Client) -> None:
    A = server("A")
    fresh("rpc")
    assert A.ended() == "A ends: nothing to consume from any more"


def test_one_that_was_killed_before_its_ack_leaves_the_work_to_the_next(client: Client) -> None:
    A = server("A", pause=5)
    client.ask("6")
    A.wait_for("A answered 6")
    A.kill()
    B = server("B")
    assert client.answers(2) == [("1", 8), ("1", 8)]
    B.wait_for("B answered 6")
    assert (A.answered, B.answered) == (["6"], ["6"])


def test_one_that_acknowledges_first_takes_its_request_along(client: Client) -> None:
    A = server("A", ack="first")
    client.ask("6:5")
    A.wait_for("A begins 6:5")
    A.kill()
    assert resting("rpc") == 0
    assert (A.begun, A.answered) == (["6:5"], [])


@pytest.mark.parametrize(
    ("request_", "address", "end"), [("abc", "mine", "ValueError"), ("6", None, "AssertionError")]
)
def test_a_bad_request_ends_it_and_stays(
    client: Client, request_: str, address: str | None, end: str
) -> None:
    A = server("A")
    client.ask(request_, address)
    assert A.ended() == f"A ends: {end}"
    assert resting("rpc", 1) == 1


def test_a_careful_one_answers_with_the_error_and_goes_on(client: Client) -> None:
    A = server("A", careful=True)
    client.ask("abc")
    client.ask("6", address=None)
    client.ask("7")
    (_, failure), seventh = client.answers(2)
    assert "invalid literal" in failure["error"]
    assert seventh == ("3", 13)
    assert A.running
    assert resting("rpc") == 0


def test_what_cannot_be_is_said_clearly(client: Client) -> None:
    with pytest.raises(CourseError, match="there is no ack='never'; there are: last, first"):
        server("A", ack="never")
    A = server("A")
    with pytest.raises(CourseError, match=r"The server 'A' did not print 'B' in 0\.05 s"):
        A.wait_for("B", 0.05)
    A.stop()
    assert A.ended() == "A ends: stopped"
