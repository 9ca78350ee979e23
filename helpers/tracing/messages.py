"""A recording of messages in words: who sends, keeps and receives which, times left out. See `Trace.text`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.tracing.trace import Mark, Place, Trace

__all__ = ["ALTERNATE", "DEFAULT_EXCHANGE", "gone_back", "in_words", "listed", "summed"]

DEFAULT_EXCHANGE = "default exchange"
"""Name of the place of the exchange whose own name is empty: every queue is bound to it by its name."""
ALTERNATE = "alternate exchange"
"""What stands at the link from an exchange to the one that gets what no binding takes."""
_TABLE = re.compile("(all|any)(-with-x)?: ")
"""So begins what stands at a binding of a headers exchange, which is no key."""
_MOST = 8
"""So many items are listed one by one."""
_RANGE = 4
"""So many numbers in a row, or more, are told by the first and the last."""
_ALWAYS = ("received", "resting", "lost")
"""What is counted even if it is nothing; of the rest of a sum only what there is."""
_INSTANT = 1e-6  # seconds: times went through floating point


def in_words(trace: Trace) -> list[str]:
    """The lines below the title: lanes, bindings, what went nowhere, and the sum.

    Items stand in the order in which the lane saw them: the same for every run that went the same way.
    """
    width = max(map(len, trace.lanes), default=0)
    back, places = gone_back(trace), _by_name(trace.places)
    lines = []
    for lane in trace.lanes:
        lives = places[lane]
        queue = any(place.kind == "queue" for place in lives)
        words = _queue(trace, lane, lives, back) if queue else _client(trace, lane, lives, back)
        lines.append(f"{lane:<{width}}  {'; '.join(words)}".rstrip())
    lines += [*_bindings(trace, places), *_nowhere(trace)]
    return [f"  {line}" for line in (*lines, summed(trace.counts)) if line]


def listed(items: Sequence[str]) -> str:
    """All of a few items; of many the first, the last and the number; numbers in a row by their ends."""
    names = [item.rstrip("0123456789") for item in items]
    numbers = [int(item[len(name) :] or -9) for item, name in zip(items, names, strict=True)]
    in_a_row = len(set(names)) == 1 and all(after - before == 1 for before, after in pairwise(numbers))
    if in_a_row and len(items) >= (_RANGE if not names[0] else _RANGE - 1):
        return f"{items[0]} to {numbers[-1]}"
    if len(items) <= _MOST:
        return ", ".join(items)
    return f"{', '.join(items[:3])}, …, {items[-1]} ({len(items)} of them)"


def summed(counts: dict[str, int]) -> str:
    """`counts` as an equation: sent 10 = received 2 + resting 8 + lost 0. Empty if nothing was counted."""
    parts = [
        f"{word} {count:,}"
        for number, (word, count) in enumerate(counts.items())
        if count or not number or word in _ALWAYS
    ]
    return f"{parts[0]} = {' + '.join(parts[1:])}" if parts[1:] else "".join(parts)


def gone_back(trace: Trace) -> set[int]:
    """The numbers of the arrows that bring a message back: to its queue, or to who sent it."""
    lanes, delivered, back = set(trace.lanes), set(), set()
    queues = {place.name for place in trace.places if place.kind == "queue"}
    for number, arrow in sorted(enumerate(trace.arrows), key=lambda one: one[1].sent):
        if arrow.source in queues:
            delivered.add((arrow.item, arrow.target))
        elif arrow.target in lanes and not arrow.via and (arrow.item, arrow.source) in delivered:
            back.add(number)
        elif arrow.source not in lanes:
            back.add(number)  # returned or refused by an exchange
    return back


def _turned_away(trace: Trace) -> set[str]:
    """What came back from an exchange."""
    return {arrow.item for arrow in trace.arrows if arrow.source not in trace.lanes}


def _by_name(places: Iterable[Place]) -> defaultdict[str, list[Place]]:
    """Each name's lives in time order: a queue may be deleted and declared again."""
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda p: p.start):
        found[place.name].append(place)
    return found


def _client(trace: Trace, lane: str, lives: list[Place], back: set[int]) -> Iterator[str]:
    s = "" if lane == "you" else "s"
    out = sorted((a.sent, n, a) for n, a in enumerate(trace.arrows) if a.source == lane)
    sent = dict.fromkeys((at, arrow.item) for at, n, arrow in out if n not in back)
    words = [(f"send{s}", [item for _, item in sent]), (f"receive{s}", _arriving(trace, lane, skip=back))]
    if lives and lives[0].kind == "consumer":
        words.reverse()
    words.append((f"still hold{s}", _at_the_end(trace, lane, "unacknowledged", lives)))
    words.append((f"return{s}", [arrow.item for _, n, arrow in out if n in back]))
    lost = {arrow.item for _, _, arrow in out if arrow.target not in trace.lanes} - _turned_away(trace)
    mine = [mark for mark in trace.marks if mark.lane == lane and mark.item not in lost]
    remarks = list(_remarks(mine, everything=[item for _, item in sent]))
    yield from (f"{verb} {listed(items)}" for verb, items in words if items)
    yield from remarks
    if not remarks and not any(items for _, items in words):
        yield "nothing to tell"


def _queue(trace: Trace, lane: str, lives: list[Place], back: set[int]) -> Iterator[str]:
    took, took_back = _arriving(trace, lane, skip=back), _arriving(trace, lane, only=back)
    resting, dropped = _at_the_end(trace, lane, "resting", lives), _dropped(trace, lane, lives)
    fate = lives[-1].fate if lives else ""
    began = [item for item, start, _ in _stays(trace, lane, "resting", lives) if start <= _INSTANT]
    if had := [item for item in began if item not in took]:
        yield f"begins with {listed(had)}"
    if took:
        yield f"takes in {listed(took)}"
    if took_back:
        yield f"takes back {listed(took_back)}"
    if dropped and not fate:
        yield f"drops {listed(dropped)}"
    yield from _remarks(m for m in trace.marks if m.lane == lane and not _says(m, fate))
    if fate:
        yield fate + (f", and {listed(dropped)} with it" if dropped else "")
    elif resting:
        yield f"resting at the end: {listed(resting)}"
    else:
        yield "empty at the end" if had or took or took_back else "always empty"


def _says(mark: Mark, fate: str) -> bool:
    """Whether it tells of what went with its queue."""
    return bool(fate) and mark.label.startswith(f"lost: queue {fate}")


def _arriving(trace: Trace, lane: str, skip: Iterable[int] = (), only: set[int] | None = None) -> list[str]:
    arrivals = [
        (arrow.arrived, number, arrow.item)
        for number, arrow in enumerate(trace.arrows)
        if arrow.target == lane and number not in skip and (only is None or number in only)
    ]
    return [item for _, _, item in sorted(arrivals)]


def _stays(trace: Trace, lane: str, state: str, lives: list[Place]) -> Iterator[tuple[str, float, bool]]:
    """Each stay's item and start (seconds), and whether it lasts to the end of the recording."""
    over = lives[-1].end if lives and not lives[-1].fate else trace.duration
    for span in sorted((s for s in trace.spans if s.lane == lane), key=lambda s: s.start):
        if span.state == state and span.item:
            yield span.item, span.start, span.end >= over - _INSTANT


def _at_the_end(trace: Trace, lane: str, state: str, lives: list[Place]) -> list[str]:
    if lives and lives[-1].fate:  # nobody holds anything who is gone
        return []
    return [item for item, _, last in _stays(trace, lane, state, lives) if last]


def _dropped(trace: Trace, lane: str, lives: list[Place]) -> list[str]:
    """What ceased to rest and went nowhere: deleted with its queue, expired, pushed out by others."""
    left: defaultdict[str, float] = defaultdict(lambda: -1.0)
    for arrow in trace.arrows:
        if arrow.source == lane:
            left[arrow.item] = max(left[arrow.item], arrow.sent)
    gone = bool(lives) and bool(lives[-1].fate)
    return [
        item
        for item, start, last in _stays(trace, lane, "resting", lives)
        if (gone or not last) and left[item] < start - _INSTANT
    ]


def _remarks(marks: Iterable[Mark], everything: Sequence[str] = ()) -> Iterator[str]:
    """In time order; the same remark about several messages in a row, or about `everything`, is made once."""
    for label, group in groupby(sorted(marks, key=lambda m: m.time), key=lambda m: m.label):
        items = [mark.item for mark in group]
        named = [item for item in items if item]
        times = f" ×{len(items)}" if len(items) > 1 and not named else ""
        all_of_them = len(named) > 1 and set(named) == set(everything)
        told = "all of them" if all_of_them else listed(named)
        yield label + times + (f" ({told})" if named else "")


def _bindings(trace: Trace, places: dict[str, list[Place]]) -> Iterator[str]:
    """Each once, with all its keys. That the default exchange leads to every queue is known."""
    keys: dict[tuple[str, str], list[str]] = {}
    last: defaultdict[tuple[str, str], float] = defaultdict(float)
    gone = {name for name, lives in places.items() if lives[-1].fate}
    for link in sorted(trace.links, key=lambda k: k.start):
        kinds = [place.kind for place in places.get(link.source, ())]
        if "exchange" in kinds and link.source != DEFAULT_EXCHANGE:
            known = keys.setdefault((link.source, link.target), [])
            known += [link.label] if link.label and link.label not in known else []
            last[link.source, link.target] = max(last[link.source, link.target], link.end)
    for (source, target), labels in keys.items():
        keyed = [label for label in labels if label != ALTERNATE and not _TABLE.match(label)]
        word = "" if not keyed else "key " if len(labels) == 1 else "keys "
        over = last[source, target] < trace.duration - _INSTANT and not {source, target} & gone
        told = f" ({word}{', '.join(labels)})" if labels else ""
        yield f"{source} → {target}{told}{', then unbound' if over else ''}"


def _nowhere(trace: Trace) -> Iterator[str]:
    lanes, lost, back = set(trace.lanes), defaultdict(list), _turned_away(trace)
    why = {mark.item: mark.label.partition(": ")[2] for mark in trace.marks if mark.label.startswith("lost")}
    for arrow in sorted(trace.arrows, key=lambda a: a.sent):
        if arrow.target not in lanes and arrow.item not in back:
            lost[arrow.target, why.get(arrow.item, "")].append(arrow.item)
    for (place, reason), items in lost.items():
        yield f"{listed(items)} → lost at {place}" + (f": {reason}" if reason else "")
