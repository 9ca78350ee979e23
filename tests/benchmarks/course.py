"""Lab, imports, the lessons' wall times and memory."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

import nbformat
import psutil

from tests.notebooks.rerun import find
from tests.server import ROOT, Server

__all__ = ["FIRST_CELL", "importing", "memory", "until_lab_answers", "wall_time"]

PARTS = {
    "rabbit": "RabbitMQ",
    "erlang": "RabbitMQ",
    "redis": "Redis",
    "valkey": "Redis",
    "memcached": "memcached",
    "process.py": "supervisor",
    "ipykernel": "kernels",
    "website": "slow site",
}
FIRST_CELL = "from helpers import ask, ask_async, background, compute, laboratory, predict, show, timeline"


def until_lab_answers(runs: int = 3) -> float:
    """Seconds from `./course lab` until Lab's page is there, everything being installed."""
    return median(_lab() for _ in range(runs))


def _lab() -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    command = [str(ROOT / "course"), "lab", "--no-browser", f"--ServerApp.port={port}", "--allow-root"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"JUPYTER_TOKEN": token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() < begun + 60:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab?token={token}", timeout=5):
                    return time.perf_counter() - begun
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("Lab did not answer within a minute")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def importing(statement: str, runs: int = 9) -> float:
    """Milliseconds that `statement` takes in a process that has loaded what a kernel has."""
    code = (
        "import ipykernel.ipkernel, ipykernel.kernelapp, IPython, time; begun = time.perf_counter();"
        f"{statement}; print((time.perf_counter() - begun) * 1000)"
    )
    command = [sys.executable, "-c", code]
    return median(float(subprocess.check_output(command, cwd=ROOT)) for _ in range(runs))


def wall_time(model: str, runs: int = 5) -> float:
    """Seconds that three questions of 0.3 s each take under `model`."""
    from helpers.tracing.models import run_errands

    return median(run_errands(model, 3, 0, 0.3).duration for _ in range(runs))


def memory() -> dict[str, float]:
    """Megabytes of Lab, a kernel, all servers and lesson 01 run once; and of that, by part."""
    with tempfile.TemporaryDirectory() as place, Server(Path(place)) as server:
        kernel = server.kernel()
        kernel.run("%load_ext helpers\nfrom helpers import services\nservices.start_all()")
        for cell in nbformat.read(find("01"), as_version=4).cells:
            if cell.cell_type == "code":
                kernel.run(cell.source)
        jupyter = psutil.Process(server.process.pid)
        parts = {"Lab's server": _pss(jupyter)}
        for process in jupyter.children(recursive=True):
            name = _name(process)
            parts[name] = parts.get(name, 0) + _pss(process)
        kernel.close()
    return {"Lab, kernel, all servers, lesson 01 run once": sum(parts.values())} | parts


def _pss(process: psutil.Process) -> float:
    found = process.memory_full_info()
    return getattr(found, "pss", found.uss) / 2**20


def _name(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return next((name for word, name in PARTS.items() if word in line), "the rest")
