"""Many pages at the same time, and never more than a few."""

from __future__ import annotations

from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.exercises.lesson_08.site import MISSING, Site

__all__ = ["EXERCISE"]

STARTER = '''\
import gevent
from gevent.pool import Pool

def fetch_all(fetch, pages, at_once):
    """Return fetch(page) for each page, in order, or None where fetch raises; at_once at the same time."""
    results = []
    for page in pages:
        greenlet = gevent.spawn(fetch, page)
        greenlet.join()
        results.append(greenlet.value)
    return results
'''
SOLUTION = """\
from gevent.pool import Pool

def fetch_all(fetch, pages, at_once):
    def one(page):
        try:
            return fetch(page)
        except Exception:
            return None
    return Pool(at_once).map(one, pages)
"""
DELAYS = {"ant": 0.12, "bee": 0.04, "cat": 0.08, "dog": 0.04, "elk": 0.1, "fox": 0.06}
PAGES = ["ant", "bee", MISSING, "cat", "dog", "elk", "fox"]
ONE_BY_ONE = (
    "The site never saw more than one of your questions: you wait for each before you spawn the next. Spawn "
    "all, then wait; a `Pool` knows how many may be out."
)


def check(answer: Answer) -> None:
    import gevent

    fetch_all = answer.function("fetch_all", "def fetch_all(fetch, pages, at_once):")
    gevent.get_hub().exception_stream = None  # the missing page's traceback would say no more than we do
    for at_once in (3, 2):
        site = Site(DELAYS)
        try:
            found = fetch_all(site.fetch, list(PAGES), at_once)
        except OSError as error:
            if "the site said" not in str(error):
                raise
            raise Miss(
                f"One page is missing, and all is lost: `fetch_all` ended with {type(error).__name__}. Catch "
                "it where one page is fetched, and return None for that page."
            ) from None
        _judge(found, site, at_once)


def _judge(found: Any, site: Site, at_once: int) -> None:
    if found is None:
        raise Miss("`fetch_all` returned nothing: return the list of results.")
    if not isinstance(found, list | tuple):
        raise Miss(f"`fetch_all` must return a list, and yours returned a {type(found).__name__}.")
    if any(hasattr(each, "join") and hasattr(each, "value") for each in found):
        raise Miss("You returned greenlets. When one is done, its result is its `value`.")
    if found and all(each is None for each in found):
        raise Miss(
            "Every result is None: a greenlet's `value` is None until it is done. Wait for all (`joinall`)."
        )
    if len(found) != len(PAGES):
        raise Miss(f"{len(PAGES)} pages, and {len(found)} results. A page that fails gives None.")
    if site.most == 1:
        raise Miss(ONE_BY_ONE)
    if site.most > at_once:
        raise Miss(
            f"The site saw {site.most} at once, and {at_once} are allowed. `Pool(at_once)` keeps count."
        )
    if site.most < at_once:
        raise Miss(f"{at_once} may be fetched at once (`at_once`), and the site saw {site.most} at most.")
    names = [next((name for name in PAGES if each and name in str(each)), MISSING) for each in found]
    if names != PAGES:
        raise Miss("Right results in the order they came. Return them in the order of `pages`.")


def _source(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return (
        "import gevent\nfrom gevent.pool import Pool\n\n"
        "def quietly(fetch, page):\n    try:\n        return fetch(page)\n"
        f"    except Exception:\n        return None\n\ndef fetch_all(fetch, pages, at_once):\n{body}"
    )


WRONG = (
    Wrong(
        _source(
            "greenlets = [gevent.spawn(quietly, fetch, page) for page in pages]",
            "gevent.joinall(greenlets)",
            "return [greenlet.value for greenlet in greenlets]",
        ),
        "The site saw 7 at once",
    ),
    Wrong(
        _source(
            "pool = Pool(at_once)",
            "greenlets = [pool.spawn(quietly, fetch, page) for page in pages]",
            "return [greenlet for greenlet in greenlets]",
        ),
        "You returned greenlets",
    ),
    Wrong(
        _source(
            "greenlets = [gevent.spawn(quietly, fetch, page) for page in pages]",
            "return [greenlet.value for greenlet in greenlets]",
        ),
        "a greenlet's `value` is None until it is done",
    ),
    Wrong(_source("return Pool(at_once).map(fetch, pages)"), "One page is missing, and all is lost"),
    Wrong(
        _source("return list(Pool(at_once).imap_unordered(lambda page: quietly(fetch, page), pages))"),
        "Return them in the order of `pages`",
    ),
    Wrong(
        _source("return Pool(3).map(lambda page: quietly(fetch, page), pages)"),
        "The site saw 3 at once, and 2 are allowed",
    ),
    Wrong(
        _source(
            "found = Pool(at_once).map(lambda page: quietly(fetch, page), pages)",
            "return [text for text in found if text]",
        ),
        "A page that fails gives None",
    ),
    Wrong(
        _source("Pool(at_once).map(lambda page: quietly(fetch, page), pages)"),
        "`fetch_all` returned nothing",
    ),
)

EXERCISE = Exercise(
    name="fetch_all",
    lesson="08",
    title="Many pages, a few at a time",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "What does `join` inside the loop do to the next page?",
        "`Pool(n).spawn(…)` waits while n are out; `Pool(n).map(function, items)` keeps the order.",
        "Where must an exception be caught so that it costs one page? Around `fetch(page)` itself.",
    ),
    check=check,
    starter_message=ONE_BY_ONE,
    wrong=WRONG,
    passed="Polite and quick: a limit is what keeps thousands of greenlets from being an attack.",
    time_limit=8,
    asks=True,
)
