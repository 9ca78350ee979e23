"""The pad: something to click and to type on, whose events go to your own function."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from helpers.devices.device import Event
from helpers.views import palette
from helpers.views.player import sources, view_mime

__all__ = ["Pad", "pad"]

ROBOT = ("", "a", "", "b", "c", "")
"""What the robot does: keys, and clicks where there is no key."""
STEP = 0.15
"""Seconds between two events of the robot."""
_KEPT = 40  # events that the pad still shows

_latest: Pad | None = None


def pad(on_event: Callable[[Event], Any], patience: float = 2.0) -> Pad:
    """A pad that calls ``on_event(event)`` for each click on it and each key, in whatever thread it arrives.

    If nobody touches it for `patience` seconds, a robot plays six events, each marked as its own. There is
    one pad at a time: the one before gets the event "stop", as from its button.
    """
    global _latest
    if _latest is not None:
        _latest.stop()
    _latest = Pad(on_event, patience)
    return _latest


class Pad(anywidget.AnyWidget):
    """`handled` tells it that an event has been handled, `seen` waits for that."""

    _esm = sources("parts.js", "pad.js")
    _css = palette.css() + sources("views.css", "pad.css")

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    stopped = traitlets.Bool(False).tag(sync=True)

    def __init__(self, on_event: Callable[[Event], Any], patience: float) -> None:
        super().__init__()
        self._on_event = on_event
        self._touched = threading.Event()
        self._changed = threading.Condition()
        self._pending: dict[int, dict[str, Any]] = {}
        self.on_msg(self._told)
        # As in the laboratory: JupyterLab's messages come to a subshell, and are answered there.
        self.comm._reply_subshell_for = lambda _data, subshell: subshell
        threading.Thread(target=self._play, args=(patience,), name="robot", daemon=True).start()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        text = "Pad: click it, or type on it. Run this cell in JupyterLab to use it."
        return {**view_mime(self), "text/plain": text}, {}

    def handled(self, event: Event) -> None:
        """Show that `event` has been handled now."""
        row = self._pending.pop(event.sent_ns, {"id": 0, "by": ""})
        late = (time.perf_counter_ns() - event.sent_ns) / 1e6
        row |= {"kind": event.kind, "key": event.key, "ms": late}
        with self._changed:
            self.rows = [*self.rows, row][-_KEPT:]
            self._changed.notify_all()

    def seen(self, count: int, timeout: float = 10) -> list[str]:
        """The first `count` events that were handled, as soon as there are so many: "click" or the key.

        Fewer, if `timeout` seconds have passed.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self.rows) >= count, timeout)
            return [row["key"] or row["kind"] for row in self.rows[:count]]

    def stop(self) -> None:
        """Send the event "stop", once."""
        self._touched.set()
        if not self.stopped:
            self.stopped = True
            self._on_event(Event("stop", device="pad", sent_ns=time.perf_counter_ns()))

    def _told(self, _: Any, message: dict[str, Any], __: Any) -> None:
        self._touched.set()
        if message["kind"] == "stop":
            self.stop()
        elif not self.stopped:
            place = {name: message.get(name) for name in ("id", "x", "y")}
            self._occurred(message["kind"], message.get("key", ""), {**place, "by": "you"})

    def _play(self, patience: float) -> None:
        if self._touched.wait(patience):
            return
        for number, key in enumerate(ROBOT):
            place = {"id": 0, "x": 0.2 + 0.12 * number, "y": 0.35 + 0.3 * (number % 2)}
            self._occurred("key" if key else "click", key, {**place, "by": "robot"})
            time.sleep(STEP)

    def _occurred(self, kind: str, key: str, row: dict[str, Any]) -> None:
        event = Event(kind, key, "pad", time.perf_counter_ns())
        thread = re.sub(r"^subshell-.*", "a second thread", threading.current_thread().name)
        self._pending[event.sent_ns] = row | {"called": thread}
        self._on_event(event)
