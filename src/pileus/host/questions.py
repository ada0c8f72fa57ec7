"""Questions the cloud puts to a host once, such as a guest's console log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.compute.host.hypervisor import HypervisorFailed, Measures, ShowsConsole

log = logging.getLogger(__name__)


class Questions:
    """Answers what it can; what it cannot is answered with `failed`."""

    def __init__(self, hypervisor: object) -> None:
        self._hypervisor = hypervisor

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a question (`about`, `id`, `more`)."""
        about, id, more = question.get("about"), str(question.get("id", "")), question.get("more", {})
        try:
            if about == "console" and isinstance(self._hypervisor, ShowsConsole):
                return {"text": self._hypervisor.console(id, int(more.get("lines", 100)))}
            if about == "usage" and isinstance(self._hypervisor, Measures):
                used = self._hypervisor.usage().get(id)
                return {} if used is None else dict(msgspec.to_builtins(used))
        except HypervisorFailed as trouble:
            return {"failed": trouble.said}
        except (AttributeError, TypeError, ValueError) as error:
            log.warning("%s of %s is asked in a way that cannot be understood: %s", about, id, error)
        return {"failed": f"This host cannot tell about {about}."}
