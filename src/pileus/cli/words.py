"""What the command line says: troubles as three lines, and colours where they are welcome."""

from __future__ import annotations

import os
import sys
from typing import TextIO

HOPELESS = 78
"""Exit code of a process that would end in the same way if it were started again (EX_CONFIG of sysexits.h)."""

COLOURS = {"ok": "32", "warn": "33", "fail": "31", "faint": "2", "strong": "1"}


class Trouble(Exception):
    """Something that stops a command: what, why, and what the reader can do about it."""

    def __init__(self, said: str, cause: str = "", fix: str = "", *, code: int = 1) -> None:
        super().__init__(said)
        self.said, self.cause, self.fix, self.code = said, cause, fix, code


def lines_of(trouble: Trouble) -> list[str]:
    """`error: …`, `cause: …` and `fix: …`, as far as they are known."""
    parts = {"error": trouble.said, "cause": trouble.cause, "fix": trouble.fix}
    return [f"{name}: {text}" for name, text in parts.items() if text]


def tell(trouble: Trouble) -> None:
    """Print a trouble where troubles go."""
    print("\n".join(lines_of(trouble)), file=sys.stderr, flush=True)


def is_colourful(out: TextIO) -> bool:
    """Whether colours are wanted there (https://no-color.org)."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str, colour: str, out: TextIO) -> str:
    """The text in a colour, or as it is."""
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if is_colourful(out) else text


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
