"""The `pileus` command: each sub-command is imported when it is called, so that `pileus --help` answers at once."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

from pileus.cli.words import Trouble, tell

COMMANDS = {
    "up": "Bring up a cloud, or whatever of it is down",
    "status": "Show the cloud on one screen",
    "chunks": "Look after the chunk stores: stats, gc, scrub",
    "doctor": "Look for what is wrong, and say how to mend it",
    "logs": "Read what the cloud wrote down (-f: and what it is writing)",
    "ssh": "Log in to a server, from within its host's network",
    "enter": "Open a shell inside a contained host",
    "keys": "Change the keys that seal tokens, or what is stored",
    "down": "Stop the cloud; its servers go on",
    "destroy": "Remove the cloud and every trace of it",
    "serve": "Run the API and the workflows, in the foreground",
    "host": "Run the agent of this host, in the foreground",
}
"""Sub-commands in the order of their use, each with its line of help; each is `command` in the module of its name."""


class Later(click.Command):
    """A sub-command whose module is imported when it is really called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """From here on it is the real command's context."""
        real: click.Command = importlib.import_module(f"pileus.cli.{self.name}").command
        return real.make_context(info_name, args, parent, **extra)


class InOrder(click.Group):
    """Commands are listed in the order of their use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As they stand."""
        return list(self.commands)


@click.group(
    cls=InOrder,
    commands=[Later(name, short_help=said) for name, said in COMMANDS.items()],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="pileus", message="pileus %(version)s")
def pileus() -> None:
    """Pileus: a private cloud that speaks the OpenStack APIs."""


def main() -> None:
    """Run the command line; what went wrong is told in three lines."""
    try:
        raise SystemExit(pileus(standalone_mode=False))
    except Trouble as trouble:
        tell(trouble)
        code = trouble.code
    except click.UsageError as error:
        tell(misused(error))
        code = error.exit_code
    except click.Abort:
        code = 128 + signal.SIGINT
    except ConnectionRefusedError as error:
        tell(Trouble("the cloud does not answer any more", str(error), "pileus logs says what happened; pileus up"))
        code = 1
    except BrokenPipeError:  # whoever read along has gone, and the interpreter would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    raise SystemExit(code)


def misused(error: click.UsageError) -> Trouble:
    """A command line that was not understood."""
    command = error.ctx.command_path if error.ctx else "pileus"
    return Trouble(f"{command}: this cannot be understood", error.format_message(), f"{command} --help says what can")
