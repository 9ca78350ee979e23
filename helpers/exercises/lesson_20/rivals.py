"""A client whose reads are followed by what somebody else does, before the reader can act on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymemcache import Client

from helpers import services
from helpers.services.memcached_service import PATIENT

__all__ = ["Rivaled"]


class Rivaled(Client):
    """After each of its next `times` reads, `meanwhile` is called: it plays the quicker client."""

    def __init__(self, **more: Any) -> None:
        super().__init__(services.memcached().address, **(PATIENT | more))
        self.times = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def get(self, *args: Any, **more: Any) -> Any:
        return self._then(super().get(*args, **more))

    def gets(self, *args: Any, **more: Any) -> Any:
        return self._then(super().gets(*args, **more))

    def _then(self, found: Any) -> Any:
        if self.times:
            self.times -= 1
            self.meanwhile()
        return found
