"""Where the pages of the slow site are, also for a plain process that a notebook started."""

from __future__ import annotations

import os
from urllib.parse import quote

from helpers.tracing.errands import SITE, site_address

__all__ = ["page"]


def page(name: str, delay: float = 0.0) -> str:
    """The address of the slow site's page `name`, which is there after `delay` seconds (0 to 60).

    The site is started if need be; the processes of background cells use the same one.
    """
    address = site_address()
    if not address:
        from helpers import services

        site = services.slow_site()
        address = os.environ[SITE] = f"{site.host}:{site.port}"
    return f"http://{address}/{quote(str(name))}?delay={delay:g}"
