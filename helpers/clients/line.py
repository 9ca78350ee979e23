"""The line under a cell that says how a crowd of clients is doing."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from helpers.clients.plan import Plan

if TYPE_CHECKING:
    from helpers.clients.addresses import Server
    from helpers.clients.report import Report

__all__ = ["Line"]

WIDGET = "application/vnd.jupyter.widget-view+json"


class Line:
    """A widget in the output of the current cell; outside IPython, nothing.

    Its text form says what was asked for and never changes, so that two runs can be compared.
    """

    def __init__(self, plan: Plan, server: Server) -> None:
        from IPython.core.getipython import get_ipython

        self._widget: Any = None
        self._server = f"{server}: " if isinstance(server, str) else ""
        if get_ipython() is None:
            return
        import ipywidgets
        from IPython.display import display

        self._widget = ipywidgets.HTML("connecting …")
        bundle = self._widget._repr_mimebundle_()
        display({WIDGET: bundle[WIDGET], "text/plain": self._server + _asked(plan)}, raw=True)

    def show(self, report: Report) -> None:
        """How it stands while it runs."""
        so_far = f"{report.connected:,} of {report.clients:,} connected, {report.right:,} right"
        rate = f", {report.requests_per_second:,.0f} requests/s" if report.requests_per_second else ""
        self._write(f"{self._server}{so_far}{rate} …")

    def finish(self, report: Report) -> None:
        """How it ended: the counts, and the rates, times and costs."""
        self._write(f"{self._server}{report}\n{report.times()}")

    def _write(self, text: str) -> None:
        if self._widget:
            self._widget.value = html.escape(text).replace("\n", "<br>")


def _asked(plan: Plan) -> str:
    who = f"{plan.clients:,} clients" if plan.clients > 1 else "1 client"
    if plan.held:
        return f"{who}, held"
    what = [f"{plan.active:,} active"] if plan.active < plan.clients - sum(plan.misbehaving.values()) else []
    what += [f"{count:,} {kind}" for kind, count in plan.misbehaving.items()]
    what += [f"{plan.each:,} messages each"] if plan.each else []
    what += [f"{plan.seconds:g} s"] if plan.seconds else []
    return f"{who}: {', '.join(what)}"
