"""The one place where states get their colors: the same state looks the same in every picture.

Three sets: for light pages, for dark pages, and a *neutral* one for PNG pictures, which cannot know
the page they end up on. No two states differ in hue alone: one is solid and strong, one solid and
pale, the others hatched, so that grayscale and color-blind eyes tell them apart too.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FALLBACK", "INK", "LOOKS", "Look", "css", "in_order", "look"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: `ink` on light, on dark and on unknown pages; `hatch` is a name below.

    A solid look fills with its ink; a hatched one draws lines or dots of ink, or an outline, on a wash of it.
    """

    light: str
    dark: str
    neutral: str
    hatch: str = ""
    opacity: float = 1.0
    """Of the neutral ink: a pale state must be pale on white and on black."""


LOOKS = {
    "running": Look("#1d4f91", "#62a5f5", "#2e6fb7"),
    "ready": Look("#d9740f", "#f5a545", "#e0811d", hatch="lines"),
    "waiting": Look("#d5dae1", "#454c57", "#858c96", opacity=0.34),
    "starting": Look("#128072", "#45c4b0", "#23a08f", hatch="dots"),
    "resting": Look("#7a5aa8", "#b699e0", "#9274c4", hatch="dots"),
    "unacknowledged": Look("#7a5aa8", "#b699e0", "#9274c4", hatch="outlined"),
    "delivered": Look("#666d78", "#a0a7b3", "#7d828a", hatch="outlined"),
    "thinking": Look("#7a5aa8", "#b699e0", "#9274c4", hatch="dots"),
    "unclear": Look("#7d8590", "#8d96a3", "#868d97", hatch="dots"),
}
FALLBACK = Look("#7a5aa8", "#b699e0", "#9274c4")
"""For a state that nobody has given a look yet."""

INK = {
    "text": Look("#23272e", "#e4e7eb", "#7a7f87"),
    "quiet": Look("#666d78", "#a0a7b3", "#7d828a"),
    "rule": Look("#e4e7eb", "#363b43", "#8a8f97", opacity=0.25),
    "prediction": Look("#a3317f", "#f08bcb", "#c4549f"),
    "killed": Look("#c0272d", "#ff7b72", "#dc4b4b"),
}
"""Everything that is not a state: letters, grid lines, the prediction, the cross on a killed lane."""


def look(state: str) -> Look:
    """The look of `state`."""
    return LOOKS.get(state, FALLBACK)


def in_order(states: set[str]) -> list[str]:
    """`states` as a legend lists them."""
    known = list(LOOKS)
    return sorted(states, key=lambda state: (known.index(state) if state in known else len(known), state))


def css() -> str:
    """The palette as CSS variables (``--aow-running``, ...) that follow JupyterLab's theme.

    Outside JupyterLab, where no attribute says which theme is on, the system's preference counts.
    """
    inks = LOOKS | INK | {"fallback": FALLBACK}
    light = "".join(f"--aow-{name}: {ink.light};" for name, ink in inks.items())
    dark = "".join(f"--aow-{name}: {ink.dark};" for name, ink in inks.items())
    return (
        f".aow {{ {light} color-scheme: light; }}\n"
        f"body[data-jp-theme-light='false'] .aow {{ {dark} color-scheme: dark; }}\n"
        f"@media (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]) .aow {{ {dark} }} }}\n"
    )
