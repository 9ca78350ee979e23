"""What runs inside the other Python: small preparations, and packing a value for the way back."""

from __future__ import annotations

import base64
import pickle
import sys
import warnings
from typing import Any

__all__ = ["pack", "prepare"]


def prepare() -> None:
    """Let output travel at once (ipykernel collects it for 0.2 s by default)."""
    # Said at sys.exit(); whoever started us says it better.
    warnings.filterwarnings("ignore", "To exit: use")
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        stream.flush_interval = 0.02


def pack(value: Any) -> str:
    """`value` as text, functions and classes of the cell by value. Raises PicklingError if it cannot be."""
    import cloudpickle

    try:
        return base64.b64encode(cloudpickle.dumps(value)).decode()
    except Exception as error:
        raise pickle.PicklingError(f"{type(error).__name__}: {error}") from None
