"""Measure the figures and print them as a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks import course, kernels, queues, recording, servers, servers_under_load


class Figure(NamedTuple):
    """One line: `measured` and `limit` are in `unit`; a limit may be "at least"."""

    what: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    def __str__(self) -> str:
        kept = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        limit = f"{'at least' if self.at_least else 'at most'} {self.limit:g} {self.unit}"
        return (
            f"{self.what:<58} {self.measured:>9.4g} {self.unit:<5} {limit:<18} {'' if kept else '<- MISSED'}"
        )


def starting() -> Iterator[Figure]:
    yield Figure("./course lab until Lab answers", course.until_lab_answers(), 5, "s")
    yield Figure("import helpers beyond IPython", course.importing("import helpers"), 50, "ms")
    yield Figure("import cell of lesson 01 beyond IPython", course.importing(course.FIRST_CELL), 1000, "ms")


def servers_ready() -> Iterator[Figure]:
    ready = servers.ready_after()
    for name, limit in (("RabbitMQ", 2.5), ("Redis", 0.1), ("memcached", 0.1)):
        yield Figure(f"{name} ready", ready[name], limit, "s")
    yield Figure("all three together, over RabbitMQ alone", ready["all"] / ready["RabbitMQ"], 1.1, "times")


def background() -> Iterator[Figure]:
    yield Figure("background kernel, warm spare, to first output", kernels.first_output(warm=True), 150, "ms")
    yield Figure("background kernel, cold, to first output", kernels.first_output(warm=False), 700, "ms")
    yield Figure("print in a background kernel to the caller", kernels.print_to_caller(), 50, "ms")


def recorded() -> Iterator[Figure]:
    bare = recording.cost(0)
    yield Figure("recording asyncio, running/waiting, an event", bare.per_event, 200, "ns")
    yield Figure("recording asyncio, with ready, an event", bare.per_event_ready, 1000, "ns")
    for what, work in (("a loop", recording.LOOP), ("calls", recording.CALLS)):
        cost = recording.cost(work)
        name = f"steps of {cost.step:.0f} µs ({what})"
        yield Figure(f"{name}: slow-down", cost.slower, 3, "%")
        yield Figure(f"{name}: viztracer costs", cost.viztracer / cost.slower, 30, "times", at_least=True)


def wall_times() -> Iterator[Figure]:
    for model, seconds in (("one by one", 0.9), ("threads", 0.3), ("loop", 0.3)):
        off = 100 * abs(course.wall_time(model) / seconds - 1)
        yield Figure(f"three questions of 0.3 s, {model}: off the arithmetic", off, 10, "%")


def memory() -> Iterator[Figure]:
    for what, megabytes in course.memory().items():
        yield Figure(f"PSS: {what}", megabytes, 450, "MB")


def under_load() -> Iterator[Figure]:
    for cost in servers_under_load.costs():
        name = f"{cost.server}, {cost.crowd}: CPU a request"
        if cost.server == "C":
            yield Figure(name, cost.cpu, 20, "µs")
            continue
        # The lesson's claim: with many idle connections select is the dear one, selectors is not.
        dear = cost.server == "select" and cost.crowd.connections > 100
        # A greenlet has a stack of its own, and each wait is two switches.
        times, kib = (3, 12) if cost.server == "gevent" else (2.5, 2)
        if cost.server == "selectors" and cost.crowd.connections == 1000:
            times = 1.5
        yield Figure(f"{name}, over C", cost.times, times, "times", at_least=dear)
        yield Figure(f"{cost.server}, {cost.crowd}: memory a connection", cost.kib, kib, "KiB")
    few, some, many = servers_under_load.CROWDS
    loops = servers_under_load.compared(("our loop", few), ("streams", few))
    yield Figure(f"the loop of lesson 07, {few}: CPU, over streams", loops, 2, "times")
    grown = servers_under_load.compared(("select", some), ("select", few))
    yield Figure("select, 1,000 connections over 100: CPU a request", grown, 3, "times", at_least=True)
    kept = servers_under_load.probe_keeps()
    yield Figure("selectors, recorded: throughput kept", kept, 85, "%", at_least=True)
    idle = servers_under_load.compared(("selectors", many), ("selectors", some))
    yield Figure("selectors, 10,000 connections over 1,000: CPU a request", idle, 1.1, "times")
    for name in ("selectors", "gevent"):
        held = servers_under_load.held_together(name)
        yield Figure(f"{name}, 10,000 connections held: server and clients", held, 400, "MB")


def message_queues() -> Iterator[Figure]:
    through = queues.tapped()
    yield Figure("publish through the tap: throughput kept", through.publish, 85, "%", at_least=True)
    yield Figure("consume through the tap: throughput kept", through.consume, 85, "%", at_least=True)
    yield Figure("a round trip through the tap: more", through.trip, 0.2, "ms")
    stopped, killed = queues.broker_is_back()
    yield Figure("RabbitMQ stopped, until it accepts again", stopped, 4, "s")
    yield Figure("RabbitMQ killed, until it accepts again", killed, 4, "s")
    yield Figure("a consumer of an empty queue is stopped", queues.consumer_lets_go(), 200, "ms")
    yield Figure("a recording of 2,000 messages, to be made", queues.recorded(), 2, "s")


PARTS = (starting, servers_ready, background, recorded, wall_times, memory, under_load, message_queues)
GROUPS = {f.__name__: f for f in PARTS}


def main(names: list[str]) -> None:
    """Print the figures of the named groups, or of all."""
    for name in names or GROUPS:
        for figure in GROUPS[name]():
            print(figure, flush=True)
    print("\nThe player and the sliders:  pytest tests/views -rP -k 'ten_thousand or follow'")
    print("What is left after an end:   pytest tests/leaks -rP")


if __name__ == "__main__":
    main(sys.argv[1:])
