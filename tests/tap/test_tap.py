"""The tap passes on every byte, notes it, and breaks what it is told to break."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from helpers import services
from helpers.errors import CourseError
from helpers.services.ports import free_port, is_free
from helpers.tap import Note, Tap
from helpers.tap.amqp import Reader
from helpers.tap.relay import Relay
from tests.supervisor.owner import eventually

PING, PONG = b"mn\r\n", b"MN\r\n"  # memcached's "do nothing"


@pytest.fixture(scope="module")
def tap() -> Iterator[Tap]:
    """In front of a memcached: a protocol that it knows nothing of."""
    with Tap(services.memcached()) as tap:
        yield tap


@pytest.fixture
def line(tap: Tap) -> Iterator[socket.socket]:
    list(tap.notes())
    with socket.create_connection((tap.host, tap.port), timeout=5) as line:
        yield line
    tap.mend()


@pytest.fixture(scope="module")
def amqp() -> Iterator[Tap]:
    with Tap(services.rabbitmq(), "amqp") as tap:
        yield tap


def rabbit(tap: Tap) -> pika.BlockingConnection:
    broker = services.rabbitmq()
    who = pika.PlainCredentials(broker.user, broker.password)
    return pika.BlockingConnection(pika.ConnectionParameters(tap.host, tap.port, credentials=who))


def stored(size: int) -> bytes:
    """A question that is `size` bytes long, and a little."""
    return b"set key 0 0 %d\r\n" % size + b"x" * size + b"\r\n"


def asked(line: socket.socket, question: bytes = PING) -> bytes:
    line.sendall(question)
    return line.recv(100)


def test_a_client_notices_nothing(line: socket.socket) -> None:
    assert asked(line) == PONG


def test_both_ways_are_noted_with_their_times(tap: Tap, line: socket.socket) -> None:
    before = time.perf_counter_ns()
    asked(line)
    after = time.perf_counter_ns()
    opened, question, answer = tap.notes()
    assert (opened.kind, opened.way) == ("open", -1)
    assert (question.way, question.payload, question.size) == (0, PING, len(PING))
    assert (answer.way, answer.payload) == (1, PONG)
    assert before <= question.came <= question.went <= answer.came <= answer.went <= after
    assert list(tap.notes()) == []


def test_of_long_data_the_beginning_and_the_size_are_kept(tap: Tap, line: socket.socket) -> None:
    asked(line, stored(1000))
    questions = [note for note in tap.notes() if note.way == 0]
    assert sum(note.size for note in questions) == len(stored(1000))
    assert questions[0].payload.startswith(b"set key 0 0 1000\r\nxxx")
    assert len(questions[0].payload) == 64


def test_a_delay_makes_everything_later_in_order(tap: Tap, line: socket.socket) -> None:
    tap.delay(0.1, "client")
    begun = time.perf_counter()
    line.sendall(PING + stored(1))
    heard = b""
    while len(heard) < len(PONG) + 8:
        heard += line.recv(100)
    assert heard == PONG + b"STORED\r\n"
    assert 0.1 <= time.perf_counter() - begun < 0.5


def test_what_is_held_goes_on_when_it_is_mended(tap: Tap, line: socket.socket) -> None:
    asked(line)
    tap.hold("client")
    line.sendall(PING)
    line.settimeout(0.1)
    with pytest.raises(TimeoutError):
        line.recv(100)
    line.settimeout(5)
    tap.mend()
    assert line.recv(100) == PONG


def test_a_throttle_lets_so_many_bytes_a_second_pass(tap: Tap, line: socket.socket) -> None:
    tap.throttle(100_000, "server")
    begun = time.perf_counter()
    assert asked(line, stored(20_000)) == b"STORED\r\n"
    assert 0.15 < time.perf_counter() - begun < 1


def test_a_fault_that_is_ordered_while_the_server_is_being_reached_loses_nothing() -> None:
    """A full queue of those who wait to be accepted: the relay's own connection takes a second."""

    async def reached_late() -> bytes:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as others:
            waiting = [others.enter_context(socket.socket()) for _ in range(4)]
            for other in waiting:
                other.setblocking(False)
                other.connect_ex(server.getsockname())
            relay = Relay(free_port(), server.getsockname()[1], "plain")
            await relay.listen()
            _, client = await asyncio.open_connection("127.0.0.1", relay.port)
            client.write(b"x" * 1000)
            client.write_eof()
            await asyncio.sleep(0.1)
            await relay.order_fault(None, 0, rate=1e6)
            await asyncio.sleep(0.1)
            server.setblocking(False)
            heard = b""
            while not heard:
                line, _ = await loop.sock_accept(server)
                others.enter_context(line)
                with suppress(TimeoutError):
                    heard = await asyncio.wait_for(loop.sock_recv(line, 2000), 0.3)
            client.close()
            return heard

    assert asyncio.run(asyncio.wait_for(reached_late(), 10)) == b"x" * 1000


def test_somebody_who_reads_nothing_stops_the_sender(tap: Tap, line: socket.socket) -> None:
    """What cannot go on stays with its sender: the relay keeps no more than it must."""
    tap.hold("server")
    line.setblocking(False)
    sent = 0
    with pytest.raises(BlockingIOError):
        while sent < 100_000_000:
            sent += line.send(b"x" * 65536)
            time.sleep(0.0005)
    assert sent < 40_000_000


def test_a_cut_ends_connections_without_a_goodbye(tap: Tap, line: socket.socket) -> None:
    asked(line)
    assert tap.cut() == 1
    with pytest.raises(ConnectionResetError):
        line.recv(100)
    assert [note.kind for note in tap.notes()][-1] == "ended by cut"


def test_only_the_named_connections_are_cut(tap: Tap, line: socket.socket) -> None:
    asked(line)
    (number,) = {note.connection for note in tap.notes()}
    with socket.create_connection((tap.host, tap.port), timeout=5) as other:
        asked(other)
        assert tap.cut([number]) == 1
        assert asked(other) == PONG


def test_a_client_that_leaves_is_told_to_the_server(tap: Tap) -> None:
    with socket.create_connection((tap.host, tap.port), timeout=5) as line:
        asked(line)
    assert eventually(lambda: "ended by client" in [note.kind for note in tap.notes()])


def test_frames_are_noted_one_by_one(amqp: Tap) -> None:
    connection = rabbit(amqp)
    channel = connection.channel()
    channel.queue_declare("tapped", exclusive=True)
    list(amqp.notes())
    for body in (b"one", b"", b"x" * 300_000):
        channel.basic_publish("", "tapped", body, pika.BasicProperties(headers={"a": 1}))
    channel.basic_get("tapped", auto_ack=True)
    events = list(Reader().read(amqp.notes()))
    assert [event.name for event in events] == [*["Basic.Publish"] * 3, "Basic.Get", "Basic.GetOk"]
    first, empty, long, _, got = (event.content for event in events)
    assert first and empty and long and got
    assert (first.body, first.size, first.properties.headers) == (b"one", 3, {"a": 1})
    assert (empty.body, empty.size) == (b"", 0)
    assert (long.size, long.missing) == (300_000, 0)
    assert got.checksum == first.checksum
    connection.close()


def test_a_message_that_is_noted_in_two_parts_is_read_as_one(amqp: Tap) -> None:
    connection = rabbit(amqp)
    channel = connection.channel()
    list(amqp.notes())
    channel.basic_publish("", "nowhere", b"one")
    notes: list[Note] = []
    while len(notes) < 3:
        notes += amqp.notes()
    reader = Reader()
    assert list(reader.read(notes[:2])) == []
    (event,) = reader.read(notes[2:])
    assert event.name == "Basic.Publish"
    connection.close()


def test_twenty_million_bytes_arrive_as_they_were(amqp: Tap) -> None:
    body = os.urandom(1000) * 20_000
    with rabbit(amqp) as connection:
        channel = connection.channel()
        channel.queue_declare("large", exclusive=True)
        channel.basic_publish("", "large", body)
        try:
            assert channel.basic_get("large", auto_ack=True)[2] == body
        except ChannelClosedByBroker as error:  # RabbitMQ 4.0 and newer take 16 MiB at most
            assert "20000000 is larger than configured max size 16777216" in error.reply_text


def test_a_cut_inside_a_frame_leaves_a_part_of_it(amqp: Tap) -> None:
    with socket.create_connection((amqp.host, amqp.port), timeout=5) as line:
        assert eventually(lambda: amqp.cut_inside("client") == 1)
        line.sendall(b"AMQP\x00\x00\x09\x01")
        heard = b""
        while part := line.recv(65536):
            heard += part
    size = int.from_bytes(heard[3:7], "big")
    assert heard[0] == 1
    assert len(heard) == 7 + size, "all but the byte that ends the frame"


def test_while_the_server_is_away_its_clients_are_refused() -> None:
    with Tap(services.memcached()) as tap:
        line = socket.create_connection((tap.host, tap.port), timeout=5)
        asked(line)
        services.memcached().kill()
        assert eventually(lambda: _refused(tap))
        assert line.recv(100) == b""
        services.memcached().start()
        assert tap.awake()
        with socket.create_connection((tap.host, tap.port), timeout=5) as again:
            assert asked(again) == PONG
        kinds = [note.kind for note in tap.notes() if note.way < 0]
        assert kinds.index("server gone") < kinds.index("server back")
        line.close()


def test_meanwhile_nobody_else_gets_its_port() -> None:
    with Tap(services.memcached()) as tap:
        services.memcached().kill()
        assert not tap.awake()
        assert _refused(tap)
        assert not is_free(tap.port, lingering=False)
        services.memcached().start()
        assert tap.awake() and not _refused(tap)


def _refused(tap: Tap) -> bool:
    with socket.socket() as line:
        return line.connect_ex((tap.host, tap.port)) != 0


def test_many_at_once_are_all_served(tap: Tap) -> None:
    answers: list[bytes] = []

    def visit() -> None:
        with socket.create_connection((tap.host, tap.port), timeout=5) as line:
            answers.append(asked(line))

    visitors = [threading.Thread(target=visit) for _ in range(100)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert answers == [PONG] * 100


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (lambda tap: tap.hold("sideways"), "there is no way 'sideways'; there are: server, client, both"),
        (lambda tap: tap.delay(-1), "the delay is a number above 0, not -1"),
        (lambda tap: tap.throttle(0), "the rate is a number above 0, not 0"),
    ],
)
def test_an_order_that_makes_no_sense_says_what_would(
    tap: Tap, order: Callable[[Tap], object], words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        order(tap)


def test_a_tap_that_is_gone_says_so() -> None:
    tap = Tap(services.memcached()).start()
    tap.kill()
    with pytest.raises(CourseError, match="The tap in front of memcached is gone"):
        tap.notes()
