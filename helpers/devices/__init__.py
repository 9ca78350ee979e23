"""A mouse and a keyboard that somebody plays: real presses, at known times, from another process.

    mouse = Mouse(at=[0.2, 0.5], hold=0.04)
    with play("two clicks", mouse) as trace:
        while click := mouse.wait():
            handle(click)

A device has a *state*, one byte of shared memory (`is_down`), and it tells *events* through a socket
(`wait`). Which of the two a program uses is what lesson 03 is about.
"""

from helpers.devices.device import Event, Keyboard, Mouse
from helpers.devices.playing import handle, nap, play, resting

__all__ = ["Event", "Keyboard", "Mouse", "handle", "nap", "play", "resting"]
