"""The map of the course, drawn as on a metro map, with the learner's own progress.

    course_map()

Finished, begun, open and not yet written stops differ in shape, not only in color. One output holds the
picture with links, and one line of text for each part.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from helpers.exercises.exercise import exercises
from helpers.exercises.lessons import LESSONS, PARTS, Lesson, notebooks
from helpers.exercises.progress import store

__all__ = ["BEGUN", "FINISHED", "OPEN", "PLANNED", "Stop", "course_map", "stops"]

FINISHED, BEGUN, OPEN, PLANNED = "finished", "begun", "open", "not yet written"

WIDTH, HEIGHT = 1100, 490
COLORS = ("#5f6b7a", "#0072b2", "#d55e00", "#009e73", "#b8569a", "#5f6b7a")
"""One for each part; no two look alike to color-blind eyes."""
TRACKS = {1: 95, 2: 200, 3: 305, 4: 410}
"""How far down (in the picture's units) the track of each part runs."""
START, JUNCTION, END = (62.0, 252.5), (940.0, 252.5), (1022.0, 252.5)
SPREAD = 9
"""Between two tracks where they run side by side."""
INK, PALE, PAPER, EDGE = "#1f1f1f", "#616161", "#ffffff", "#dddddd"
DARK = {INK: "#f2f2f2", PALE: "#bdbdbd", PAPER: "#212121", EDGE: "#4d4d4d"}
"""The same picture for Lab's dark theme: each of these colors becomes another."""
THEMES = """<style>
body[data-jp-theme-light="false"] .course-map-light { display: none; }
body[data-jp-theme-light="false"] .course-map-dark { width: 100%; height: auto; }
</style>"""


@dataclass(frozen=True, slots=True)
class Stop:
    """A lesson with what the learner has made of it."""

    lesson: Lesson
    state: str
    solved: int
    exercises: int


def stops() -> list[Stop]:
    """All lessons with their states. Who sees the map has begun lesson 00."""
    begun, solved = store().lessons() | {"00"}, store().passed()
    found = []
    for lesson in LESSONS:
        own = [e.name for e in exercises().values() if e.lesson == lesson.number]
        done = len(solved.intersection(own))
        state = PLANNED
        if (notebooks() / lesson.path).exists():
            finished = bool(own) and done == len(own)
            state = FINISHED if finished else BEGUN if lesson.number in begun else OPEN
        found.append(Stop(lesson, state, done, len(own)))
    return found


def course_map() -> None:
    """Show the whole course and how far the learner has come, with buttons to take that elsewhere."""
    from IPython.display import display

    from helpers.exercises.luggage import Luggage

    now = stops()
    display({"text/html": _html(now), "text/plain": _text(now)}, raw=True)
    luggage = Luggage()
    display({**luggage.mime, "text/plain": Luggage.IN_WORDS}, raw=True)


# -- in words -------------------------------------------------------------------------------------


def _text(now: list[Stop]) -> str:
    return "\n".join(_line(part, [stop for stop in now if stop.lesson.part == part]) for part in range(6))


def _line(part: int, members: list[Stop]) -> str:
    name = PARTS[part][1]
    if part == 0:
        return f"{name}: lesson 00 {members[0].state}, exercises passed: {_solved(members)}"
    counts = [(state, sum(m.state == state for m in members)) for state in (FINISHED, BEGUN, OPEN, PLANNED)]
    said = ", ".join(f"{count} {state}" for state, count in counts if count)
    tail = f"; exercises passed: {_solved(members)}" if any(m.exercises for m in members) else ""
    return f"Part {part}, {name}: {said}{tail}"


def _solved(members: list[Stop]) -> str:
    return f"{sum(m.solved for m in members)} of {sum(m.exercises for m in members)}"


# -- as HTML --------------------------------------------------------------------------------------


def _html(now: list[Stop]) -> str:
    """The picture for the light theme and, of no size unless that theme is on, for the dark one.

    Images, because a fresh clone that nobody trusts yet loses styles and inline drawings but not these.
    """
    light = _svg(now)
    dark = re.sub("|".join(DARK), lambda color: DARK[color[0]], light)
    words = f'alt="{escape(_text(now))}"'
    return (
        f'{THEMES}<div style="max-width:{WIDTH}px"><div style="position:relative">'
        f'<img class="course-map-light" src="{_image(light)}" width="100%" {words} />'
        f'<img class="course-map-dark" src="{_image(dark)}" width="0" height="0" alt="" />'
        f"{_doors(now)}</div>{_links(now)}</div>"
    )


def _image(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _doors(now: list[Stop]) -> str:
    """Over each written stop a link for the mouse; the keyboard has the links below the picture."""
    places, doors = _places(), []
    for stop in now:
        if stop.state != PLANNED:
            x, y = places[stop.lesson.number]
            where = f"left:{100 * (x - 40) / WIDTH:.2f}%;top:{100 * (y - 36) / HEIGHT:.2f}%"
            size = f"width:{8000 / WIDTH:.2f}%;height:{7200 / HEIGHT:.2f}%"
            name = f"{stop.lesson.number} {stop.lesson.title}: {stop.state}"
            doors.append(
                f'<a href="{_href(stop)}" title="{name}" aria-hidden="true" tabindex="-1" '
                f'style="position:absolute;{where};{size}"></a>'
            )
    return "".join(doors)


def _href(stop: Stop) -> str:
    return os.path.relpath(notebooks() / stop.lesson.path, Path.cwd()).replace(os.sep, "/")


def _links(now: list[Stop]) -> str:
    """The lessons that exist as links that Lab opens, the one to go on with first in bold."""
    written = [stop for stop in now if stop.state != PLANNED]
    go_on = next((stop for stop in written if stop.state != FINISHED and stop.lesson.number != "00"), None)
    links = []
    for stop in written:
        name = f"{stop.lesson.number} {stop.lesson.title}"
        link = f'<a href="{_href(stop)}">{name}</a> ({stop.state}'
        link += f", exercises {stop.solved} of {stop.exercises})" if stop.exercises else ")"
        links.append(f"<b>{link}</b>" if stop is go_on else link)
    return f'<p style="margin:8px 4px">Go on with: {" · ".join(links)}</p>'


# -- as a picture ---------------------------------------------------------------------------------


def _svg(now: list[Stop]) -> str:
    places = _places()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{PAPER}" stroke="{EDGE}"/>',
        *_tracks(),
        *_interchanges(),
        *[_signs(stop, *places[stop.lesson.number]) for stop in now],
        *_part_names(),
        _legend(),
        "</svg>",
    ]
    return "".join(parts)


def _places() -> dict[str, tuple[float, float]]:
    """Where each stop is."""
    places = {"00": START, "23": JUNCTION, "24": END}
    for part, y in TRACKS.items():
        numbers = [lesson.number for lesson in LESSONS if lesson.part == part]
        left, right = (215.0, 811.0) if len(numbers) > 5 else (290.0, 740.0)
        step = (right - left) / (len(numbers) - 1)
        places |= {number: (left + step * index, float(y)) for index, number in enumerate(numbers)}
    return places


def _tracks() -> list[str]:
    """Four lines that leave the start side by side, run apart and meet again; then one."""
    drawn = []
    for index, (part, y) in enumerate(TRACKS.items()):
        dy = (index - 1.5) * SPREAD
        (x0, y0), (x1, y1) = START, JUNCTION
        # 45 degrees down to the track; the inner tracks turn later, so that the lines do not touch.
        leave = x0 + 22 + (abs(y - y0) < 100) * 26
        turn = abs(y - (y0 + dy))
        arrive = x1 - 22 - (abs(y - y1) < 100) * 26
        path = (
            f"M{x0} {y0 + dy}H{leave:.1f}L{leave + turn * 0.6:.1f} {y}"
            f"H{arrive - turn * 0.6:.1f}L{arrive:.1f} {y1 + dy}H{x1}"
        )
        drawn.append(
            f'<path d="{path}" fill="none" stroke="{COLORS[part]}" stroke-width="6" stroke-linejoin="round"/>'
        )
    drawn.append(f'<path d="M{JUNCTION[0]} {JUNCTION[1]}H{END[0]}" stroke="{COLORS[5]}" stroke-width="6"/>')
    return drawn


def _interchanges() -> list[str]:
    """Where lines meet, the stop is a long one."""
    height = 3 * SPREAD + 26
    return [
        f'<rect x="{x - 13}" y="{y - height / 2}" width="26" height="{height}" rx="13" fill="{PAPER}" '
        f'stroke="{INK}" stroke-width="3"/>'
        for x, y in (START, JUNCTION)
    ]


def _signs(stop: Stop, x: float, y: float) -> str:
    return f"<g>{_disc(stop, x, y)}{_label(stop, x, y)}</g>"


def _disc(stop: Stop, x: float, y: float) -> str:
    """Finished: full, with a check mark. Begun: half full. Open: a ring. Not yet written: a small dot."""
    color = COLORS[stop.lesson.part]
    if stop.state == PLANNED:
        return f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{PAPER}" stroke="{color}" stroke-width="2"/>'
    ring = f'<circle cx="{x:.1f}" cy="{y}" r="10" fill="{PAPER}" stroke="{color}" stroke-width="3.5"/>'
    if stop.state == FINISHED:
        check = f"M{x - 4.5:.1f} {y + 0.5}l3.2 3.6l6 -7.4"
        return (
            f'<circle cx="{x:.1f}" cy="{y}" r="11.5" fill="{color}"/>'
            f'<path d="{check}" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>'
        )
    if stop.state == BEGUN:
        return ring + f'<path d="M{x:.1f} {y - 10}a10 10 0 0 0 0 20z" fill="{color}"/>'
    return ring


def _label(stop: Stop, x: float, y: float) -> str:
    """Number and name, above and below the line in turn where stops are close."""
    lesson = stop.lesson
    big = lesson.number in ("00", "23")
    above = lesson.part in (1, 3, 5) and int(lesson.number) % 2 == 0
    offset = 3 * SPREAD / 2 + 13 if big else 14
    name_y, number_y = (y - offset - 7, y - offset - 21) if above else (y + offset + 26, y + offset + 12)
    faded = stop.state == PLANNED
    color, weight = (PALE, 400) if faded else (INK, 600)
    middle = f'<text x="{x:.1f}" text-anchor="middle"'
    return (
        f'{middle} y="{number_y:.1f}" font-size="11" fill="{PALE}">{lesson.number}</text>'
        f'{middle} y="{name_y:.1f}" font-size="13" font-weight="{weight}" fill="{color}">'
        f"{escape(lesson.title)}</text>"
    )


def _part_names() -> list[str]:
    places = {1: (38, 60), 2: (150, 168), 3: (150, 317), 4: (185, 378), 5: (986, 170)}
    return [_plate(f"{part} {PARTS[part][1]}", x, y, part) for part, (x, y) in places.items()]


def _plate(words: str, x: float, y: float, part: int) -> str:
    width = 7.4 * len(words) + 16
    return (
        f'<rect x="{x}" y="{y}" width="{width:.0f}" height="20" rx="3" fill="{COLORS[part]}"/>'
        f'<text x="{x + width / 2:.1f}" y="{y + 14}" text-anchor="middle" font-size="12.5" font-weight="600" '
        f'fill="#fff">{words}</text>'
    )


def _legend() -> str:
    """What the shapes mean, in a corner."""
    drawn = []
    y = HEIGHT - 22.0
    for state, x in ((FINISHED, 718), (BEGUN, 812), (OPEN, 890), (PLANNED, 958)):
        drawn.append(_disc(Stop(LESSONS[0], state, 0, 0), x, y))
        drawn.append(f'<text x="{x + 17}" y="{y + 4}" font-size="12" fill="{PALE}">{state}</text>')
    return "".join(drawn)
