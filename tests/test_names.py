"""The names that lessons import stay what they are, whatever else was loaded in the meantime."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = """
import importlib, pkgutil
import helpers
before = {name: getattr(helpers, name) for name in helpers.__all__}
for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
    if not module.name.endswith((".process", ".bootstrap", ".website", ".worker")):  # programs of their own
        importlib.import_module(module.name)
print(*[name for name, value in before.items() if getattr(helpers, name) is not value])
"""


def test_a_name_means_the_same_when_everything_was_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("", "")
