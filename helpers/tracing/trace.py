"""A Trace: what happened, on which lane, in which state.

A recording is plain data: *lanes* (a thread, a task, a queue), *spans* on a lane (running, waiting,
ready), *marks* (a moment: answered, killed) and *arrows* between lanes. Where a program's own lists
matter, *boxes* say what they hold, and *lines* where in its source the program is. Where messages travel,
*places* say what stands on the map (clients, exchanges, queues) and *links* what leads from one to another;
the *item* of a span, mark or arrow is the message that it is about. All times are seconds since the
recording began. Probes fill a Trace, views draw it; neither knows the other.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from helpers.tracing.messages import in_words
from helpers.tracing.words import boxed, stolen, words

__all__ = ["READY", "RUNNING", "WAITING", "Arrow", "Box", "Link", "Mark", "Place", "Span", "Trace"]

RUNNING = "running"
"""On the CPU."""
WAITING = "waiting"
"""Asleep until the world answers."""
READY = "ready"
"""Could run, but another holds the interpreter lock, the event loop or the core."""

THINKING = "thinking"
"""A client's own pause: it waits for nobody."""
MOST_ARROWS = 6
"""So many arrows are told one by one, in the order they were sent; more are counted."""

MOST_SAID = 24
"""The same, where it is about what was said."""


@dataclass(frozen=True, slots=True)
class Span:
    """`lane` was in `state` from `start` to `end` (seconds)."""

    lane: str
    state: str
    start: float
    end: float
    label: str = ""
    item: str = ""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane: `label` says what happened at `time` (seconds)."""

    lane: str
    time: float
    label: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something left `source` at `sent` and reached `target` at `arrived` (seconds)."""

    source: str
    sent: float
    target: str
    arrived: float
    label: str = ""
    item: str = ""
    via: tuple[str, ...] = ()
    """The exchanges that it passes on its way, by the names of their places."""


@dataclass(frozen=True, slots=True)
class Box:
    """From `time` (seconds) on, the box `name` (a set, a queue) holds `items`, until the next of its name."""

    name: str
    time: float
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """From `start` to `end` (seconds) `name` stood on the map.

    `kind` is producer, consumer (a client, by what it did first), exchange or queue; `label` says more
    ("fanout"), `fate` why it is gone ("killed", "deleted", "closed"), or is empty while it is there.
    """

    name: str
    kind: str
    start: float
    end: float
    label: str = ""
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """From `start` to `end` (seconds) something led from `source` to `target`, both names of places.

    From an exchange it is a binding and `label` its key; from a queue to a client it is a subscription.
    """

    source: str
    target: str
    label: str
    start: float
    end: float


@dataclass
class Trace:
    """One recording.

    ``lanes`` holds lane names in the order they appeared (drawing order), ``duration`` is in seconds,
    and ``origin_ns`` is the ``time.perf_counter_ns`` reading that all other times count from, so that
    recordings made in several processes of one machine can be laid on one axis (see `join`). ``lines``
    says since when (seconds) which line of ``listing``, counted from 1, is the current one. ``counts`` says
    in words what became of all messages: the first number (sent) is the sum of the others.
    """

    title: str = ""
    lanes: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    duration: float = 0.0
    origin_ns: int = 0
    boxes: list[Box] = field(default_factory=list)
    listing: str = ""
    lines: list[tuple[float, int]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    talk: bool = False
    """Whether it is about what was said: then the words tell each arrow, and of lanes only what took long."""

    # -- questions a lesson asks ------------------------------------------------------------

    def on(self, lane: str) -> list[Span]:
        """The spans of one lane, in time order.

        Raises KeyError with the names there are, if there is no such lane.
        """
        if lane not in self.lanes:
            raise KeyError(f"no lane {lane!r}; there are: {', '.join(self.lanes) or 'none'}")
        return sorted((s for s in self.spans if s.lane == lane), key=lambda s: s.start)

    def seconds(self, state: str, lane: str | None = None) -> float:
        """Seconds spent in `state`, on one lane or on all lanes together."""
        return sum(s.length for s in self.spans if s.state == state and lane in (None, s.lane))

    def finished(self, lane: str) -> float:
        """When the lane's last span ended (seconds)."""
        return max((s.end for s in self.on(lane)), default=0.0)

    def at_once(self, state: str, share: float = 0.05) -> int:
        """The largest number of lanes that were in `state` at the same time.

        Numbers reached for less than `share` of the recording do not count: on a real machine two
        clocks are never read at the same instant.
        """
        edges = sorted(edge for s in self.spans if s.state == state for edge in ((s.start, 1), (s.end, -1)))
        held: dict[int, float] = {}
        level, since = 0, 0.0
        for time, step in edges:
            held[level] = held.get(level, 0.0) + time - since
            level, since = level + step, time
        long_enough = 0.0
        for level in sorted(held, reverse=True):
            long_enough += held[level]
            if level and long_enough >= share * self.duration:
                return level
        return 0

    # -- the text form ----------------------------------------------------------------------

    def text(self, shortest: float | None = None) -> str:
        """The recording in words, times left out: the same for every run that went the same way.

        One line a lane. Spans shorter than `shortest` seconds (default: a twelfth of the recording, at
        least 20 ms) are left out; a lane that changes between two states again and again is said to do so
        "by turns", however often it was. Getting the turn back after a wait is told if it took a third of
        that wait or more. That other programs kept the machine's cores busy is not told,
        and counts for nothing. Marks stand where they fell in the lane's own order; arrows follow, in the
        order they were sent, or counted if there are many. Last comes, for each box, what it ever held.

        Where messages travel, `helpers.tracing.messages` says which, from where to where.
        """
        if self.places:
            return "\n".join([self.title or "a recording", *in_words(self)])
        least = max(0.02, (self.duration - stolen(self.spans)) / 12) if shortest is None else shortest
        lines = [self.title or "a recording"]
        width = max((len(lane) for lane in self.lanes), default=0)
        spans: dict[str, list[Span]] = defaultdict(list)
        marks: dict[str, list[Mark]] = defaultdict(list)
        for span in sorted(self.spans, key=lambda s: s.start):
            spans[span.lane].append(span)
        for mark in sorted(self.marks, key=lambda m: m.time):
            marks[mark.lane].append(mark)
        for lane in self.lanes:
            told = ", ".join(words(spans[lane], marks[lane], least))
            if told or not self.talk:
                lines.append(f"  {lane:<{width}}  {told or 'hardly anything'}")
        lines += [f"  {line}" for line in self._arrows_in_words()]
        lines += [f"  {line}" for line in boxed(self.boxes)]
        return "\n".join(lines)

    def _arrows_in_words(self) -> list[str]:
        if len(self.arrows) <= (MOST_SAID if self.talk else MOST_ARROWS):
            in_order = sorted(self.arrows, key=lambda a: a.sent)
            return [f"{a.source} → {a.target}{a.label and ': '}{a.label}" for a in in_order]
        places = {lane: place for place, lane in enumerate(self.lanes)}
        counts = Counter((a.source, a.target) for a in self.arrows)
        pairs = sorted(counts, key=lambda pair: [places.get(lane, 0) for lane in pair])
        times = {1: "once", 2: "twice"}
        return [
            f"{source} → {target}, {times.get(n := counts[source, target], f'{n} times')}"
            for source, target in pairs
        ]

    def __repr__(self) -> str:
        size = f"{len(self.lanes)} lanes, {len(self.spans)} spans, {self.duration:.3f} s"
        return f"<Trace {self.title!r}: {size}>"

    # -- travel -----------------------------------------------------------------------------

    def to_json(self) -> str:
        """This recording as one JSON object; `from_json` reads it back, equal."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The recording that `to_json` wrote. Raises ValueError if `text` is something else."""
        try:
            data = json.loads(text)
            kinds = {
                "spans": Span,
                "marks": Mark,
                "arrows": Arrow,
                "boxes": Box,
                "places": Place,
                "links": Link,
            }
            found: dict[str, Any] = {n: [kind(**item) for item in data[n]] for n, kind in kinds.items()}
            found["boxes"] = [replace(box, items=tuple(box.items)) for box in found["boxes"]]
            found["arrows"] = [replace(arrow, via=tuple(arrow.via)) for arrow in found["arrows"]]
            found["lines"] = [(time, line) for time, line in data["lines"]]
            return cls(**data | found)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a recording: {error}") from error

    @classmethod
    def join(cls, title: str, parts: Iterable[Trace]) -> Trace:
        """Recordings of one machine on one axis: lanes of all parts, times from the earliest origin.

        One screen has room for one listing: the first part that has one gives it, with its lines; and for one
        sum of messages.
        """
        parts = list(parts)
        whole = cls(title=title, origin_ns=min((p.origin_ns for p in parts), default=0))
        for part in parts:
            moved = part.moved((part.origin_ns - whole.origin_ns) / 1e9)
            whole.lanes += [lane for lane in moved.lanes if lane not in whole.lanes]
            whole.spans += moved.spans
            whole.marks += moved.marks
            whole.arrows += moved.arrows
            whole.boxes += moved.boxes
            whole.places += moved.places
            whole.links += moved.links
            whole.counts = whole.counts or moved.counts
            whole.talk = whole.talk or moved.talk
            if moved.listing and not whole.listing:
                whole.listing, whole.lines = moved.listing, moved.lines
            whole.duration = max(whole.duration, moved.duration)
        return whole

    def moved(self, seconds: float) -> Trace:
        """The same recording, every time later by `seconds`."""
        return replace(
            self,
            spans=[replace(s, start=s.start + seconds, end=s.end + seconds) for s in self.spans],
            marks=[replace(m, time=m.time + seconds) for m in self.marks],
            arrows=[replace(a, sent=a.sent + seconds, arrived=a.arrived + seconds) for a in self.arrows],
            boxes=[replace(b, time=b.time + seconds) for b in self.boxes],
            places=[replace(p, start=p.start + seconds, end=p.end + seconds) for p in self.places],
            links=[replace(k, start=k.start + seconds, end=k.end + seconds) for k in self.links],
            lines=[(time + seconds, line) for time, line in self.lines],
            duration=self.duration + seconds,
            origin_ns=self.origin_ns - round(seconds * 1e9),
        )
