"""How many files, and so connections, this process may have open."""

from __future__ import annotations

import contextlib

__all__ = ["raise_file_limit"]


def raise_file_limit(wanted: int, *, quiet: bool = False) -> int:
    """Let this process have `wanted` descriptors open, or as many as it may; returns how many that is.

    The soft limit (RLIMIT_NOFILE) goes up as far as the hard limit, and never down. Prints a line if that
    is less than `wanted`, unless `quiet`.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        possible = wanted if hard == unlimited else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if soft < wanted and not quiet:
            print(f"This system lets a process have {soft:,} files open, not {wanted:,}.")
    return wanted if soft == unlimited else soft
