"""Cells that run in kernels and processes of their own.

%%background server --wait-for "listening"     (a cell; see %%background?)

background.cell("server").wait_for("got 3")    .interrupt() .restart() .stop() .output
background.cell("server").fetch("replies")     a value, once it is done
background.panel()                             all of them, with buttons
background.stop_all()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.background.cells import BackgroundCell, cell, stop_all

__all__ = ["BackgroundCell", "cell", "panel", "stop_all"]


def panel() -> None:
    """Show what runs in the background, with buttons to interrupt, restart and stop it."""
    from helpers.background.status import show_panel

    show_panel()


def __getattr__(name: str) -> Any:
    # Not at import: every background kernel imports this package, for the little that is in `inside`.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from helpers.background import cells

    return getattr(cells, name)
