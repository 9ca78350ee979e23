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
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import websocket

__all__ = ["Kernel", "Server"]

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
                # Under `nohup` the server would inherit that SIGHUP is ignored.
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
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

    def kernel(self) -> Kernel:
        """A new kernel, as Lab asks for one."""
        return Kernel(self, self.ask("POST", "api/kernels", {"name": "python3"})["id"])

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


class Kernel:
    """A kernel of a server, driven over the same web socket as by Lab."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.failed = ""
        """The name of the error that ended the last cell, and what it said."""
        self._server = server
        # The server answers this only when the kernel is there and its output reaches us.
        self._socket = websocket.create_connection(
            f"{server.url}/api/kernels/{name}/channels?token={server.token}".replace("http", "ws"),
            timeout=40,
        )

    def run(self, code: str, on_print: Callable[[], object] = lambda: None) -> str:
        """Run a cell; what it printed, or the name of the error that ended it.

        `on_print` is called for each piece of its output, while it runs.
        """
        request, printed, error, status = self.send(code), "", "", ""
        self.failed = ""
        while status != "idle":
            message = json.loads(self._socket.recv())
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "error":
                error = content["ename"]
                self.failed = f"{error}: {content['evalue']}"
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
                on_print()
            status = content["execution_state"] if kind == "status" else status
        return error or printed

    def send(self, code: str) -> str:
        """Run a cell without waiting for it; the message's id."""
        header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "username": "", "session": self.name}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header | {"version": "5.3"}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message | {"parent_header": {}, "metadata": {}}))
        return header["msg_id"]

    def post(self, what: str) -> None:
        """`restart` or `interrupt`, as the buttons of Lab do."""
        self._server.ask("POST", f"api/kernels/{self.name}/{what}")

    def shut_down(self) -> None:
        """As Lab's menu does."""
        self._server.ask("DELETE", f"api/kernels/{self.name}")

    @property
    def process(self) -> psutil.Process:
        """The kernel's own process."""
        return psutil.Process(int(self.run("import os; print(os.getpid())")))

    def close(self) -> None:
        """Our end of the line."""
        self._socket.close()
