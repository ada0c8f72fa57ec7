"""Every OpenAPI document, as a stranger's machine reads it: whatever it lets one ask, the answer is one it tells of.

Examples are made from the documents, good and bad, at the oldest and the newest version, on both databases; what is
named in a path is there more often than not.

    PILEUS_EXAMPLES=300 pytest tests/every/test_document.py -k compute     a long run, with other examples each time
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from schemathesis import GenerationMode

from tests.databases.templates import postgres_copy
from tests.every.town import SPOKEN, Told, Tongue, Town, answers, described
from tests.toy import Toy

MOODS = {"good": GenerationMode.POSITIVE, "bad": GenerationMode.NEGATIVE}
CITIZENS = ("admin", "member", "reader")
HIDDEN = frozenset({400, 403, 404, 405, 406, 413, 415})
"""What tells nobody whether a thing is there."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600), pytest.mark.parametrize("tongue", SPOKEN, ids=str)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for each database."""

    @contextmanager
    def built() -> Iterator[Toy]:
        own = postgres_copy() if request.param == "postgresql" else nullcontext("")
        with own as url:
            toy = Toy(tmp_path_factory.mktemp("town"), hosts=1, url=url)
            yield toy
            toy.close()

    made = Town(built)
    yield made
    made.leave()


@pytest.mark.parametrize("mood", MOODS)
def test_what_a_document_lets_one_ask_is_answered_as_it_says(town: Town, tongue: Tongue, mood: str) -> None:
    told = [
        (known, answer)
        for one, known in asked_about(town, tongue)
        for answer in answers(town, tongue, one, MOODS[mood], by=(*CITIZENS, "outsider", "stranger"))
    ]
    assert told
    wrong = [str(answer) for known, answer in told if not is_told_of(answer, known)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def asked_about(town: Town, tongue: Tongue) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Each operation and the answers its document tells of; meanwhile everybody keeps a good token."""
    whole, operations = described(tongue)
    for one in operations:
        town.mind()
        yield one, whole["paths"][one.path][one.method.lower()]["responses"]


def is_told_of(answer: Told, known: Mapping[str, Any]) -> bool:
    """Whether it is one of the answers a document knows, and no confession."""
    return answer.heard.code < 500 and str(answer.heard.code) in known


def test_what_is_anothers_is_hidden(town: Town, tongue: Tongue) -> None:
    told = [
        answer
        for one, _ in asked_about(town, tongue)
        if one.path_parameters
        for answer in answers(town, tongue, one, GenerationMode.POSITIVE, by=("outsider",))
    ]
    touched = [answer for answer in told if town.marys & set(answer.named)]
    assert touched or tongue.service.name not in ("compute", "network", "image")
    wrong = [str(answer) for answer in touched if answer.heard.code not in HIDDEN]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
