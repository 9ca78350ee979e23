"""Run by the Python of an environment: which of the course's packages does it lack? Prints one a line."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["lacking"]


def lacking(project: Path, development: bool) -> list[str]:
    """The requirements of pyproject.toml that this Python does not meet, such as ``pika>=1.4``."""
    tables = tomllib.loads(project.read_text(encoding="utf-8"))
    wanted = tables["project"]["dependencies"]
    if development:
        wanted = wanted + tables["dependency-groups"]["dev"]
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return list(wanted)
    found = []
    for requirement in map(Requirement, wanted):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            met = requirement.specifier.contains(version(requirement.name), prereleases=True)
        except PackageNotFoundError:
            met = False
        if not met:
            found.append(f"{requirement.name}{requirement.specifier}")
    return found


if __name__ == "__main__":
    print("\n".join(lacking(Path(sys.argv[1]), "--dev" in sys.argv)))
