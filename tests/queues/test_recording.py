"""What a recording says about messages is what the broker did with them."""

from __future__ import annotations

import time
from typing import Any

import pika
import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker

from helpers import services
from helpers.errors import CourseError
from helpers.queues import add_user, connect, ctl, fresh, label, recording, reply, resting, wire, worker
from helpers.queues.broker import the_broker
from helpers.tracing import Trace
from tests.supervisor.owner import eventually


def states(trace: Trace, lane: str) -> list[tuple[str, str]]:
    return [(span.state, span.item) for span in trace.on(lane)]


def ways(trace: Trace) -> list[tuple[str, str, str]]:
    return [(arrow.source, arrow.target, arrow.item) for arrow in trace.arrows]


def marks(trace: Trace) -> list[tuple[str, str]]:
    return [(mark.lane, mark.label) for mark in trace.marks]


def adds_up(trace: Trace) -> bool:
    """Whatever was sent is somewhere."""
    numbers = list(trace.counts.values())
    return sum(numbers) == 2 * (numbers or [0])[0]


def publish(channel: Any, *bodies: str, exchange: str = "", key: str = "hello") -> None:
    for body in bodies:
        channel.basic_publish(exchange, key, body)


def test_messages_rest_until_somebody_asks(channel: Any) -> None:
    with recording("three") as trace:
        channel.queue_declare("hello")
        publish(channel, "a", "b", "c")
    assert trace.lanes == ["you", "hello"]
    assert states(trace, "hello") == [("resting", "a"), ("resting", "b"), ("resting", "c")]
    assert ways(trace) == [("you", "hello", item) for item in "abc"]
    assert {arrow.via for arrow in trace.arrows} == {("default exchange",)}
    assert trace.counts == {"sent": 3, "received": 0, "resting": 3, "lost": 0}
    assert resting("hello", 3) == 3
    assert trace.spans[-1].end == trace.duration


def test_what_rested_before_the_recording_is_in_it(channel: Any) -> None:
    channel.queue_declare("hello")
    publish(channel, "a", "b")
    with recording("one is taken") as trace:
        channel.basic_get("hello", auto_ack=True)
    assert ways(trace) == [("hello", "you", "a")]
    assert trace.counts == {"messages": 2, "received": 1, "resting": 1, "lost": 0}
    assert trace.on("hello")[0].start == 0


def test_an_unacknowledged_message_is_held_by_its_client_and_comes_back(channel: Any) -> None:
    channel.queue_declare("hello")
    publish(channel, "a")
    with recording("held") as trace:
        other = connect("B")
        other.channel().basic_get("hello")
        other.close()
        assert resting("hello", 1) == 1
    assert states(trace, "B") == [("unacknowledged", "a")]
    assert ways(trace) == [("hello", "B", "a"), ("B", "hello", "a")]
    assert states(trace, "hello") == [("resting", "a"), ("resting", "a")]


def test_ack_nack_and_reject_end_as_they_should(channel: Any) -> None:
    channel.queue_declare("hello")
    publish(channel, "a", "b", "c", "d")
    with recording("four ends") as trace:
        tags = [channel.basic_get("hello")[0].delivery_tag for _ in range(4)]
        channel.basic_ack(tags[1], multiple=True)
        channel.basic_nack(tags[2], requeue=True)
        channel.basic_reject(tags[3], requeue=False)
        assert resting("hello", 1) == 1
    assert trace.counts == {"messages": 4, "received": 2, "resting": 1, "lost": 1}
    assert marks(trace) == [("you", "lost: rejected")]


@pytest.mark.parametrize(
    ("ack", "counts"),
    [
        ("auto", {"sent": 10, "received": 2, "resting": 0, "lost": 8}),
        ("after", {"sent": 10, "received": 2, "resting": 8, "lost": 0}),
        ("before", {"sent": 10, "received": 3, "resting": 7, "lost": 0}),
    ],
)
def test_a_killed_worker(channel: Any, ack: str, counts: dict[str, int]) -> None:
    channel.queue_declare("tasks")
    with recording("death") as trace:
        publish(channel, *map(str, range(1, 11)), key="tasks")
        A = worker("A", "tasks", 0.2, ack)
        A.wait_for("A begins 3")
        time.sleep(0.05)
        A.kill()
        assert resting("tasks", counts["resting"]) == counts["resting"]
    assert A.done == ["1", "2"]
    assert trace.counts == counts
    running = [span.item for span in trace.on("A") if span.state == "running"]
    assert running == ["1", "2", "3"]
    (death,) = trace.marks
    assert death.label == ("killed, lost ×8" if ack == "auto" else "killed")
    assert trace.finished("A") <= death.time + 0.01


def test_what_nobody_is_bound_for_is_lost_unless_it_is_asked_back(channel: Any) -> None:
    channel.exchange_declare("news", "fanout")
    with recording("nobody") as trace:
        publish(channel, "a", exchange="news")
        channel.basic_publish("news", "", "b", mandatory=True)
        channel.connection.process_data_events(0.1)
    assert trace.counts == {"sent": 2, "received": 0, "resting": 0, "returned": 1, "lost": 1}
    assert marks(trace) == [("you", "lost: no queue"), ("you", "returned: 312")]
    assert ways(trace) == [("you", "news", "a"), ("you", "news", "b"), ("news", "you", "b")]
    assert "returned: 312 (b)" in trace.text()
    assert "a → lost at news: no queue" in trace.text()


def test_copies_go_to_every_queue_that_is_bound(channel: Any) -> None:
    with recording("a fan") as trace:
        channel.exchange_declare("news", "fanout")
        channel.exchange_declare("sport", "topic")
        channel.exchange_bind("sport", "news", "#")
        queues = [channel.queue_declare("", exclusive=True).method.queue for _ in range(2)]
        channel.queue_bind(queues[0], "news")
        channel.queue_bind(queues[1], "sport", "#")
        publish(channel, "a", exchange="news", key="")
        assert [resting(queue, 1) is not None for queue in queues]
    assert [label(queue) for queue in queues] == ["queue-1", "queue-2"]
    assert ways(trace) == [("you", "queue-1", "a"), ("you", "queue-2", "a")]
    assert [arrow.via for arrow in trace.arrows] == [("news",), ("news", "sport")]
    assert trace.counts == {"copies": 2, "received": 0, "resting": 2, "lost": 0}
    places = {place.name: (place.kind, place.label) for place in trace.places}
    assert places["news"] == ("exchange", "fanout")
    assert places["queue-1"] == ("queue", "exclusive")
    assert ("news", "sport", "") in [(link.source, link.target, link.label) for link in trace.links]


def test_an_alternate_exchange_has_a_line_on_the_map(channel: Any) -> None:
    with recording("a deputy") as trace:
        channel.exchange_declare("lost", "fanout")
        channel.exchange_declare("news", "direct", arguments={"alternate-exchange": "lost"})
        channel.queue_declare("hello")
        channel.queue_bind("hello", "lost")
        publish(channel, "a", exchange="news", key="nobody wants it")
    assert [arrow.via for arrow in trace.arrows] == [("news", "lost")]
    assert "  news → lost (alternate exchange)\n" in trace.text()


def test_what_rested_before_and_what_is_unbound_is_told(channel: Any) -> None:
    channel.exchange_declare("news", "fanout")
    channel.queue_declare("hello")
    channel.queue_bind("hello", "news")
    publish(channel, "a", "b")
    assert resting("hello", 2) == 2
    with recording("later") as trace:
        channel.basic_get("hello", auto_ack=True)
        channel.queue_unbind("hello", "news")
        publish(channel, "c", exchange="news")
    assert trace.counts == {"messages": 3, "received": 1, "resting": 1, "lost": 1}
    assert "hello  begins with a, b; resting at the end: b\n" in trace.text()
    assert "news → hello, then unbound\n" in trace.text()


def test_an_answer_that_goes_straight_to_its_client_rests_nowhere(channel: Any) -> None:
    channel.queue_declare("hello")
    client = connect("asker")
    asking = client.channel()
    asking.basic_consume("amq.rabbitmq.reply-to", lambda *_: None, auto_ack=True)
    with recording("straight") as trace:
        asking.basic_publish("", "hello", "6", pika.BasicProperties(reply_to="amq.rabbitmq.reply-to"))
        assert resting("hello", 1) == 1
        _, properties, _ = channel.basic_get("hello", auto_ack=True)
        channel.basic_publish("", properties.reply_to, "8")
        client.process_data_events(1)
        client.close()
        channel.basic_publish("", properties.reply_to, "too late")
    assert trace.counts == {"sent": 3, "received": 2, "resting": 0, "lost": 1}
    assert ways(trace)[:3] == [("asker", "hello", "6"), ("hello", "you", "6"), ("you", "asker", "8")]
    assert [place.name for place in trace.places if place.kind == "queue"] == ["hello"]
    assert "asker  sends 6; receives 8\n" in trace.text()


def test_who_listens_elsewhere_is_in_no_picture(channel: Any) -> None:
    channel.queue_declare("hello")
    channel.queue_declare("other")
    elsewhere = connect("elsewhere").channel()
    elsewhere.basic_consume("other", lambda *_: None, auto_ack=True)
    with recording("here") as trace:
        publish(channel, "a")
    assert trace.lanes == ["you", "hello"]
    elsewhere.connection.close()


def test_an_exclusive_queue_goes_with_its_connection_and_takes_its_messages_along(channel: Any) -> None:
    with recording("gone") as trace:
        other = connect("B")
        name = other.channel().queue_declare("", exclusive=True).method.queue
        publish(channel, "a", "b", key=name)
        time.sleep(0.02)
        other.close()
    assert trace.counts == {"sent": 2, "received": 0, "resting": 0, "lost": 2}
    assert [place.fate for place in trace.places if place.kind == "queue"] == ["gone with its connection"]
    assert "takes in a, b; gone with its connection, and a, b with it" in trace.text()


def test_a_refused_publish_rests_nowhere(channel: Any) -> None:
    with recording("no such exchange") as trace:
        publish(channel, "a", exchange="nope")
        with pytest.raises(ChannelClosedByBroker):
            channel.close()
    assert trace.counts == {"sent": 1, "received": 0, "resting": 0, "refused": 1, "lost": 0}
    assert marks(trace) == [("you", "refused: 404 NOT_FOUND")]


def test_a_publish_without_permission_is_refused_though_nobody_listens(
    channel: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    channel.queue_declare("hello")
    add_user("alex", "secret")
    ctl("set_permissions", "alex", "", "", "")
    assert capsys.readouterr().out.splitlines()[-1] == "$ rabbitmqctl set_permissions alex '' '' ''"
    with recording("alex") as trace:
        alex = connect("alex", "alex", "secret")
        publish(alex.channel(), "a")
        alex.close()
    assert trace.counts == {"sent": 1, "received": 0, "resting": 0, "refused": 1, "lost": 0}
    assert "← Channel.Close 403 ACCESS_REFUSED" in wire("alex")
    assert wire("alex").startswith("← Connection.Start\n→ Connection.StartOk\n")
    assert "secret" not in wire("alex")
    assert resting("hello") == 0


def test_expired_and_crowded_out_messages_are_lost(channel: Any) -> None:
    channel.queue_declare("hello", arguments={"x-max-length": 2})
    with recording("short lives") as trace:
        publish(channel, "a", "b", "c")
        channel.basic_publish("", "hello", "d", pika.BasicProperties(expiration="50"))
        assert resting("hello", 2) == 2
        channel.basic_get("hello", auto_ack=True)
        time.sleep(0.1)
        assert resting("hello", 0) == 0
    assert trace.counts == {"sent": 4, "received": 1, "resting": 0, "lost": 3}
    assert [label for _, label in marks(trace)] == ["lost: queue full", "lost: queue full", "lost: expired"]


def test_a_restart_keeps_what_is_on_disk(channel: Any) -> None:
    for queue, durable in (("hello", True), ("other", False)):
        channel.queue_declare(queue, durable=durable)
        for mode in (1, 2):
            channel.basic_publish("", queue, f"mode {mode}", pika.BasicProperties(delivery_mode=mode))
    with recording("a restart") as trace:
        services.rabbitmq().restart()
        assert resting("hello", 1) == 1
        assert resting("other") is None
        connect("again").channel().basic_get("hello")
    assert adds_up(trace)
    assert trace.counts["lost"] == 3
    assert [item for state, item in states(trace, "again")] == ["mode 2"]
    assert {place.fate for place in trace.places if place.name == "other"} == {"gone with the broker"}


def test_what_was_confirmed_survives_a_kill_and_the_rest_does_not(durable: Any) -> None:
    persistent = pika.BasicProperties(delivery_mode=2)
    with recording("killed") as trace:
        for body in "abc":
            durable.basic_publish("", "hello", body, persistent)
        services.rabbitmq().kill()
        services.rabbitmq().start()
        kept = resting("hello")
    assert kept == 0
    assert trace.counts == {"sent": 3, "received": 0, "resting": 0, "lost": 3}
    channel = connect().channel()
    channel.confirm_delivery()
    with recording("confirmed, then killed") as trace:
        for body in "abc":
            channel.basic_publish("", "hello", body, persistent)
        services.rabbitmq().kill()
        services.rabbitmq().start()
        assert resting("hello", 3) == 3
    assert trace.counts == {"sent": 3, "received": 0, "resting": 3, "lost": 0}


def test_while_the_broker_is_away_connecting_says_what_to_type(channel: Any) -> None:
    services.rabbitmq().kill()
    try:
        with pytest.raises(CourseError, match=r"Start it: services.rabbitmq\(\).start\(\)"):
            connect()
    finally:
        services.rabbitmq().start()
    assert connect().is_open


def test_a_client_that_the_tap_has_cut_off_is_drawn_as_cut(channel: Any) -> None:
    channel.queue_declare("hello")
    publish(channel, "a")
    with recording("cut") as trace:
        listener = connect("listener")
        listener.channel().basic_get("hello")
        assert the_broker().tap.cut(the_broker().numbers("listener")) == 1
        with pytest.raises(AMQPError):
            listener.process_data_events(1)
        assert resting("hello", 1) == 1
    assert marks(trace) == [("listener", "cut")]
    assert ways(trace)[-1] == ("listener", "hello", "a")


def test_two_messages_of_one_text_keep_two_names(channel: Any) -> None:
    channel.queue_declare("hello")
    with recording("twins") as trace:
        publish(channel, "a", "a", "", "x" * 100, "🐇 a rabbit in a hat")
        channel.basic_publish("", "hello", b"\xff\xfe")
    assert [item for _, item in states(trace, "hello")] == [
        "a",
        "a (2)",
        "(empty)",
        "100 bytes",
        "🐇 a rabbit in…",
        "2 bytes",
    ]


def test_a_recording_ends_with_its_block_also_after_an_error(channel: Any) -> None:
    channel.queue_declare("hello")
    with pytest.raises(ZeroDivisionError), recording("broken") as trace:
        publish(channel, "a")
        _ = 1 / 0
    assert trace.counts["resting"] == 1


def test_a_recording_travels_as_json(channel: Any) -> None:
    with recording("travels") as trace:
        channel.queue_declare("hello")
        publish(channel, "a")
    assert Trace.from_json(trace.to_json()) == trace


def test_the_helpers_own_connection_is_in_no_picture(channel: Any) -> None:
    with recording("a look") as trace:
        channel.queue_declare("hello")
        publish(channel, "a")
        resting("hello", 1)
        fresh("other")
    assert {place.name for place in trace.places} == {"you", "default exchange", "hello"}


def test_a_worker_stops_when_asked_and_gives_back_what_it_holds(channel: Any) -> None:
    channel.queue_declare("tasks")
    A = worker("A", "tasks")
    begun = time.perf_counter()
    A.stop()
    assert time.perf_counter() - begun < 0.5
    assert A.lines[-1] == "A ends: stopped"
    publish(channel, "30", key="tasks")
    B = worker("B", "tasks")
    B.wait_for("B begins 30")
    B.stop()
    assert resting("tasks", 1) == 1


def test_a_worker_that_acknowledges_twice_says_why_it_ends(channel: Any) -> None:
    channel.queue_declare("tasks")
    A = worker("A", "tasks", 0.01, "auto and after")
    publish(channel, "1", key="tasks")
    assert A.ended() == "A ends: ChannelClosedByBroker 406"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: worker("A", "tasks", ack="later"), "there is no ack='later'; there are: after, before"),
        (
            lambda: worker("A", "no-such-queue").wait_for("done", 0.1),
            "did not print 'A ready' before it ended",
        ),
        (lambda: ctl("add_user"), "rabbitmqctl add_user: "),
        (lambda: wire("nobody"), "no connection is called 'nobody'; there are: .*you"),
    ],
)
def test_a_mistake_is_answered_in_words(channel: Any, act: Any, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        act()


def test_a_worker_that_is_killed_leaves_no_process(channel: Any) -> None:
    channel.queue_declare("tasks")
    A = worker("A", "tasks")
    A.kill()
    assert eventually(lambda: not A.running)


def test_every_kind_of_refusal_is_read(channel: Any) -> None:
    codes = []
    for act in (
        lambda: connect("x", "nobody", "wrong"),
        lambda: connect("x", virtual_host="nowhere"),
        lambda: channel.queue_declare("nowhere", passive=True),
    ):
        with pytest.raises(AMQPError) as caught:
            act()
        codes.append(reply(caught.value))
    assert codes == ["403 ACCESS_REFUSED", "530 NOT_ALLOWED", "404 NOT_FOUND"]
    assert reply(ValueError("7")) == ""
