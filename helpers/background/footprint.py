"""What a process and those that it started hold, listen on and use: memory, descriptors, ports, CPU time."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

__all__ = ["Footprint", "cpu_seconds", "held", "listening", "tree"]


@dataclass(frozen=True)
class Footprint:
    """What a server holds at one moment, its child processes included.

    ``after - before`` is a Footprint too: what came in between. `bytes` are those that the processes have
    written themselves; a page that n forked ones share counts 1/n in each. Program files in memory don't
    count: any other Python that starts would change their share. (That is Pss_Anon and Pss_Shmem of
    /proc/PID/smaps_rollup; where there is none, as on macOS, what belongs to each process alone.)
    A `zombie` has ended, but its parent has not asked how.
    """

    bytes: int
    processes: int
    threads: int
    descriptors: int
    zombies: int

    @property
    def megabytes(self) -> float:
        """`bytes` in units of 1,048,576."""
        return self.bytes / 2**20

    def __sub__(self, other: Footprint) -> Footprint:
        return Footprint(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


def held(pid: int) -> Footprint:
    """The Footprint of a process tree; all zeros if it is gone."""
    import psutil

    size = processes = threads = descriptors = zombies = 0
    for process in tree(pid):
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                zombies += 1
                continue
            written = _written(process)
            counts = process.num_threads(), process.num_fds()
        except (psutil.Error, OSError):
            continue  # it ended while we looked
        size += written
        processes += 1
        threads += counts[0]
        descriptors += counts[1]
    return Footprint(size, processes, threads, descriptors, zombies)


def _written(process: psutil.Process) -> int:
    if sys.platform != "linux":
        return int(process.memory_full_info().uss)
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    own = [sizes[name] for name in ("Pss_Anon", "Pss_Shmem") if name in sizes]
    return (sum(own) if own else sizes["Pss"]) << 10  # Linux before 5.4 tells the sum only


def cpu_seconds(pid: int) -> float:
    """CPU time, in seconds, that a process tree has used, children that have ended included.

    A child that ended counts once its parent has waited for it, and never if the parent ignores SIGCHLD. On
    Linux the time of each living process is read to the nanosecond; elsewhere as psutil gives it.
    """
    import psutil

    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.children_user + times.children_system
        try:
            total += _clock(process.pid)
        except OSError:
            total += times.user + times.system
    return total


def _clock(pid: int) -> float:
    """A process's CPU clock, as clock_getcpuclockid(3) names it: psutil's times are in steps of 10 ms."""
    if sys.platform != "linux":
        raise OSError("no such clock")
    return time.clock_gettime((~pid << 3) | 2)


def listening(pid: int) -> set[tuple[str, int]]:
    """``(host, port)`` of every TCP socket that a process tree listens on."""
    import psutil

    found: set[tuple[str, int]] = set()
    for process in tree(pid):
        try:
            connections = process.net_connections("tcp")
        except psutil.Error:
            continue  # it ended while we looked
        found |= {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}
    return found


def tree(pid: int) -> list[psutil.Process]:
    """The process `pid` and all that descend from it; empty if it is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
