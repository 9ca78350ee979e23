"""The hand that presses: a program of its own, run as ``python -I -S player.py SCRIPT``.

SCRIPT is JSON: a list of devices, each with the descriptors of its state (a file of one page, shared) and
of its line (a stream socket) and its presses as [at, hold] in seconds; and how long the play lasts. It says
"ready", reads the moment at which the play begins, then does what is written and tells when it did.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
import sys
import time

MESSAGE = struct.Struct("=qq")  # as in device.py, which this program does not import


def main(script: str) -> None:
    plan = json.loads(script)
    states = [mmap.mmap(device["state"], 1) for device in plan["devices"]]
    lines = [socket.socket(fileno=device["line"]) for device in plan["devices"]]
    steps = sorted(
        step
        for place, device in enumerate(plan["devices"])
        for number, (at, hold) in enumerate(device["presses"])
        for step in ((at, 1, place, number), (at + hold, 0, place, number))
    )
    os.write(1, b"ready\n")
    begin = int(sys.stdin.readline() or 0)
    if not begin:
        return  # whoever started us has changed his mind
    for at, down, place, number in steps:
        _sleep_until(begin + at * 1e9)
        states[place][0] = down
        now = time.perf_counter_ns()
        # Before the event is told: who hears it may end us at once.
        os.write(1, b"%d %d %d %d\n" % (place, number, down, now))
        if down:
            lines[place].sendall(MESSAGE.pack(now, number))
    _sleep_until(begin + plan["seconds"] * 1e9)


def _sleep_until(moment: float) -> None:
    while (left := moment - time.perf_counter_ns()) > 0:
        time.sleep(left / 1e9)


if __name__ == "__main__":
    main(sys.argv[1])
