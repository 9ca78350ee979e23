"""Message queues: the notebook's own RabbitMQ behind a tap, what its messages do, and workers to kill.

    connection = connect("you")                  # pika's BlockingConnection, by way of the tap
    with recording("three messages") as trace:   # what happened to the messages meanwhile, as a Trace
        ...
    resting("hello", expect=3)                   # how many messages are ready in a queue
    fresh("hello")                               # delete it, so that an experiment begins anew
    A = worker("A", "tasks", seconds=0.2)        # a process that takes tasks: A.wait_for, A.kill, A.done
    ctl("add_user", "alex", "secret")            # rabbitmqctl
    cut("listener") hold("listener") mend()      # what the tap can break, by the connection's name

`Topology` is the model of where RabbitMQ takes a message: for predictions and pictures, never instead of it.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    **dict.fromkeys(
        (
            "add_user",
            "connect",
            "ctl",
            "fresh",
            "label",
            "parameters",
            "recording",
            "reply",
            "resting",
            "wire",
        ),
        "helpers.queues.broker",
    ),
    "server": "helpers.queues.servers",
    **dict.fromkeys(("when_done", "worker"), "helpers.queues.workers"),
    **dict.fromkeys(("cut", "hold", "mend"), "helpers.queues.faults"),
    "Topology": "helpers.queues.routing",
    "route": "helpers.queues.routes",
    "routing_game": "helpers.queues.puzzle_box",
    "ledger": "helpers.queues.ledgers",
    "ack_timeout": "helpers.queues.timeouts",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # Not at import: a process that only routes, or only works, needs no more than that.
    if name not in _WHERE:
        raise AttributeError(f"helpers.queues has no {name!r}; there are: {', '.join(sorted(_WHERE))}")
    return getattr(importlib.import_module(_WHERE[name]), name)
