"""A thousand connections to each of the three servers of lesson 02: recorded once, or measured again."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["measure", "thousand_clients"]

_RECORD = Path(__file__).with_name("thousand.json")


def thousand_clients(again: bool = False) -> None:
    """Draw what 1,000 connections of which 10 talk cost each server: CPU for a word, memory for a connection.

    That is a record of another machine. With ``again=True`` it is measured here, which takes about a minute
    and, for the processes, up to a gigabyte of memory.
    """
    from helpers.views import bars

    costs = measure() if again else json.loads(_RECORD.read_text("utf-8"))
    where = "here" if again else "recorded"
    bars(f"CPU for a word, 1,000 connections ({where})", costs["cpu"])
    bars(f"memory for a connection ({where})", costs["memory"], unit="B")


def measure(clients: int = 1000, seconds: float = 3.0) -> dict[str, dict[str, float]]:
    """CPU seconds for a word and bytes for a connection, by server: ten of `clients` talk for `seconds`."""
    from helpers.background.cells import named
    from helpers.clients.crowd import load
    from helpers.clients.models import MODELS, serve

    serve(lambda word: word, plain=True)
    costs: dict[str, dict[str, float]] = {"cpu": {}, "memory": {}}
    for server in MODELS:
        report = load(server, clients=clients, active=10, seconds=seconds)
        assert report.cpu_per_request is not None and report.memory_per_connection is not None
        costs["cpu"][server] = report.cpu_per_request
        # What is less than a page in all cannot be seen.
        costs["memory"][server] = max(report.memory_per_connection, 4096 / clients)
        named(server).stop()
    return costs
