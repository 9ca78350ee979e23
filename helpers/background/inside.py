"""What runs inside the other Python: small preparations, and packing a value for the way back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import pickle
import signal
import sys
import warnings
from typing import Any

from helpers.background.patching import refuse_patching

__all__ = ["let_interrupts_wake", "pack", "prepare"]


def prepare() -> None:
    """Let output travel at once (ipykernel collects it for 0.2 s by default)."""
    # Said at sys.exit(); whoever started us says it better.
    warnings.filterwarnings("ignore", "To exit: use")
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        stream.flush_interval = 0.02
    let_interrupts_wake()
    refuse_patching()


def let_interrupts_wake() -> None:
    """Have a signal wake the event loop of this kernel.

    Else a cell that awaits hears of an interrupt when its answer comes (ipykernel issue 881). asyncio
    listens for signals as soon as it has a handler for one: SIGURG, which nobody sends.
    """
    with contextlib.suppress(RuntimeError, NotImplementedError):  # no loop here; Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGURG, lambda: None)


def pack(value: Any) -> str:
    """`value` as text, functions and classes of the cell by value. Raises PicklingError if it cannot be."""
    import cloudpickle

    try:
        return base64.b64encode(cloudpickle.dumps(value)).decode()
    except Exception as error:
        raise pickle.PicklingError(f"{type(error).__name__}: {error}") from None
