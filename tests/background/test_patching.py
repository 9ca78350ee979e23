"""monkey.patch_all in a kernel is refused before it does anything; in a plain process it works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.background.foreground import Foreground

PATCH = "from gevent import monkey; monkey.patch_all()"
REFUSED = "CourseError: monkey.patch_all() has patched nothing: this is a kernel"
PATCHED = "__import__('gevent.monkey').monkey.is_anything_patched()"


@pytest.fixture
def fresh() -> Iterator[Foreground]:
    with Foreground() as foreground:
        foreground.run("%load_ext helpers")
        yield foreground


def test_the_notebooks_own_kernel_refuses_and_lives_on(fresh: Foreground) -> None:
    refused = fresh.run(PATCH)
    assert refused.error.startswith(REFUSED) and "%%background NAME --process" in refused.error
    assert fresh.run(PATCHED).value == "False"
    assert fresh.run("monkey.patch_all(socket=False)").error.startswith(REFUSED), "with any arguments"
    assert fresh.run("1 + 1").value == "2"


def test_it_refuses_also_when_gevent_was_there_before_the_helpers() -> None:
    with Foreground() as fresh:
        fresh.run("import gevent.monkey\n%load_ext helpers")
        assert fresh.run(PATCH).error.startswith(REFUSED)


def test_the_rest_of_gevents_module_is_untouched(fresh: Foreground) -> None:
    fresh.run("from gevent import monkey")
    assert fresh.run("monkey.__spec__.name, monkey.patch_all.__name__").value == (
        "('gevent.monkey', 'patch_all')"
    )
    assert fresh.run("callable(monkey.get_original('time', 'sleep'))").value == "True"


def test_a_background_kernel_refuses_too(foreground: Foreground) -> None:
    assert REFUSED in foreground.run(f"%%background b\n{PATCH}").error
    assert foreground.run("background.cell('b').fetch('1 + 1')").value == "2"


def test_a_plain_process_patches(foreground: Foreground) -> None:
    foreground.run(f"%%background p --process\n{PATCH}\npatched = monkey.is_module_patched('socket')")
    assert foreground.run("background.cell('p').fetch('patched')").value == "True"
