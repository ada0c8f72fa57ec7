"""What processes write down: a JSON object a line, the same from structlog and from Python's own logging."""

from __future__ import annotations

import contextlib
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

_EXTRAS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """`at`, `level`, `logger`, `event`, the record's own extras, and `exception` where there is one."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: str(value) for name, value in vars(record).items() if name not in _EXTRAS}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class Lossy:
    """The end of a file that loses a line rather than break the work that wrote it: its disk may be full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, line: bytes) -> None:
        """Append it, if there is room."""
        with contextlib.suppress(OSError):
            os.write(self._descriptor, line)

    def flush(self) -> None:
        """Nothing is kept back."""


def write_to(file: Path) -> int:
    """Log to the end of a file from now on, and let what is printed go there too; returns its descriptor."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    handler = logging.StreamHandler(os.fdopen(descriptor, "a", closefd=False))
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return descriptor


def write_structured(descriptor: int) -> None:
    """Let structlog write there too."""
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=lambda line, **_: msgspec.json.encode(line, enc_hook=str)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(Lossy(descriptor)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
