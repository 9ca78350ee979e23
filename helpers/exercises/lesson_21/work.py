"""A member of a consumer group that loses nothing, also when another one dies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_21.shop import empty, watched

__all__ = ["EXERCISE"]

HEAD = '''\
def work(r, me, do):
    """Do the jobs of the stream as `me`, until there is no new one and none is pending.

    Nothing is lost: neither a job of yours, when you die in the middle of it, nor one of a dead member.
    """
'''
STARTER = (
    HEAD
    + """\
    while batch := r.xreadgroup("crew", me, {"jobs": ">"}, count=1, block=50):
        [[_, [(number, job)]]] = batch
        r.xack("jobs", "crew", number)
        do(job["n"])
"""
)
BEFORE = (
    "A member died in the middle of job 3, which had been acknowledged already: nobody will ever do it. "
    "Acknowledge what is done."
)
NEW = """\
    while batch := r.xreadgroup("crew", me, {"jobs": ">"}, count=1, block=50):
        [[_, [(number, job)]]] = batch
        do(job["n"])
        r.xack("jobs", "crew", number)
"""
SOLUTION = (
    "import time\n\n"
    + HEAD
    + """\
    while True:
        _, mine, _ = r.xautoclaim("jobs", "crew", me, min_idle_time=300, count=1)
        if not mine:
            for _, mine in r.xreadgroup("crew", me, {"jobs": ">"}, count=1):
                pass
        for number, job in mine:
            do(job["n"])
            r.xack("jobs", "crew", number)
        if not mine:
            if r.xpending("jobs", "crew")["pending"] == 0:
                return
            time.sleep(0.05)
"""
)
JOBS = [str(n) for n in range(1, 7)]
PATIENCE, SLOW = 2.0, 0.12
"""Seconds: for one life of the learner's `work`; for how long carol is at her job."""


class Killed(BaseException):
    """The member dies here."""


@dataclass
class Member:
    """One life of the learner's `work`: what it did, and how it ended."""

    work: Any
    name: str
    dies_in: str = ""
    did: list[str] = field(default_factory=list)
    dead: bool = False
    error: Exception | None = None
    on_job: Any = None

    def do(self, n: Any) -> None:
        if self.on_job:
            self.on_job(n)
        time.sleep(0.005)
        if str(n) == self.dies_in:
            self.dead = True
            raise Killed
        self.did.append(str(n))

    def before(self, _: bytes) -> None:
        if self.dead:  # a process that was killed sends nothing more, whatever its `finally` says
            raise Killed

    def live(self, patience: float = PATIENCE) -> bool:
        """Whether it ended by itself."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        thread.join(patience)
        over = not thread.is_alive()
        self.dead = True
        return over

    def _run(self) -> None:
        try:
            self.work(watched(self.before), self.name, self.do)
        except Killed:
            pass
        except Exception as error:
            self.error = error


def check(answer: Answer) -> None:
    work = answer.function("work", "def work(r, me, do):")
    r = empty()
    _fill(r, JOBS)
    alice = Member(work, "alice", dies_in="3")
    alice.live()
    _raised(alice)
    if not alice.did:
        raise Miss("Six jobs were in the stream, and `do` was called for none of them.")
    if r.xinfo_groups("jobs")[0]["last-delivered-id"] == "0-0":
        raise Miss("Jobs were done, and none was given to a member of `crew`: read with `xreadgroup`.")
    carol = _hold_one(r)
    bob = Member(work, "bob", on_job=lambda n: _collision(r, n))
    over = bob.live()
    if carol:
        carol.join(1)
    _raised(bob)
    _all_done(r, alice, bob, over)


def _fill(r: Any, jobs: list[str]) -> None:
    for n in jobs:
        r.xadd("jobs", {"n": n}, id=f"{n}-0")
    r.xgroup_create("jobs", "crew", id="0")


def _hold_one(r: Any) -> threading.Timer | None:
    """carol takes the next job, does it in `SLOW` seconds, and acknowledges: she is slow, and not dead."""
    batch = r.xreadgroup("crew", "carol", {"jobs": ">"}, count=1)
    if not batch:
        return None
    [[_, [(number, job)]]] = batch
    r.hset("carol", mapping={"n": job["n"]})

    def finish() -> None:
        r.rpush("done by carol", job["n"])
        r.delete("carol")
        r.xack("jobs", "crew", number)

    timer = threading.Timer(SLOW, finish)
    timer.start()
    return timer


def _collision(r: Any, n: Any) -> None:
    if r.hget("carol", "n") == str(n):
        r.set("collision", str(n))


def _all_done(r: Any, alice: Member, bob: Member, over: bool) -> None:
    if collision := r.get("collision"):
        raise Miss(
            f"carol was in the middle of job {collision}, and bob took it from her: two on one job. Claim "
            "what has been pending for 0.3 s: `min_idle_time=300`."
        )
    done = Counter(alice.did + bob.did + r.lrange("done by carol", 0, -1))
    waiting = r.xpending("jobs", "crew")["pending"]
    missing = [n for n in JOBS if not done[n]]
    if missing and not waiting:
        raise Miss(BEFORE.replace("job 3", f"job {missing[0]}"))
    if missing == ["3"]:
        how = "and came to its end" if over else "and never came to its end"
        raise Miss(
            f"alice died in job 3, and it is pending under her name. bob did all that was new, {how}: nobody "
            "claims what is alice's."
        )
    if missing:
        raise Miss(f"These jobs were not done: {', '.join(missing)}. {waiting} are pending.")
    if waiting:
        raise Miss(
            f"All jobs are done, and {waiting} of them are pending: they will be done again. Say `xack` "
            "after each."
        )
    if not over:
        raise Miss("All jobs are done, none is pending, and `work` does not return. What does it wait for?")
    if extra := [n for n in JOBS if done[n] > 1]:
        raise Miss(f"Job {extra[0]} was done {done[extra[0]]} times, though nobody died after doing it.")


def _raised(member: Member) -> None:
    if member.error:
        kind = type(member.error).__name__
        raise Miss(f"In the hands of {member.name}, your `work` raised {kind}: {member.error!s:.90}")


WRONG = (
    Wrong(HEAD + NEW, "nobody claims what is alice's"),
    Wrong(SOLUTION.replace("min_idle_time=300", "min_idle_time=0"), "two on one job"),
    Wrong(
        HEAD
        + NEW.replace("count=1, block=50", "count=1, block=50, noack=True").replace(
            '        r.xack("jobs", "crew", number)\n', ""
        ),
        "nobody will ever do it",
    ),
    Wrong(SOLUTION.replace('            r.xack("jobs", "crew", number)\n', ""), "they will be done again"),
    Wrong(
        HEAD
        + """\
    while batch := r.xreadgroup("crew", me, {"jobs": ">"}, count=1, block=50):
        [[_, [(number, job)]]] = batch
        do(job["n"])
        r.xack("jobs", "crew", number)
    _, mine, _ = r.xautoclaim("jobs", "crew", me, min_idle_time=300)
    for number, job in mine:
        do(job["n"])
        r.xack("jobs", "crew", number)
""",
        "nobody claims what is alice's",
    ),
    Wrong(
        HEAD
        + """\
    for number, job in r.xrange("jobs"):
        do(job["n"])
        r.xdel("jobs", number)
""",
        "read with `xreadgroup`",
    ),
    Wrong(HEAD + "    while job := r.lpop('jobs'):\n        do(job)\n", "WRONGTYPE"),
)

EXERCISE = Exercise(
    name="work",
    lesson="21",
    title="A member that loses nothing",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Two lines of the starter stand in the wrong order. And who does what a dead member has left?",
        'A loop: claim what has been pending for 300 ms; if there is nothing, read one that is new (`">"`); '
        "if there is nothing either, look whether anything is pending.",
        '`_, mine, _ = r.xautoclaim("jobs", "crew", me, min_idle_time=300, count=1)`; it ends when '
        '`r.xpending("jobs", "crew")["pending"] == 0`.',
    ),
    check=check,
    starter_message=BEFORE,
    wrong=WRONG,
    passed="alice died, carol was slow, and each job was done.",
)
