"""Steps as they are shown: ticked, with the time each took; plain lines, or JSON, where nobody watches."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from pileus.cli.words import Trouble, coloured, duration, is_colourful


class Step:
    """One step under way."""

    def __init__(self) -> None:
        self.detail = ""
        self.warnings: list[tuple[str, str]] = []

    def note(self, detail: str) -> None:
        """What is shown behind the step's title."""
        self.detail = detail

    def warn(self, said: str, fix: str = "") -> None:
        """Something that went another way than was hoped, said out loud."""
        self.warnings.append((said, fix))


class Steps:
    """Shows steps one after the other."""

    def __init__(self, *, as_json: bool = False, out: TextIO = sys.stdout) -> None:
        self._as_json = as_json
        self._out = out
        self._began = time.monotonic()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """A step; a Trouble within it is shown by whoever catches it."""
        step, began = Step(), time.monotonic()
        try:
            with self._under_way(title):
                yield step
        except Trouble as trouble:
            step.note(trouble.said)
            self._show(title, step, "fail", time.monotonic() - began)
            raise
        self._show(title, step, "done", time.monotonic() - began)

    def end(self, lines: list[str], **facts: str) -> None:
        """The last words, and as JSON the facts in them."""
        took = time.monotonic() - self._began
        if self._as_json:
            self._print(json.dumps({"step": "ready", "state": "done", "seconds": round(took, 3), **facts}))
        else:
            self._print("\n".join(["", *lines]))

    def _show(self, title: str, step: Step, state: str, took: float) -> None:
        if self._as_json:
            warnings = [{"said": said, "fix": fix} for said, fix in step.warnings]
            told = {"step": title, "state": state, "seconds": round(took, 3), "detail": step.detail}
            self._print(json.dumps(told | ({"warnings": warnings} if warnings else {})))
            return
        mark = coloured("✓", "ok", self._out) if state == "done" else coloured("✗", "fail", self._out)
        detail = f"  {coloured(step.detail, 'faint', self._out)}" if step.detail else ""
        self._print(f"{mark} {title:<15} {duration(took):>7}{detail}")
        for said, fix in step.warnings:
            self._print(f"  {coloured('warning:', 'warn', self._out)} {said}" + (f"\n  fix: {fix}" if fix else ""))

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def _under_way(self, title: str) -> contextlib.AbstractContextManager[object]:
        """On a terminal, something that turns meanwhile."""
        if self._as_json or not is_colourful(self._out):
            return contextlib.nullcontext()
        from rich.console import Console

        return Console(file=self._out).status(f"{title} …")
