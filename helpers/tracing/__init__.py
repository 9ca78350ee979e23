"""Recordings and the probes that make them."""

from helpers.tracing.trace import READY, RUNNING, WAITING, Arrow, Box, Link, Mark, Place, Span, Trace

__all__ = ["READY", "RUNNING", "WAITING", "Arrow", "Box", "Link", "Mark", "Place", "Span", "Trace"]
