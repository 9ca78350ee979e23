"""What the lessons read off a memcached: how long keys live, and how its memory is divided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers import CourseError, services
from helpers.caches import lifetimes, slabs


@pytest.fixture
def client() -> Iterator[Any]:
    with services.memcached("measured", megabytes=2) as it:
        yield it.client()


def test_keys_that_are_set_in_one_second_go_together(client: Any) -> None:
    lives = lifetimes(client, seconds=1, keys=3, every=0.2)
    assert lives.lanes == ["key 1", "key 2", "key 3"]
    ends = [span.end for span in lives.spans]
    assert max(ends) - min(ends) < 0.1
    lengths = [span.length for span in lives.spans]
    assert lengths == sorted(lengths, reverse=True) and lengths[0] < 1.2


def test_keys_that_never_go_are_an_error(client: Any) -> None:
    with pytest.raises(CourseError, match="still there, long after its time"):
        lifetimes(Immortal(client), seconds=1, keys=1)


class Immortal:
    """A client whose keys stay."""

    def __init__(self, client: Any) -> None:
        self.get = client.get
        self.set = lambda key, value, expire: client.set(key, value, expire=expire if key == "edge" else 0)


def test_slabs_know_what_their_pages_hold(client: Any) -> None:
    assert slabs(client) == []
    for number in range(5_000):
        client.set(f"small-{number:04}", "x" * 500)
    (slab,) = slabs(client)
    found = client.get_many([f"small-{number:04}" for number in range(5_000)])
    assert len(found) == slab.room == slab.chunks_per_page * slab.pages
    assert slab.chunk_size > 500
    client.set("large", "x" * 100_000)
    assert [each.chunk_size for each in slabs(client)] == sorted(each.chunk_size for each in slabs(client))
    assert len(slabs(client)) == 2
