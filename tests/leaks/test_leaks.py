"""However a kernel ends, two seconds later nothing of it is left: no process, no open port, no directory.

While it runs, nobody but this machine reaches it.
In the kernel run all servers, an exercise's spare kernel, a background cell that never gives its interpreter
lock away, and a plain process.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest

from tests.leaks.house import LIMIT, Footprint, House, lives, within
from tests.server import Kernel

STUBBORN = "%%background stubborn --detach\nprint('begun', flush=True)\nsum(range(10**12))"
PLAIN = "%%background plain --process --wait-for begun\nimport time\nprint('begun')\ntime.sleep(1000)"
ANSWERS = """
from helpers import background, services
servers = [services.memcached(), services.redis(), services.rabbitmq(), services.slow_site()]
cells = [background.cell(name) for name in ("stubborn", "plain")]
print(*[s.pid for s in servers if s.running], *[c.pid for c in cells if c.running])
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        yield house


def full_kernel(house: House) -> Kernel:
    """A kernel in which everything runs."""
    kernel = house.server.kernel()
    kernel.run("%load_ext helpers\nfrom helpers import background, services\nservices.start_all()")
    kernel.run(PLAIN)
    kernel.run(STUBBORN)
    return kernel


@pytest.fixture
def kernel(house: House) -> Iterator[Kernel]:
    """A full kernel; whatever is left of it at the end is killed."""
    kernel = full_kernel(house)
    yield kernel
    kernel.close()
    with suppress(URLError):
        kernel.shut_down()
    house.kill_marked()


def assert_all_goes(before: Footprint, end: Callable[[], object]) -> None:
    """Nothing of `before` is there any more two seconds after the beginning of its end."""
    begun = time.monotonic()
    end()
    within(lambda: not before.left(), LIMIT - (time.monotonic() - begun))
    assert before.left() == []
    seconds = time.monotonic() - begun
    print(f"gone after {seconds:.2f} s: {len(before.processes)} processes, {len(before.ports)} ports")


def answering(kernel: Kernel) -> list[int]:
    """Process ids of the servers (started again if they are not there) and of the background cells."""
    return [int(pid) for pid in kernel.run(ANSWERS).split()]


def everything(kernel: Kernel) -> Footprint:
    """What runs, once all of it answers."""
    assert len(answering(kernel)) == 6
    before = Footprint.of(kernel)
    assert len(before.processes) >= 8 and len(before.ports) >= 4 and before.places
    assert {host for host, _ in before.ports} <= {"127.0.0.1", "::1"}, (
        "others can reach this machine's servers"
    )
    return before


def supervisor(before: Footprint) -> psutil.Process:
    (found,) = [p for p in before.processes if "supervisor/process.py" in " ".join(p.cmdline())]
    return found


ENDINGS: dict[str, Callable[[Kernel], object]] = {
    "shut down": Kernel.shut_down,
    "restarted": lambda kernel: kernel.post("restart"),
    "killed with -9": lambda kernel: kernel.process.kill(),
    "ended by os._exit": lambda kernel: kernel.send("import os; os._exit(1)"),
    "ended by a crash": lambda kernel: kernel.send("import ctypes; ctypes.string_at(0)"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left_of_a_kernel_that_was(ending: str, kernel: Kernel) -> None:
    before = everything(kernel)
    assert_all_goes(before, lambda: ENDINGS[ending](kernel))


def test_an_interrupted_kernel_keeps_its_servers_and_background_cells(kernel: Kernel) -> None:
    before = everything(kernel)
    # They print when they sleep: now and then ipykernel loses an interrupt that comes amid a print.
    asleep = "import threading, time; threading.Timer(0.3, print, ['asleep']).start(); time.sleep(1000)"
    assert kernel.run(asleep, on_print=lambda: kernel.post("interrupt")) == "KeyboardInterrupt"
    awaits = (
        "import asyncio; asyncio.get_running_loop().call_later(0.3, print, 'awaits')\n"
        "await asyncio.sleep(1000)"
    )
    assert kernel.run(awaits, on_print=lambda: kernel.post("interrupt")) == "CancelledError"
    assert len(answering(kernel)) == 6
    assert {p.pid for p in before.processes} <= {p.pid for p in Footprint.of(kernel).processes}


def test_a_crashed_supervisor_takes_its_servers_along_and_the_next_call_starts_them_again(
    kernel: Kernel,
) -> None:
    before = everything(kernel)
    servers = [psutil.Process(pid) for pid in answering(kernel)[:4]]
    first = supervisor(before)
    first.kill()
    assert within(lambda: not any(lives(server) for server in servers))
    after = everything(kernel)
    assert supervisor(after).pid != first.pid
    assert_all_goes(after, kernel.process.kill)
    assert before.left() == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_nothing_is_left_when_jupyter_ends_by(name: str, tmp_path: Path) -> None:
    with House(tmp_path) as house:
        kernel = full_kernel(house)
        before = everything(kernel)
        assert_all_goes(before, lambda: house.server.process.send_signal(getattr(signal, name)))
        assert house.marked() == []
        assert house.scratch() == []
        kernel.close()
