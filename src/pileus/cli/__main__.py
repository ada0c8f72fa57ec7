"""`python -m pileus.cli`: how the cloud starts its own processes."""

from __future__ import annotations

from pileus.cli import main

main()
