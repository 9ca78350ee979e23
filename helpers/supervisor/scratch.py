"""Directories that are removed when we are gone."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from helpers.errors import CourseError
from helpers.supervisor import link
from helpers.supervisor.child import nobody

__all__ = ["scratch", "temporary_directory"]

_NEEDED = 64
"""Megabytes: RabbitMQ blocks its publishers when less than 50 are free."""
_roots: dict[int, Path] = {}


def scratch(name: str, *, unprivileged: bool = False) -> Path:
    """The directory `name` of this process: short, private (0700), removed at the end.

    Asked again, it is the same one. If we are root, `unprivileged` gives it to the user nobody. Raises
    CourseError if the temporary directory is full or cannot be written to.
    """
    base = temporary_directory()
    try:
        free = shutil.disk_usage(base).free // 2**20
        if free < _NEEDED:
            raise _refusal(base, f"has only {free} MB left (the servers need {_NEEDED})")
        place = _root(base) / name
        place.mkdir(mode=0o700, exist_ok=True)
        user = nobody() if unprivileged else None
        if user:
            os.chown(place, *user)
    except OSError as error:
        raise _refusal(base, f"cannot be used: {error.strerror or error}") from None
    return place


def temporary_directory() -> Path:
    """Where `scratch` makes its directories."""
    return Path(os.environ.get("TMPDIR") or "/tmp").absolute()


def _root(base: Path) -> Path:
    root = _roots.get(os.getpid())
    if not root or not root.is_dir():
        _sweep(base)
        root = Path(tempfile.mkdtemp(prefix=f"aow-{os.getpid()}-", dir=base))
        # As root: others may pass through to a directory of theirs, and read nothing on the way.
        root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        link.current().remove_at_end(str(root))
        _roots[os.getpid()] = root
    return root


def _sweep(base: Path) -> None:
    """Removes what processes left that died together with their supervisor."""
    for place in base.glob("aow-*-*"):
        owner = re.match(r"aow-(\d+)-", place.name)
        if owner and not _exists(int(owner[1])):
            shutil.rmtree(place, ignore_errors=True)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _refusal(base: Path, why: str) -> CourseError:
    places = (Path("/var/tmp"), Path("/dev/shm"), Path("/tmp"), Path.home() / ".cache")
    usable = (
        p for p in places if p != base and os.access(p, os.W_OK) and shutil.disk_usage(p).free > _NEEDED << 20
    )
    other = next(usable, Path("/a/directory/with/space"))
    return CourseError(
        f"The temporary directory {base} {why}.\n"
        f"Make room there, or close JupyterLab and type: TMPDIR={other} ./course lab"
    )
