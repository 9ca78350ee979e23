"""Recordings of messages as the lessons make them, by hand, so that a test knows every edge."""

from __future__ import annotations

from helpers.tracing import RUNNING, Arrow, Link, Mark, Place, Span, Trace
from helpers.tracing.messages import DEFAULT_EXCHANGE

__all__ = ["Post", "call", "flood", "handover", "hello", "news", "parcels"]

HOP = 0.0002
"""Seconds from here to there."""


class Post:
    """A broker on paper: each act takes a moment, and the recording grows."""

    def __init__(self, title: str, *lanes: str) -> None:
        self.trace = Trace(title, list(lanes))
        self.now = 0.0
        self._open: dict[tuple[str, str, str], float] = {}
        self._places: dict[str, Place] = {}

    def place(self, kind: str, name: str, label: str = "") -> None:
        self._places[name] = Place(name, kind, self.now, -1.0, label)
        self.now += HOP

    def bind(self, source: str, target: str, key: str = "") -> None:
        """A binding, or a subscription."""
        self.trace.links.append(Link(source, target, key, self.now, -1.0))
        self.now += HOP

    def send(
        self, client: str, item: str, *queues: str, key: str = "", via: tuple[str, ...] = (DEFAULT_EXCHANGE,)
    ) -> None:
        """Without a queue it is lost at the last exchange."""
        for queue in queues:
            self._fly(client, queue, item, key, via)
            self._open["resting", queue, item] = self.now + HOP
        if not queues:
            self._fly(client, via[-1], item, key, via)
            self.trace.marks.append(Mark(client, self.now + HOP, "lost: no queue", item))
        self.now += HOP

    def deliver(self, queue: str, client: str, *items: str) -> None:
        for item in items:
            self._close("resting", queue, item)
            self._fly(queue, client, item)
            self.now += HOP
            self._open["unacknowledged", client, item] = self.now

    def work(self, client: str, item: str, seconds: float) -> None:
        """In the callback; interrupted if the client is killed before."""
        self.trace.spans.append(Span(client, RUNNING, self.now, self.now + seconds, item=item))
        self.now += seconds

    def ack(self, client: str, item: str) -> None:
        self.now += HOP
        self._close("unacknowledged", client, item)

    def back(self, client: str, queue: str, *items: str) -> None:
        for item in items:
            self._close("unacknowledged", client, item)
            self._fly(client, queue, item)
            self._open["resting", queue, item] = self.now + HOP
        self.now += HOP

    def gone(self, name: str, fate: str) -> None:
        """Its links are cut; a client's messages must have gone back before."""
        self._close_place(name, fate)
        if fate == "killed":
            self.trace.marks.append(Mark(name, self.now, "killed"))
        for where in [one for one in self._open if one[1] == name]:
            self._close(*where)
        self.trace.links = [
            Link(k.source, k.target, k.label, k.start, self.now)
            if k.end < 0 and name in (k.source, k.target) else k
            for k in self.trace.links
        ]  # fmt: skip

    def done(self, **counts: int) -> Trace:
        for where in list(self._open):
            self._close(*where)
        for name in list(self._places):
            self._close_place(name, "")
        self.trace.links = [
            Link(k.source, k.target, k.label, k.start, k.end if k.end >= 0 else self.now)
            for k in self.trace.links
        ]
        self.trace.spans.sort(key=lambda s: s.start)
        self.trace.places.sort(key=lambda p: p.start)
        self.trace.counts, self.trace.duration = counts, self.now
        return self.trace

    def _fly(self, source: str, target: str, item: str, key: str = "", via: tuple[str, ...] = ()) -> None:
        self.trace.arrows.append(Arrow(source, self.now, target, self.now + HOP, key, item, via))

    def _close(self, state: str, lane: str, item: str) -> None:
        start = self._open.pop((state, lane, item))
        self.trace.spans.append(Span(lane, state, start, max(self.now, start), item=item))

    def _close_place(self, name: str, fate: str) -> None:
        place = self._places.pop(name)
        self.trace.places.append(Place(name, place.kind, place.start, self.now, place.label, fate))


def hello() -> Trace:
    """Three letters and one to nobody; A takes the first."""
    post = Post("hello", "you", "hello", "A")
    post.place("producer", "you")
    post.place("exchange", DEFAULT_EXCHANGE)
    post.place("queue", "hello", "durable")
    for item in "abc":
        post.send("you", item, "hello", key="hello")
        post.now += 0.002
    post.send("you", "d", key="helo")
    post.now += 0.003
    post.place("consumer", "A")
    post.deliver("hello", "A", "a")
    post.ack("A", "a")
    post.now += 0.004
    return post.done(sent=4, received=1, unacknowledged=0, resting=2, lost=1)


def parcels() -> Trace:
    """Ten parcels: A gets them all, and is killed while it works on the third; B holds one at the end."""
    post = Post("ten parcels, a worker dies", "you", "parcels", "A", "B")
    numbers = [str(number) for number in range(1, 11)]
    post.place("producer", "you")
    post.place("exchange", DEFAULT_EXCHANGE)
    post.place("queue", "parcels", "durable")
    for number in numbers:
        post.send("you", number, "parcels", key="parcels")
    post.now += 0.05
    post.place("consumer", "A")
    post.bind("parcels", "A")
    post.deliver("parcels", "A", *numbers)
    for number in ("1", "2"):
        post.work("A", number, 0.2)
        post.ack("A", number)
    post.work("A", "3", 0.1)
    post.back("A", "parcels", *numbers[2:])
    post.gone("A", "killed")
    post.now += 0.05
    post.place("consumer", "B")
    post.bind("parcels", "B")
    post.deliver("parcels", "B", "3")
    post.work("B", "3", 0.2)
    post.ack("B", "3")
    post.deliver("parcels", "B", "4")
    post.work("B", "4", 0.08)
    return post.done(sent=10, received=3, unacknowledged=1, resting=6, lost=0)


def handover() -> Trace:
    """One message goes through two hands."""
    post = Post("through two hands", "you", "hello", "A", "B")
    post.place("producer", "you")
    post.place("exchange", DEFAULT_EXCHANGE)
    post.place("queue", "hello")
    post.now = 0.002
    post.send("you", "3", "hello", key="hello")
    post.now = 0.4022
    post.place("consumer", "A")
    post.bind("hello", "A")
    post.deliver("hello", "A", "3")
    post.work("A", "3", 0.1)
    post.back("A", "hello", "3")
    post.gone("A", "killed")
    post.place("consumer", "B")
    post.bind("hello", "B")
    post.deliver("hello", "B", "3")
    post.work("B", "3", 0.2)
    post.ack("B", "3")
    post.now += 0.1
    return post.done(sent=1, received=1, unacknowledged=0, resting=0, lost=0)


def news() -> Trace:
    """A fan: two listeners, a diary, an exchange on an exchange; A goes, and its queue with it."""
    post = Post("the news", "desk", "queue-1", "diary", "scores", "A", "C")
    post.place("producer", "desk")
    post.place("exchange", "news", "fanout")
    post.place("exchange", "sport", "topic")
    post.bind("news", "sport")
    for queue, label in (("queue-1", "exclusive"), ("diary", "durable"), ("scores", "durable")):
        post.place("queue", queue, label)
    post.bind("news", "queue-1")
    post.bind("news", "diary")
    post.bind("sport", "scores", "sport.*")
    post.bind("sport", "scores", "news.#")
    post.place("consumer", "A")
    post.bind("queue-1", "A")
    for number in "12":
        for queue, via in (("queue-1", ("news",)), ("diary", ("news",)), ("scores", ("news", "sport"))):
            post.send("desk", number, queue, key="sport.chess", via=via)
            post.now -= HOP
        post.now += HOP
        post.deliver("queue-1", "A", number)
        post.ack("A", number)
        post.now += 0.1
    post.send("desk", "3", "queue-1", "diary", via=("news",))
    post.now += 0.05
    post.gone("A", "killed")
    post.gone("queue-1", "deleted")
    post.send("desk", "4", "diary", via=("news",))
    post.place("consumer", "C")
    post.bind("diary", "C")
    post.deliver("diary", "C", "1", "2")
    post.now += 0.05
    return post.done(sent=9, received=2, unacknowledged=2, resting=4, lost=1)


def call() -> Trace:
    """A question and its answer: from client to server and back, two queues and one exchange."""
    post = Post("one call", "client", "rpc", "server", "replies")
    post.place("producer", "client")
    post.place("exchange", DEFAULT_EXCHANGE)
    post.place("queue", "rpc", "durable")
    post.place("queue", "replies", "exclusive")
    post.place("consumer", "server")
    post.bind("rpc", "server")
    post.bind("replies", "client")
    post.send("client", "fib 6", "rpc", key="rpc")
    post.deliver("rpc", "server", "fib 6")
    post.work("server", "fib 6", 0.002)
    post.send("server", "8", "replies", key="replies")
    post.ack("server", "fib 6")
    post.deliver("replies", "client", "8")
    post.ack("client", "8")
    post.now += 0.001
    return post.done(sent=2, received=2, unacknowledged=0, resting=0, lost=0)


def flood(messages: int = 2000) -> Trace:
    """They arrive faster than two workers take them; half of them rest at the end."""
    post = Post("many messages", "you", "parcels", "A", "B")
    post.place("producer", "you")
    post.place("exchange", DEFAULT_EXCHANGE)
    post.place("queue", "parcels")
    for worker in "AB":
        post.place("consumer", worker)
        post.bind("parcels", worker)
    for number in range(messages):
        post.send("you", str(number + 1), "parcels", key="parcels")
        post.now += 0.0003
        if number % 2:
            worker, item = "AB"[number // 2 % 2], str(number // 2 + 1)
            post.deliver("parcels", worker, item)
            post.work(worker, item, 0.0004)
            post.ack(worker, item)
    return post.done(sent=messages, received=messages // 2, resting=messages - messages // 2, lost=0)
