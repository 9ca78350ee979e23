"""How a memcached has divided its memory: pages of 1 MB, each cut into chunks for values of one size."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Slab", "slabs"]


class Slab(NamedTuple):
    """One slab class: its number, bytes of a chunk, chunks of a page, and pages that it has."""

    number: int
    chunk_size: int
    chunks_per_page: int
    pages: int

    @property
    def room(self) -> int:
        """How many items its pages hold."""
        return self.chunks_per_page * self.pages


def slabs(client: Any) -> list[Slab]:
    """The slab classes that have a page, small chunks first: memcached's own ``stats slabs``.

    `client` is a pymemcache ``Client``.
    """
    said = client.stats("slabs")
    numbers = sorted({int(name.split(b":")[0]) for name in said if b":" in name})
    return [
        Slab(
            number,
            *(
                int(said[b"%d:%s" % (number, what)])
                for what in (b"chunk_size", b"chunks_per_page", b"total_pages")
            ),
        )
        for number in numbers
    ]
