"""What became of the tasks: sent = done + resting + lost, and what is counted twice in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["ledger"]


def ledger(sent: Iterable[str], done: Iterable[str], resting: Iterable[str] = ()) -> None:
    """Print where the tasks called `sent` are: ``sent 10 = done 2 + resting 0 + lost 8``.

    Each name is counted once: done, still resting in a queue, or neither, which is lost. Who is done and
    rests as well will be done again; that, and who was done more than once, is said in a line of its own.
    """
    names, times = set(sent), Counter(done)
    finished, rest = names & set(times), names & set(resting)
    lost = names - finished - rest
    both = finished & rest
    twice = {name for name in finished if times[name] > 1}
    without = f" - in both {len(both)}" if both else ""
    print(f"sent {len(names)} = done {len(finished)} + resting {len(rest)} + lost {len(lost)}{without}")
    for words, which in (("done, and resting again", both), ("done more than once", twice)):
        if which:
            print(f"  {words}: {', '.join(sorted(which, key=_in_order))}")


def _in_order(name: str) -> tuple[int, str]:
    return len(name), name
