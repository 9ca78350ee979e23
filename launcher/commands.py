"""The commands of `./course`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from launcher import environment
from launcher.doctor import examine
from launcher.steps import ROOT, Trouble, say
from launcher.system import install_browser, install_missing

__all__ = ["main"]

USAGE = """\
The Art of Waiting. Type one of:

  ./course lab               open the lessons in JupyterLab (options are passed on to jupyter lab)
  ./course doctor            what is there, what is missing, and what to type
  ./course test              run every check (options are passed on to pytest)
  ./course rerun LESSON...   run lessons again and store their new outputs

The first start installs what is missing: Python packages into .venv, servers with your package manager."""


def main(words: list[str]) -> int:
    """Carry out the command that `words` say; returns the exit status."""
    command, options = (words[0], words[1:]) if words else ("help", [])
    known = {"lab": _lab, "test": _test, "rerun": _rerun, "doctor": lambda options: examine()}
    try:
        if command in known:
            return known[command](options)
    except KeyboardInterrupt:
        say(f"\nStopped. To go on where this ended, type: ./course {command}")
        return 130
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except OSError as error:
        say(f"\n{error}\nType: ./course doctor")
        return 1
    say(USAGE)
    return 0 if command in ("help", "--help", "-h") else 2


def _lab(options: list[str]) -> int:
    install_missing()
    python = environment.ready()
    quiet = ["--log-level=WARN", "--LabApp.log_level=WARN"]
    if not any(option.startswith(("--ip", "--ServerApp.ip")) for option in options):
        # On the command line, so that no configuration of this account opens Lab to the network by accident.
        options = ["--ServerApp.ip=127.0.0.1", *options]
    if os.geteuid() == 0 and "--allow-root" not in options:
        options = ["--allow-root", *options]
    if not _has_screen() and "--no-browser" not in options:
        options = ["--no-browser", *options]
    _put_first("JUPYTER_CONFIG_PATH", ROOT / "jupyter")
    say("Starting JupyterLab (Ctrl-C twice ends it) ...")
    return _become(python, "-m", "jupyterlab", *quiet, *options)


def _test(options: list[str]) -> int:
    install_missing(with_browser=True)
    python = environment.ready(development=True)
    install_browser(python)
    return _become(python, "-m", "pytest", *options)


def _rerun(options: list[str]) -> int:
    install_missing()
    python = environment.ready(development=True)
    lessons = [str(Path(word).resolve()) if Path(word).exists() else word for word in options]
    return _become(python, "-m", "tests.notebooks.rerun", *lessons)


def _become(python: Path, *words: str) -> int:
    """Replace this process by the program: Ctrl-C and the exit status are its own."""
    os.chdir(ROOT)
    # Servers of the environment (conda) are found as if it were active; `helpers` from every folder.
    _put_first("PATH", python.parent)
    if python.parent.parent != environment.OURS:
        _put_first("PYTHONPATH", ROOT)
    sys.stdout.flush()
    os.execv(python, [str(python), *words])


def _put_first(variable: str, place: Path) -> None:
    os.environ[variable] = os.pathsep.join(filter(None, [str(place), os.environ.get(variable)]))


def _has_screen() -> bool:
    """Whether a browser can be opened here; else the address is only printed."""
    return sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
