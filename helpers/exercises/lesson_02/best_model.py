"""Which server for which job: each choice is tried out on the spot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

CHATS, VIDEOS, LIBRARY, BANK = (
    "10,000 silent chats",
    "4 videos to encode",
    "a library that crashes",
    "50 calls to a slow bank",
)
MODELS = ("process", "thread", "loop")

STARTER = '''\
def best_model(case):
    """Which serves this case best: "process", "thread" or "loop"?

    "10,000 silent chats"      connections that say something once an hour
    "4 videos to encode"       four clients, each wants a second of pure computing in Python
    "a library that crashes"   one request in a hundred ends the process that serves it
    "50 calls to a slow bank"  fifty clients, each waits a second, through a library that blocks
    """
'''
SOLUTION = """\
def best_model(case):
    return {
        "10,000 silent chats": "loop",
        "4 videos to encode": "process",
        "a library that crashes": "process",
        "50 calls to a slow bank": "thread",
    }[case]
"""


def check(answer: Answer) -> None:
    best_model = answer.function("best_model", "def best_model(case):")
    chosen = {}
    for case in (CHATS, VIDEOS, LIBRARY, BANK):
        chosen[case] = best_model(case)
        if chosen[case] not in MODELS:
            raise Miss(
                f"For {case!r} the answer is one of {', '.join(MODELS)}, and yours is {chosen[case]!r:.40}."
            )
    for case, model in chosen.items():
        if trouble := TRIALS.get((case, model)):
            raise Miss(trouble())


# -- what happens with the wrong one --------------------------------------------------------------


def _chats_in_processes() -> str:
    each = _process_kilobytes()
    return (
        f"{CHATS}: one process holds {each:,.0f} kB of its own here and does nothing, so 10,000 hold "
        f"{each / 100:,.1f} GB. Who only waits needs no process."
    )


def _chats_in_threads() -> str:
    each = _thread_kilobytes()
    return (
        f"{CHATS}: one waiting thread holds {each:,.0f} kB here, so 10,000 hold {each / 100:,.1f} GB, "
        "to say nothing. What does a line in a list hold?"
    )


def _videos_in_turns(model: str) -> Callable[[], str]:
    def tried() -> str:
        alone, together = _computing(1), _computing(4)
        return (
            f"{VIDEOS}, {model}: one took {alone:.2f} s of computing here, four took {together:.2f} s. "
            "In one process one computes at a time."
        )

    return tried


def _library_takes_all(model: str) -> Callable[[], str]:
    def tried() -> str:
        return (
            f"{LIBRARY}, {model}: one crash, and {_lost_with_it()} of 10 clients lost their connection. "
            "Who may crash needs walls."
        )

    return tried


def _bank_on_a_loop() -> str:
    began = time.perf_counter()
    for _ in range(5):
        time.sleep(0.1)
    waited = time.perf_counter() - began
    return (
        f"{BANK}: 5 blocking calls of 0.1 s took the loop {waited:.1f} s, one after the other. "
        "A library that blocks, blocks the loop."
    )


def _bank_in_processes() -> str:
    return (
        f"{BANK}: processes would do, at {_process_kilobytes():,.0f} kB for each caller. "
        "Who only waits can do so for less, in the same process."
    )


TRIALS: dict[tuple[str, str], Callable[[], str]] = {
    (CHATS, "process"): _chats_in_processes,
    (CHATS, "thread"): _chats_in_threads,
    (VIDEOS, "thread"): _videos_in_turns("thread"),
    (VIDEOS, "loop"): _videos_in_turns("loop"),
    (LIBRARY, "thread"): _library_takes_all("thread"),
    (LIBRARY, "loop"): _library_takes_all("loop"),
    (BANK, "loop"): _bank_on_a_loop,
    (BANK, "process"): _bank_in_processes,
}


def _process_kilobytes() -> float:
    """What a forked child of a small Python holds for itself, in kB."""
    import subprocess
    import sys

    program = (
        "import os, socket, threading, time\n"
        "children = []\n"
        "for _ in range(5):\n"
        "    pid = os.fork()\n"
        "    if pid == 0: [str(i) for i in range(1000)]; time.sleep(20); os._exit(0)\n"
        "    children.append(pid)\n"
        "time.sleep(0.1)\n"
        "import psutil\n"
        "info = [psutil.Process(pid).memory_full_info() for pid in children]\n"
        "print(sum(getattr(i, 'uss', 0) for i in info) / len(info) / 1000)\n"
        "for pid in children: os.kill(pid, 9)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=10)
    return float(run.stdout)


def _thread_kilobytes() -> float:
    """What a waiting thread holds, in kB."""
    import psutil

    own, over = psutil.Process(), threading.Event()
    before = own.memory_full_info().uss
    threads = [threading.Thread(target=over.wait, args=(10,), daemon=True) for _ in range(200)]
    for thread in threads:
        thread.start()
    more = own.memory_full_info().uss - before
    over.set()
    for thread in threads:
        thread.join()
    return more / len(threads) / 1000


def _computing(threads: int) -> float:
    """Seconds until so many threads have computed 0.1 s each."""
    from helpers import compute

    began = time.perf_counter()
    crowd = [threading.Thread(target=compute, args=(0.1,)) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return time.perf_counter() - began


def _lost_with_it() -> int:
    """How many of ten threads, a connection each, are gone when one of them ends its process."""
    import socket
    import subprocess
    import sys

    program = (
        "import os, socket, sys, threading\n"
        "listener = socket.socket(fileno={fd})\n"
        "def talk(client):\n"
        "    while data := client.recv(99):\n"
        "        if data == b'bad': os._exit(1)\n"
        "        client.sendall(data)\n"
        "while True: threading.Thread(target=talk, args=(listener.accept()[0],)).start()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number, where = listener.fileno(), listener.getsockname()
        server = subprocess.Popen([sys.executable, "-c", program.format(fd=number)], pass_fds=[number])
        try:
            clients = [socket.create_connection(where, timeout=5) for _ in range(10)]
            for client in clients:
                client.sendall(b"hello")
                client.recv(99)
            clients[0].sendall(b"bad")
            return sum(_ended(client) for client in clients)
        finally:
            server.kill()
            server.wait()
            for client in clients:
                client.close()


def _ended(client: Any) -> bool:
    try:
        return bool(client.recv(1) == b"")
    except OSError:
        return True


def _source(chats: str, videos: str, library: str, bank: str) -> str:
    return (
        "def best_model(case):\n"
        f"    return {{{CHATS!r}: {chats!r}, {VIDEOS!r}: {videos!r},\n"
        f"            {LIBRARY!r}: {library!r}, {BANK!r}: {bank!r}}}[case]\n"
    )


WRONG = (
    Wrong(_source("process", "process", "process", "thread"), "Who only waits needs no process"),
    Wrong(_source("thread", "process", "process", "thread"), "What does a line in a list hold?"),
    Wrong(_source("loop", "thread", "process", "thread"), "In one process one computes at a time"),
    Wrong(_source("loop", "process", "thread", "thread"), "10 of 10 clients lost their connection"),
    Wrong(_source("loop", "process", "process", "loop"), "A library that blocks, blocks the loop"),
    Wrong(_source("loop", "process", "process", "process"), "processes would do, at"),
)

EXERCISE = Exercise(
    name="best_model",
    lesson="02",
    title="Which server for which job?",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Ask of each case: what does a client cost while it waits, and what while it computes?",
        "Who computes needs a core of its own, and who may crash needs walls.",
        "A loop waits for sockets. For a library that blocks, something else must do the waiting.",
    ),
    check=check,
    starter_message=(
        "For '10,000 silent chats' the answer is one of process, thread, loop, and yours is None."
    ),
    wrong=WRONG,
    passed="Each wrong choice would have been tried out here: give one, and look at its number.",
    time_limit=10,
)
