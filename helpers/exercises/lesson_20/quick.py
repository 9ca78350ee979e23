"""A cache that is slower than no cache: two small writes, and two rules of TCP that do not get along."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from helpers import services
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

HEAD = '''\
from pymemcache import Client

def connect(address):
    """A client for this address."""
'''
TAIL = '''\

def page(client, key):
    """The page `key`: from the cache if it is there, else built and stored."""
    found = client.get(key)
    if found is None:
        found = f"<h1>{key}</h1>".encode()
        client.set(key, found)
    return found
'''
STARTER = HEAD + "    return Client(address)\n" + TAIL
SOLUTION = HEAD + "    return Client(address, no_delay=True)\n" + TAIL
TOO_SLOW = (
    "Each new page took about 40 ms, and without a cache it would take none. Nobody computes anything: which "
    "write waits for which acknowledgment?"
)
PAGES = 12
SLOW = 0.03
"""Seconds a page that only Nagle's algorithm and the delayed acknowledgment together can take."""


def check(answer: Answer) -> None:
    connect = answer.function("connect", "def connect(address):")
    page = answer.function("page", "def page(client, key):")
    with services.memcached() as cache:
        look = cache.client()
        client = connect(cache.address)
        if not hasattr(client, "get"):
            raise Miss(f"`connect` should return a client, and returned {client!r:.40}.")
        connected = int(look.stats()[b"total_connections"])
        took = _build(page, client)
        _right(page, client, look, int(look.stats()[b"total_connections"]) - connected)
        if took > PAGES * SLOW:
            raise Miss(TOO_SLOW)


def _build(page: Callable[..., Any], client: Any) -> float:
    begun = time.monotonic()
    for number in range(PAGES):
        built = page(client, f"page-{number}")
        if built != f"<h1>page-{number}</h1>".encode():
            raise Miss(
                f"The page of page-{number} should be <h1>page-{number}</h1> in bytes, not {built!r:.40}."
            )
    return time.monotonic() - begun


def _right(page: Callable[..., Any], client: Any, look: Any, connections: int) -> None:
    if connections > PAGES / 2:
        raise Miss(
            f"It is quick, but made {connections} connections for {PAGES} pages. With one client and one "
            "connection it can be quicker still."
        )
    page(client, "page-0")  # what is on its way has arrived when this answer is here
    if look.get("page-1") is None:
        raise Miss("Quick, because nothing was stored: each reader will build every page again.")
    look.set("page-2", b"from the cache")
    if page(client, "page-2") != b"from the cache":
        raise Miss("There is a page in the cache, and `page` built it again. Ask the cache first.")


WRONG = (
    Wrong(
        STARTER.replace(
            "    found = client.get(key)\n",
            "    client = Client(client.server)\n    found = client.get(key)\n",
        ),
        "connections for 12 pages",
    ),
    Wrong(STARTER.replace("        client.set(key, found)\n", ""), "because nothing was stored"),
    Wrong(
        SOLUTION.replace("    found = client.get(key)\n    if found is None:\n", "    if True:\n"),
        "and `page` built it again",
    ),
)

EXERCISE = Exercise(
    name="quick",
    lesson="20",
    title="The cache that was slower than none",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Each new page costs two requests: a `get`, and a `set` whose answer nobody waits for. The `get` of "
        "the next page follows right behind.",
        "Two small writes one after the other: TCP holds the second until the first is acknowledged (Nagle's "
        "algorithm), and the other side takes its time to acknowledge, up to 40 ms.",
        "`Client(address, no_delay=True)` switches Nagle's algorithm off. Or wait for each answer: "
        "`default_noreply=False`.",
    ),
    check=check,
    starter_message=TOO_SLOW,
    wrong=WRONG,
    passed="Forty milliseconds less for each page, with one argument.",
)
