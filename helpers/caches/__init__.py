"""Caches: memcached and Redis with a tap in front, what was said on the wire, and who survives in a full one.

wire = Wire(services.memcached())            # a tap; wire.client("ada") connects by way of it
with wire.recording("two likes") as trace:   # who said what to whom meanwhile, as a Trace
    ...
print(wire.said())                           # the same as lines
wire.delay(0.01) wire.cut_reply() wire.mend()  # what the tap can break
p = popularity(1_000, skew=1); che(p, 100)   # a load with a Zipf law, and the hit ratio to expect
worker("alice", function)                    # function(r, "alice") in a process of its own, to be killed
SlowSource(seconds=0.1, servers=2)           # what stands behind a cache, and counts how often it is asked
await open_load("naive", handle, rate=300)   # many requests, and how long each took from when it was due
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "Wire": "helpers.caches.wire",
    "lifetimes": "helpers.caches.lives",
    "slabs": "helpers.caches.pages",
    "metering": "helpers.caches.metered",
    "hit_ratio_lab": "helpers.views.ratio_lab",
    **dict.fromkeys(("che", "che_curve", "popularity", "requests"), "helpers.caches.zipf"),
    "worker": "helpers.caches.workers",
    **dict.fromkeys(("Call", "SlowSource"), "helpers.caches.source"),
    "Scene": "helpers.caches.scene",
    **dict.fromkeys(("Load", "Request", "closed_load", "open_load"), "helpers.caches.load"),
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # Not at import: most lessons need a part of this.
    if name not in _WHERE:
        raise AttributeError(f"helpers.caches has no {name!r}; there are: {', '.join(sorted(_WHERE))}")
    return getattr(importlib.import_module(_WHERE[name]), name)
