"""What belongs on the broker's map: nodes in columns, and the roads between them.

Producers stand left, then exchanges, queues, and consumers; an exchange behind another one column further.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from helpers.tracing.messages import gone_back
from helpers.tracing.trace import Arrow, Place, Trace

__all__ = ["MOST_NODES", "Node", "Plan", "Road", "broken", "legs"]

MOST_NODES = 16
"""In one column."""


@dataclass(slots=True)
class Node:
    """Something on the map: a name, and its lives."""

    name: str
    kind: str
    lives: list[Place]
    column: int = 0
    lost: int = 0
    """So many messages were lost here."""

    @property
    def label(self) -> str:
        return self.lives[-1].label if self.kind in ("exchange", "queue") else ""


@dataclass(slots=True)
class Road:
    """Leads from `source` to `target`. `times` (seconds) are when it was there, `labels` its keys."""

    source: str
    target: str
    labels: list[str] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    back: bool = False
    """It runs from right to left, below everything."""
    used: int = 0
    returned: int = 0
    """So many messages went along it, and so many came back."""

    @property
    def words(self) -> str:
        """Its keys and how much went along it: hello ×3, 1 back."""
        times = [f"×{self.used:,}"] if self.used else []
        times += [f"{self.returned:,} back"] if self.returned else []
        return "  ".join(word for word in (", ".join(self.labels), ", ".join(times)) if word)


def broken(fate: str) -> bool:
    """Whether a client ended otherwise than it meant to."""
    return fate.startswith(("killed", "cut", "died"))


class Plan:
    """Of a recording: `nodes` by name, `columns` of names, `roads` by source and target."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.back = trace, gone_back(trace)
        self.nodes = {node.name: node for node in _nodes(trace)}
        self.left_out = len({place.name for place in trace.places}) - len(self.nodes)
        self.roads: dict[tuple[str, str], Road] = {}
        for link in trace.links:
            if road := self._road(link.source, link.target):
                road.times.append((link.start, link.end))
                road.labels += [link.label] if link.label and link.label not in road.labels else []
        self._use()
        self.columns = self._columns()

    def _use(self) -> None:
        counted = set()
        for number, arrow in enumerate(self.trace.arrows):
            for source, target, label in legs(arrow, self.back, number):
                if not (road := self._road(source, target)):
                    continue
                if number in self.back:
                    road.returned += 1
                elif (way := (source, target, arrow.item or number, arrow.sent)) not in counted:
                    counted.add(way)  # an exchange makes copies: one message came to it
                    road.used += 1
                if not any(since <= arrow.arrived and until >= arrow.sent for since, until in road.times):
                    road.times.append((arrow.sent, self._until(source, target)))
                    road.labels += [label] if label and label not in road.labels else []
            for name, more in ((arrow.target, 1), (arrow.source, -1)):  # what comes back was not lost
                if (node := self.nodes.get(name)) and node.kind == "exchange":
                    node.lost += more

    def _until(self, source: str, target: str) -> float:
        ends = [self.nodes[name].lives[-1].end for name in (source, target)]
        return min(self.trace.duration, *ends)

    def _road(self, source: str, target: str) -> Road | None:
        if source not in self.nodes or target not in self.nodes or source == target:
            return None
        return self.roads.setdefault((source, target), Road(source, target))

    def _columns(self) -> list[list[str]]:
        level = {name: 0 for name, node in self.nodes.items() if node.kind == "exchange"}
        for _ in range(min(3, len(level))):  # exchanges may be bound in a circle
            for source, target in self.roads:
                if source in level and target in level:
                    level[target] = min(max(level[target], level[source] + 1), 3)
        order = ["producer", *(f"exchange {n}" for n in sorted(set(level.values()))), "queue", "consumer"]
        columns: dict[str, list[str]] = {kind: [] for kind in order}
        for name, node in self.nodes.items():
            columns[f"exchange {level[name]}" if name in level else node.kind].append(name)
        found = [column for column in columns.values() if column]
        for number, column in enumerate(found):
            for name in column:
                self.nodes[name].column = number
        for number in range(1, len(found)):
            found[number] = self._untangled(found[:number], found[number])
        for road in self.roads.values():
            road.back = self.nodes[road.target].column <= self.nodes[road.source].column
        return found

    def _untangled(self, before: list[list[str]], column: list[str]) -> list[str]:
        """Each name as high as those, on average, from which roads lead to it."""
        heights = {name: (place + 0.5) / len(other) for other in before for place, name in enumerate(other)}
        middle = {}
        for place, name in enumerate(column):
            sources = [heights[s] for s, t in self.roads if t == name and s in heights]
            middle[name] = sum(sources) / len(sources) if sources else (place + 0.5) / len(column)
        return sorted(column, key=lambda name: middle[name])


def legs(arrow: Arrow, back: Iterable[int], number: int) -> Iterator[tuple[str, str, str]]:
    """The stretches of an arrow's way, the routing key on the last. What goes back takes the way it came."""
    if number in back:
        yield arrow.target, arrow.source, ""
        return
    stops = [arrow.source, *arrow.via]
    stops += [arrow.target] if arrow.target != stops[-1] else []
    for place, (source, target) in enumerate(pairwise(stops), 2):
        yield source, target, arrow.label if place == len(stops) and len(stops) > 2 else ""


def _nodes(trace: Trace) -> Iterator[Node]:
    """Those that were used, in the order in which they appeared; so many that there is room for them."""
    named = [name for arrow in trace.arrows for name in (arrow.source, *arrow.via, arrow.target)]
    used = {*named, *(name for link in trace.links for name in (link.source, link.target))}
    lives: defaultdict[str, list[Place]] = defaultdict(list)
    for place in sorted(trace.places, key=lambda p: p.start):
        lives[place.name].append(place)
    kinds: Counter[str] = Counter()
    for name, stays in lives.items():
        kind = stays[0].kind
        if kind != "exchange" or name in used or not name.startswith("default"):
            kinds[kind] += 1
            if kinds[kind] <= MOST_NODES:
                yield Node(name, kind, stays)
