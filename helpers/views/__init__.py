"""Any recording as text, as a picture and as a player in the browser; `show` gives all three at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpers.tracing import Trace
    from helpers.views.sliders import Laboratory

__all__ = ["bars", "laboratory", "show"]


def show(*traces: Trace, expected: Any = None, zoom: tuple[float, float] | None = None) -> None:
    """Draw recordings below each other, on one time axis.

    `expected` is drawn over the last one: a number of seconds or a prediction (anything with ``.value``
    and ``.unit``); or a list with one for each recording. `zoom` is the part to show first, as
    ``(begin, end)`` in seconds; default is all of it.

    The one output holds a player (where widgets live), a PNG and a text without times.
    Raises CourseError if there is nothing to draw.
    """
    from helpers.views.guess import guesses
    from helpers.views.picture import picture
    from helpers.views.player import Player, view_mime

    _check(traces)
    _check_zoom(zoom)
    drawn = guesses(expected, len(traces))
    until = _until(traces, drawn)
    window = zoom or (0.0, until)
    words = [trace.text() for trace in traces]
    words += [guess.text for guess in dict.fromkeys(drawn) if guess]
    forms = {
        **view_mime(Player(traces, drawn, until, window, "\n".join(words))),
        "image/png": picture(traces, drawn, window),
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
    if not any(trace.lanes or trace.boxes for trace in traces):
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
