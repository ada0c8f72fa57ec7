"""`openstack image push` and `openstack image pull`, found by python-openstackclient through entry points."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from osc_lib import exceptions
from osc_lib.cli import parseractions
from osc_lib.command import command
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from pileus.client.api import BYTES, Failed, Images, Reply, new_image
from pileus.client.pulling import Pull
from pileus.client.pushing import Push

DISKS = ("raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso", "ami", "ari", "aki", "ploop")
CONTAINERS = ("bare", "ami", "ari", "aki", "ovf", "ova", "docker", "compressed")
VISIBILITIES = ("public", "private", "shared", "community")
QCOW2 = b"QFI\xfb"


class SdkCarrier:
    """Carries requests by the SDK's image proxy, which knows the endpoint and renews the token."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """See `Carrier`."""
        given: dict[str, Any] = {}
        if isinstance(body, bytes):
            given = {"data": body, "headers": {"Content-Type": BYTES}}
        elif body is not None:
            given = {"json": body}
        answer = self._proxy.request(path, method, raise_exc=False, **given)
        content = bytes(answer.content)
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return Reply(answer.status_code, content, json.loads(content) if is_json and content else None)


class ImagePush(command.ShowOne):
    """Send a disk image, only those chunks of it that the cloud does not have"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """What may be given."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument("file", metavar="<file>", type=Path, help="Disk image to send")
        parser.add_argument("--name", metavar="<name>", help="Name of the new image (default: the file's)")
        parser.add_argument("--image", metavar="<image>", help="Existing image without data to send to (name or ID)")
        parser.add_argument("--disk-format", choices=DISKS, help="Default: qcow2 or raw, as the file begins")
        parser.add_argument("--container-format", choices=CONTAINERS, default="bare")
        parser.add_argument("--min-disk", metavar="<GB>", type=int, default=0)
        parser.add_argument("--min-ram", metavar="<MB>", type=int, default=0)
        parser.add_argument("--store", metavar="<store>", help="Store to keep it in")
        parser.add_argument("--tag", dest="tags", metavar="<tag>", action="append", default=[])
        parser.add_argument("--property", dest="properties", metavar="<key=value>", action=parseractions.KeyValueAction)
        group = parser.add_mutually_exclusive_group()
        for visibility in VISIBILITIES:
            group.add_argument(f"--{visibility}", dest="visibility", action="store_const", const=visibility)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Make the image unless it is there, and send."""
        proxy = _proxy(self)
        with _failing():
            image = _image_for(proxy, parsed_args)
            told = f"Sending {parsed_args.file.name}"
            try:
                with _progress(told, parsed_args.file.stat().st_size, counts="cut") as progress:
                    pushed = Push(Images(SdkCarrier(proxy), image.id), parsed_args.file, progress).run(
                        store=parsed_args.store
                    )
            except (KeyboardInterrupt, Failed, OSError):
                self.log.warning("go on with: openstack image push --image %s %s", image.id, parsed_args.file)
                raise
        shown = proxy.get_image(image.id)
        columns = ("id", "name", "status", "disk_format", "size", "checksum", "sent")
        values = (shown.id, shown.name, shown.status, shown.disk_format, shown.size, shown.checksum, pushed.sent)
        return columns, values


class ImagePull(command.ShowOne):
    """Fetch a disk image, only those chunks of it that are in no file here"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """What may be given."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument("image", metavar="<image>", help="Image to fetch (name or ID)")
        parser.add_argument("--file", metavar="<file>", type=Path, required=True, help="Where to write it")
        parser.add_argument(
            "--from",
            dest="near",
            metavar="<file>",
            type=Path,
            action="append",
            default=[],
            help="File that may hold much of it, such as an older version (may be repeated)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Fetch what is missing here, and check all of it."""
        proxy = _proxy(self)
        with _failing():
            image = proxy.find_image(parsed_args.image, ignore_missing=False)
            near = [path for path in [*parsed_args.near, parsed_args.file] if path.exists()]
            with _progress(f"Fetching {image.name}", image.size or 0, counts="done") as progress:
                pulled = Pull(Images(SdkCarrier(proxy), image.id), parsed_args.file, near, progress).run()
        return ("id", "file", "size", "fetched"), (image.id, str(parsed_args.file), pulled.size, pulled.fetched)


def _proxy(asked: command.Command) -> Any:
    """The SDK's image service, as the client has it."""
    manager: Any = asked.app.client_manager
    return manager.image


def _image_for(proxy: Any, asked: argparse.Namespace) -> Any:
    """The image to push to: the one named, an interrupted push's of that name, or a new one."""
    if not asked.file.is_file():
        raise Failed(f"there is no file {asked.file}")
    if asked.image is not None:
        return proxy.find_image(asked.image, ignore_missing=False)
    name = asked.name or asked.file.stem
    for image in proxy.images(name=name, status="saving"):
        if image.owner == proxy.get_project_id() and Images(SdkCarrier(proxy), image.id).push_state():
            return image
    wanted = {
        "name": name,
        "disk_format": asked.disk_format or _format_of(asked.file),
        "container_format": asked.container_format,
        "min_disk": asked.min_disk,
        "min_ram": asked.min_ram,
        "tags": asked.tags,
        **({"visibility": asked.visibility} if asked.visibility else {}),
        **(asked.properties or {}),
    }
    return proxy.get_image(new_image(SdkCarrier(proxy), wanted))


def _format_of(path: Path) -> str:
    with path.open("rb") as file:
        return "qcow2" if file.read(4) == QCOW2 else "raw"


@contextmanager
def _failing() -> Iterator[None]:
    """Say what went wrong as the client says it."""
    try:
        yield
    except (Failed, OSError) as error:
        raise exceptions.CommandError(str(error)) from error


@contextmanager
def _progress(told: str, size: int, *, counts: str) -> Iterator[Callable[[str, int], object]]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[sent]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task, travelled = progress.add_task(told, total=size, sent=""), 0

        def hear(what: str, amount: int) -> None:
            nonlocal travelled
            if what == counts:
                progress.advance(task, amount)
            else:
                travelled += amount
                progress.update(task, sent=f"{travelled / 1e6:,.1f} MB sent")

        yield hear
