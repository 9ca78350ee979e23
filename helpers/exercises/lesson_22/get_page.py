"""Single flight that survives a failing source and a reader who leaves."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_22.weather import Source, client

__all__ = ["EXERCISE"]

FETCH = """\
import asyncio

flights = {}

async def fetch(key, cache, source):
    page = await source.read_async(key)
    await cache.set(key, page, ex=60)
    return page
"""
HEAD = '''
async def get_page(key, cache, source):
    """The page from the cache, or from the source: asked once, however many readers wait for it."""
    page = await cache.get(key)
    if page is None:
'''
STARTER = (
    FETCH
    + HEAD
    + """\
        if key not in flights:
            flights[key] = asyncio.create_task(fetch(key, cache, source))
        page = await flights[key]
        flights.pop(key, None)
    return page
"""
)
SOLUTION = (
    FETCH.replace(
        """    page = await source.read_async(key)
    await cache.set(key, page, ex=60)
    return page
""",
        """    try:
        page = await source.read_async(key)
        await cache.set(key, page, ex=60)
        return page
    finally:
        del flights[key]                # also if it has failed
""",
    )
    + HEAD
    + """\
        if key not in flights:
            flights[key] = asyncio.create_task(fetch(key, cache, source))
        page = await asyncio.shield(flights[key])
    return page
"""
)
FAILS_FOREVER = (
    "The source failed once and is well again, but you still hand out the flight that failed: that page "
    "fails forever. Take a flight off when it is over, however it ended."
)


READERS = 20
LONGEST = 2.5
"""Seconds after which a reader waits in vain."""


async def check(answer: Answer) -> None:
    from helpers import services

    get_page = answer.function("get_page", "async def get_page(key, cache, source):")
    source = Source()
    async with client(services.redis("exercise", appendonly="no").url, source) as cache:
        await cache.flushall()

        async def ask(*keys: str, leaves: bool = False) -> list[Any]:
            """What readers get who come at the same time; the first one leaves soon."""
            tasks = [asyncio.ensure_future(get_page(key, cache, source)) for key in keys]
            if leaves:
                # All are under way, and none is there yet.
                while any(not task.done() for task in tasks):
                    if source.at_once and source.looks >= len(tasks):
                        break
                    await asyncio.sleep(0.001)
                tasks[0].cancel()
            done, late = await asyncio.wait(tasks, timeout=LONGEST)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return [_outcome(task) if task in done else TimeoutError() for task in tasks]

        await _crowd(ask, source)
        await _two_pages(ask, source)
        await _expired(ask, source, cache)
        await _down(ask, source, cache)
        await _leaving(ask, source, cache)


def _outcome(task: asyncio.Future[Any]) -> Any:
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


def _raised(got: list[Any]) -> None:
    """An exception that is the learner's own doing is shown with its line."""
    for each in got:
        if isinstance(each, TimeoutError):
            raise Miss(f"A reader still waited after {LONGEST} s, and the source takes 0.02 s. What for?")
        if isinstance(each, BaseException) and not isinstance(each, OSError | asyncio.CancelledError):
            raise each


async def _crowd(ask: Any, source: Source) -> None:
    source.begin(READERS)
    got = await ask(*["page 1"] * READERS)
    calls = len(source.calls)
    if calls > 1 and source.most_at_once == 1:
        raise Miss(
            f"{READERS} readers, {calls} calls, one at a time: who gets the lock asks again what is known by "
            "then. Look into the cache a second time, inside."
        )
    if calls > 1:
        raise Miss(
            f"{READERS} readers opened an expired page, and the source was asked {calls} times, not once."
        )
    _raised(got)
    wrong = [each for each in got if each != "This is page 1."]
    if wrong:
        raise Miss(f"A reader of page 1 got {wrong[0]!r:.60}.")
    await ask("page 1")
    if len(source.calls) > 1:
        raise Miss("The next reader had to ask the source again: the page was not stored in the cache.")


async def _two_pages(ask: Any, source: Source) -> None:
    source.begin(2, "page 2", "page 3")
    got = await ask("page 2", "page 3")
    _raised(got)
    if got != ["This is page 2.", "This is page 3."]:
        raise Miss(f"Page 2 and page 3 were asked for at the same time, and what came was {got!r:.70}.")
    if source.missed:
        raise Miss(
            "Page 2 and page 3 were asked for at the same time, and one waited for the other: there is one "
            "lock for all pages. Each page needs its own."
        )


async def _expired(ask: Any, source: Source, cache: Any) -> None:
    source.slow.write("page 1", "new")
    await cache.delete("page 1")
    source.begin(2)
    got = await ask("page 1", "page 1")
    _raised(got)
    if got != ["new", "new"]:
        raise Miss(
            f"Page 1 expired, its text changed, and you still hand out the old flight ({got[-1]!r:.30}). "
            "A flight that is over must go."
        )


async def _down(ask: Any, source: Source, cache: Any) -> None:
    await cache.delete("page 1")
    source.down = True
    source.begin(3)
    got = await ask(*["page 1"] * 3)
    source.down = False
    source.begin(1)
    _raised(got)
    if not all(isinstance(each, OSError) for each in got):
        raise Miss(
            f"The source raised OSError, and a reader got {_named(got)}. Whoever asked must hear of it: let "
            "the exception through."
        )
    _raised(got := await ask("page 1"))
    if got != ["new"]:
        raise Miss(FAILS_FOREVER)


async def _leaving(ask: Any, source: Source, cache: Any) -> None:
    await cache.delete("page 1")
    source.begin(4)  # a fourth is waited for in vain, so that nobody is served before the first has left
    got = await ask(*["page 1"] * 3, leaves=True)
    if any(isinstance(each, asyncio.CancelledError) for each in got[1:]):
        raise Miss(
            "The first reader left, and took the others' answer along: canceling a task cancels what it "
            "awaits. Let only the shield be canceled: `asyncio.shield`."
        )
    _raised(got[1:])
    if got[1:] != ["new", "new"]:
        raise Miss(f"The first reader left, and the others got {_named(got[1:])} in place of the page.")


def _named(got: list[Any]) -> str:
    odd = next(each for each in got if not isinstance(each, OSError))
    return type(odd).__name__ if isinstance(odd, BaseException) else f"{odd!r:.30}"


LOCKS = "import asyncio\nfrom collections import defaultdict\n\nlocks = defaultdict(asyncio.Lock)\n"
ASKS = "page = await source.read_async(key)\n{0}await cache.set(key, page, ex=60)\n"
TAIL = "    return page\n"
IN_LOCK = (
    "        async with locks[key]:\n            page = await cache.get(key)\n            if page is None:\n"
)
WRONG = (
    Wrong(HEAD + " " * 8 + ASKS.format(" " * 8) + TAIL, f"the source was asked {READERS} times, not once"),
    Wrong(
        LOCKS + HEAD + "        async with locks[key]:\n            " + ASKS.format(" " * 12) + TAIL,
        f"{READERS} readers, {READERS} calls, one at a time",
    ),
    Wrong(
        LOCKS
        + HEAD
        + IN_LOCK.replace("locks[key]", 'locks["all"]')
        + " " * 16
        + ASKS.format(" " * 16)
        + TAIL,
        "one lock for all pages",
    ),
    Wrong(
        STARTER.replace("        flights.pop(key, None)\n", ""),
        "you still hand out the old flight",
    ),
    Wrong(SOLUTION.replace("asyncio.shield(flights[key])", "flights[key]"), "took the others' answer along"),
    Wrong(
        SOLUTION.replace("    finally:\n", "    except OSError:\n        return None\n    finally:\n"),
        "a reader got None",
    ),
    Wrong(SOLUTION.replace("        await cache.set(key, page, ex=60)\n", ""), "not stored in the cache"),
)

EXERCISE = Exercise(
    name="get_page",
    lesson="22",
    title="A single flight in bad weather",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "When `await flights[key]` raises, the line below it is not run. Who could take the flight "
        "off in any case?",
        "`fetch` itself knows when it is over: `try: ... finally: del flights[key]`.",
        "Canceling a reader cancels what it awaits, so let it await `asyncio.shield(flights[key])`.",
    ),
    check=check,
    time_limit=8.0,
    starter_message=FAILS_FOREVER,
    wrong=WRONG,
    passed="One call for twenty readers, and neither a failure nor a reader who leaves spoils it for "
    "the others.",
)
