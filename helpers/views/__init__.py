"""Any recording as text, as a picture and as a player in the browser; `show` gives all three at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helpers.caches.load import Load
    from helpers.tracing import Trace
    from helpers.views.sliders import Laboratory

__all__ = ["bars", "broker_map", "conversation", "dots", "laboratory", "shares", "show", "strips"]


def show(*traces: Trace, expected: Any = None, zoom: tuple[float, float] | None = None) -> None:
    """Draw recordings below each other, on one time axis.

    `expected` is drawn over the last one: a number of seconds or a prediction (anything with ``.value``
    and ``.unit``); or a list with one for each recording. `zoom` is the part to show first, as
    ``(begin, end)`` in seconds; default is all of it.

    The one output holds a player (where widgets live), a PNG and a text without times.
    Raises CourseError if there is nothing to draw.
    """
    _check(traces)
    _draw(traces, expected, zoom, mapped=False)


def broker_map(trace: Trace, expected: Any = None, zoom: tuple[float, float] | None = None) -> None:
    """Draw a recording of messages as a map of who sends, keeps and receives, above its timeline.

    Producers stand left, then exchanges, queues, and consumers; while the recording plays, messages travel
    from one to another, and any of them can be followed. `expected` and `zoom` are those of `show`, and so
    are the three forms of the output; its PNG shows how everything stands at the end.
    Raises CourseError for something else than a recording of messages.
    """
    from helpers.errors import CourseError

    _check((trace,))
    if not trace.places:
        raise CourseError(
            "broker_map draws recordings of messages, and this one has no queues. For others: show(trace)."
        )
    _draw((trace,), expected, zoom, mapped=True)


def conversation(trace: Trace) -> None:
    """Draw a recording of what was said as rows: who, to whom, in which order (not to scale).

    Raises CourseError for a recording in which nothing was said.
    """
    from helpers.errors import CourseError
    from helpers.views.sequence import drawn

    _check((trace,))
    if not trace.talk or not trace.arrows:
        raise CourseError(
            "conversation draws what clients and a cache say to each other: record it first, with "
            "wire.recording() as trace: ..., and call it after the block. For others: show(trace)."
        )
    # Not to scale, so the words tell of no wait either: on a busy machine any could be a long one.
    words = trace.text(shortest=float("inf"))
    _display({"image/png": drawn(trace), "text/plain": words})


def _draw(traces: tuple[Trace, ...], expected: Any, zoom: tuple[float, float] | None, mapped: bool) -> None:
    from helpers.views.brokermap import Map
    from helpers.views.guess import guesses
    from helpers.views.picture import picture
    from helpers.views.player import Player, view_mime
    from helpers.views.rows import thinned

    _check_zoom(zoom)
    drawn = guesses(expected, len(traces))
    until = _until(traces, drawn)
    window = zoom or (0.0, until)
    words = [trace.text() for trace in traces]
    words += [guess.text for guess in dict.fromkeys(drawn) if guess]
    traces = tuple(thinned(trace) for trace in traces)
    maps = [Map(trace) for trace in traces if mapped]
    forms = {
        **view_mime(Player(traces, drawn, until, window, "\n".join(words), mapped)),
        "image/png": picture(traces, drawn, window, maps),
        "text/plain": "\n\n".join(words),
    }
    _display(forms)


def bars(title: str, amounts: Mapping[str, float], expected: Any = None, unit: str = "s") -> None:
    """Draw amounts (by label) of seconds ("s") or bytes ("B") as bars on a logarithmic scale, shortest first.

    `expected` is a prediction, shown above. The text form names the labels in order, without amounts.
    Raises CourseError for an amount that is no positive number, and for another unit.
    """
    from helpers.errors import CourseError
    from helpers.views.chart import SCALES, chart
    from helpers.views.guess import guesses

    if unit not in SCALES or not amounts or min(amounts.values()) <= 0:
        raise CourseError(f"bars draws amounts above 0, in s or B, and these are {dict(amounts)} in {unit}.")
    (guess,) = guesses(expected, 1)
    span = {"s": "short to long", "B": "small to large"}[unit]
    words = f"{title}, from {span}: {', '.join(sorted(amounts, key=lambda label: amounts[label]))}"
    forms = {
        "image/png": chart(title, amounts, guess, unit),
        "text/plain": words + (f"\n\n{guess.text}" if guess else ""),
    }
    _display(forms)


def shares(
    title: str, amounts: Mapping[str, float], whole: float | None = None, expected: Any = None
) -> None:
    """Draw numbers (by label) as bars on a linear scale, in the order given, up to `whole` (or the most).

    `expected` is a prediction: a number is drawn as a line. The text form says of each whether it is none, a
    part or all of `whole`, without numbers. Raises CourseError for an amount below 0 or above `whole`.
    """
    from helpers.errors import CourseError
    from helpers.views import share_chart as view
    from helpers.views.guess import guesses

    most = max(amounts.values(), default=0) if whole is None else whole
    if not amounts or min(amounts.values()) < 0 or not 0 < max(amounts.values()) <= most:
        raise CourseError(
            f"shares draws numbers from 0 to the whole, and these are {dict(amounts)} of {whole}."
        )
    (guess,) = guesses(expected, 1)
    words = [title, *view.in_words(amounts, whole)] + ([guess.text] if guess else [])
    picture = view.drawn(title, amounts, most, guess, getattr(expected, "value", expected))
    _display({"image/png": picture, "text/plain": "\n".join(words)})


def strips(
    title: str, kept: Mapping[str, Sequence[bool]], ends: tuple[str, str] = ("the first", "the last")
) -> None:
    """Draw, one strip a label, which of many things in a row are kept (true) and which are gone.

    `ends` says what stands at the beginning of each strip, and at its end. The text form tells the runs in
    order ("kept, gone, kept"), but for very short ones. Raises CourseError if there is nothing to draw.
    """
    from helpers.errors import CourseError
    from helpers.views import strip_chart as view

    if not kept or not all(map(len, kept.values())):
        raise CourseError(
            "strips draws which of some things are kept, and you gave none: {'a': [True, False]}."
        )
    words = [title, *(f"  {label}: {view.in_words(strip)}" for label, strip in kept.items())]
    _display({"image/png": view.drawn(title, kept, ends), "text/plain": "\n".join(words)})


def dots(title: str, *loads: Load, slow: float = 0.05) -> None:
    """Draw what loads brought: every request a dot (when it was due, how long it took), a panel each.

    The scale is logarithmic, with a broken line at `slow` seconds; below each panel stand the calls of the
    source. The text form says of each load whether all were answered, and whether the source was asked a few
    times or many. Raises CourseError if there is nothing to draw.
    """
    from helpers.caches.load import Load
    from helpers.errors import CourseError
    from helpers.views import dot_chart as view

    if not loads or slow <= 0 or not all(isinstance(load, Load) and load.requests for load in loads):
        raise CourseError(
            "dots draws loads that have run: first load = await open_load(...), then dots(title, load)."
        )
    words = [title, *(f"  {view.in_words(load)}" for load in loads)]
    _display({"image/png": view.drawn(title, loads, slow), "text/plain": "\n".join(words)})


def laboratory(run: Callable[[str, int, float, float], Trace] | None = None) -> Laboratory:
    """A panel with sliders: model, tasks, computing, asking; the arithmetic follows at once.

    Its button calls ``run(model, tasks, compute, ask)`` (times in seconds; default: `run_errands`) in a
    thread and draws the recording over the arithmetic.
    """
    from helpers.tracing.models import MODELS, run_errands
    from helpers.views.sliders import Laboratory

    return Laboratory(run or run_errands, MODELS)


def _display(forms: dict[str, Any]) -> None:
    from IPython import get_ipython
    from IPython.display import display

    from helpers.views.paper import WIDTH

    if get_ipython() is None:  # a plain process has a screen for text, and no more
        print(forms["text/plain"])
    else:
        display(forms, raw=True, metadata={"image/png": {"width": WIDTH}})


def _check(traces: tuple[Trace, ...]) -> None:
    from helpers.errors import CourseError
    from helpers.tracing import Trace

    for trace in traces:
        if not isinstance(trace, Trace):
            raise CourseError(
                f"show draws recordings, and this is a {type(trace).__name__}. "
                "Record one first: with timeline() as trace: ..., then show(trace)."
            )
    if not any(trace.lanes or trace.boxes or trace.places for trace in traces):
        raise CourseError(
            "there is nothing to draw yet: a recording is filled when its with-block ends. "
            "Run the cell that records, and call show(trace) after the block."
        )


def _check_zoom(zoom: tuple[float, float] | None) -> None:
    from helpers.errors import CourseError

    if zoom is not None and not 0 <= zoom[0] < zoom[1]:
        raise CourseError(
            f"zoom is (begin, end) in seconds, and {zoom} is no stretch of time. Try zoom=(0, 0.1)."
        )


def _until(traces: tuple[Trace, ...], drawn: list[Any]) -> float:
    """The end of the axis: all recordings are on it, and a guess that isn't wildly too long."""
    longest = max(trace.duration for trace in traces) or 0.001
    lines = [g.seconds for g in drawn if g and g.seconds is not None and g.seconds <= 3 * longest]
    return max([longest, *lines]) * 1.01
