"""Processes that end when we do, however we end.

One small supervisor process (`process.py`) stands beside each Python process that asks for one. `spawn`
starts a child under it, `adopt` puts an already started process group under its care, `scratch` makes a
directory that it removes at the end. When this interpreter exits, crashes or is killed, the supervisor
kills what it keeps and leaves. When the supervisor itself is killed, its children go with it, and a new
one takes over what was adopted.
"""

from helpers.supervisor.child import Child, adopt, release, spawn
from helpers.supervisor.scratch import scratch, temporary_directory

__all__ = ["Child", "adopt", "release", "scratch", "spawn", "temporary_directory"]
