"""A Jupyter server as learners run it, on a folder of its own, for the tests that need a live one."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

__all__ = ["Server"]

ROOT = Path(__file__).parent.parent


class Server:
    """`jupyter lab`, or the bare server under it: loopback, a free port, a token of its own."""

    def __init__(
        self, folder: Path, *options: str, lab: bool = True, environment: dict[str, str] | None = None
    ):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        command = [sys.executable, "-m", "jupyterlab" if lab else "jupyter_server", "--no-browser"]
        command += [
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            *options,
        ]
        if not lab:
            names = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook_shim")
            command.append(f"--ServerApp.jpserver_extensions={dict.fromkeys(names, False)}")
        if hasattr(os, "getuid") and os.getuid() == 0:
            command += ["--allow-root"]
        variables = {"JUPYTER_TOKEN": self.token, "PYTHONPATH": str(ROOT)} | (environment or {})
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """A REST request; the answer's JSON, or None if it is empty.

        Raises urllib.error.HTTPError for a refusal and URLError while nobody listens.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self) -> None:
        """SIGTERM, as a system that shuts down would send; SIGKILL if that takes more than ten seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait_until_it_answers(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "api/status")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError(
            f"no Jupyter server after {seconds} s:\n{self.log.read_text(errors='replace')[-3000:]}"
        )
