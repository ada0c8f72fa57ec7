"""clouds.yaml and secure.yaml: a block of our own in files that may hold other people's clouds, with their comments.

The block stands between two marks, so it is replaced and removed as text; what is around it stays as it is.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from pileus.cli.launch import given
from pileus.cli.state import State, write
from pileus.cli.words import Trouble

BEGIN, END = "# pileus: begun by `pileus up` of {}", "# pileus: ended"

USERS = {"pileus": "pileus", "pileus-admin": "admin"}
"""Clouds, and the user (and project, and secret) each stands for."""


def clouds(url: str, certificate: str = "") -> dict[str, Any]:
    """The two clouds, without their passwords.  `certificate` is a file clients shall trust besides what they do."""
    return {name: _cloud(url, user, certificate) for name, user in USERS.items()}


def _cloud(url: str, user: str, certificate: str) -> dict[str, Any]:
    domain = {"user_domain_name": "Default", "project_domain_name": "Default"}
    auth = {"auth_url": f"{url}/identity/v3", "username": user, "project_name": user, **domain}
    return {"auth": auth, "region_name": "RegionOne", **({"cacert": certificate} if certificate else {})}


def authority(certificate: str) -> str:
    """The file again, if what is in it signed itself: other certificates are vouched for by somebody clients know."""
    if not certificate:
        return ""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    except (OSError, ValueError):
        return ""
    return certificate if found.issuer == found.subject else ""


def passwords(state: State) -> dict[str, Any]:
    """The same clouds, with nothing but their passwords."""
    return {name: {"auth": {"password": state.secret(user)}} for name, user in USERS.items()}


def write_clouds(state: State, folder: Path, *, with_passwords: bool = False) -> list[str]:
    """Write both files in a folder; returns the names of clouds that are somebody else's and stay so.

    `with_passwords` writes them into clouds.yaml too, since clients that are told of that file do not look beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ours, secret = clouds(state.url, authority(given.kept(state, "api.tls_cert"))), passwords(state)
    if with_passwords:
        ours = {name: {**cloud, "auth": cloud["auth"] | secret[name]["auth"]} for name, cloud in ours.items()}
    kept = merge(folder / "clouds.yaml", state.root, ours, 0o600 if with_passwords else 0o644)
    merge(folder / "secure.yaml", state.root, {name: each for name, each in secret.items() if name not in kept}, 0o600)
    return kept


def merge(file: Path, owner: Path, ours: dict[str, Any], mode: int) -> list[str]:
    """Put clouds into a file, except those it has from elsewhere, which are returned."""
    before = file.read_text() if file.exists() else ""
    rest = without_block(before, owner)
    others = _clouds_in(file, rest)
    taken = [name for name in ours if name in others]
    after = with_block(rest, owner, {name: cloud for name, cloud in ours.items() if name not in taken})
    if _clouds_in(file, after) != others | {name: cloud for name, cloud in ours.items() if name not in taken}:
        raise Trouble(f"{file} is written in a way that cannot be added to", fix=f"use {owner / file.name}")
    if after != before:
        if before:
            shutil.copy2(file, file.with_name(f"{file.name}.kept"))
        write(file, after, mode)
    return taken


def remove(folder: Path, owner: Path) -> None:
    """Take our blocks out of both files again; a file, and a folder, with nothing else goes."""
    for name in ("clouds.yaml", "secure.yaml"):
        _remove(folder / name, owner)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _remove(file: Path, owner: Path) -> None:
    before = file.read_text() if file.exists() else ""
    after = without_block(before, owner)
    if after.split() in ([], ["clouds:"]):
        file.unlink(missing_ok=True)
    elif after != before:
        write(file, after, file.stat().st_mode & 0o777)


def without_block(text: str, owner: Path) -> str:
    """The text less our block."""
    begin = re.escape(BEGIN.format(owner))
    return re.sub(rf"(?m)^[ \t]*{begin}\n(?:.*\n)*?[ \t]*{re.escape(END)}\n", "", text)


def with_block(text: str, owner: Path, ours: dict[str, Any]) -> str:
    """The text with our block at the beginning of its `clouds`."""
    head = re.search(r"(?m)^clouds:[ \t]*(?:\{\}|null|~)?[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*(?P<indent> *)", text)
    indent = (head and head["indent"]) or "  "
    lines = [BEGIN.format(owner), *(line for name, cloud in ours.items() for line in _lines(name, cloud)), END]
    block = "".join(f"{indent}{line}\n" for line in lines)
    if head is None:
        return f"{text.rstrip()}\n\nclouds:\n{block}".lstrip()
    at = text.index("\n", head.start()) + 1
    return f"{text[: head.start()]}clouds:\n{block}{text[at:]}"


def _lines(name: str, value: Any) -> list[str]:
    """A value as YAML; strings as JSON writes them, which YAML reads alike."""
    if isinstance(value, dict):
        return [f"{name}:", *(f"  {line}" for inner, each in value.items() for line in _lines(inner, each))]
    return [f"{name}: {json.dumps(value)}"]


def _clouds_in(file: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(text) or {}
        return dict(found.get("clouds") or {})
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise Trouble(f"{file} cannot be read", str(error), "mend it, or move it away") from error
