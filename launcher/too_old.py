# ruff: noqa: UP031
"""What to type when this Python is too old. This file alone must be readable by every Python since 2.7."""

import os
import subprocess
import sys

__all__ = ["explain"]

NEWER = ["python3.13", "python3.12", "python3.11", "python3"]


def explain(arguments):
    """Print which Python is needed and the command that gets it; returns the exit status."""
    command = "course " + " ".join(arguments)
    print("This is Python %d.%d; the course needs Python 3.11 or newer." % sys.version_info[:2])
    newer = [name for name in NEWER if _works(name)]
    if newer:
        print("There is a newer one on this machine. Type: %s %s" % (newer[0], command.strip()))
    elif sys.platform == "darwin":
        print("Type: brew install python")
    else:
        print("Type: conda env create -f environment.yml && conda activate art-of-waiting")
        print("or install Python 3.12 with your system's package manager.")
    return 1


def _works(name):
    # Running it is the only proof: version switchers put a file on PATH for versions that are not active.
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call([name, "-c", check], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False
