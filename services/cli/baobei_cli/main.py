"""The ``baobei`` command.

Sub-commands live in modules of their own and only the one that was asked for is imported: ``baobei replay``
must start at once, and has no use for a database driver.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from keyword import iskeyword

import typer

from baobei.settings import SettingsError
from baobei_cli.errors import CommandError

USAGE_STATUS = 2

# Command -> the module that holds it: as `app` (a typer.Typer) when it has sub-commands, else as a function
# of the command's own name (`import_` for a word that Python keeps for itself).
COMMANDS = {
    "up": "baobei_cli.up",
    "migrate": "baobei_cli.migrate",
    "org": "baobei_cli.org",
    "token": "baobei_cli.token",
    "apikey": "baobei_cli.apikey",
    "policy": "baobei_cli.policy",
    "keys": "baobei_cli.keys",
    "person": "baobei_cli.person",
    "jobs": "baobei_cli.jobs",
    "audit": "baobei_cli.audit",
    "replay": "baobei_cli.replay",
    "import": "baobei_cli.import_",
    "history": "baobei_cli.history",
}


def main() -> None:
    """Run the command line of this process, and end the process with its exit status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit status; 2 for what the caller has to put right."""
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    if asked is not None and asked not in COMMANDS:
        return _fail(f"no command {asked}: expected one of {', '.join(COMMANDS)}", USAGE_STATUS)
    app = build(COMMANDS if asked is None else [asked])
    try:
        status = app(args=arguments, prog_name="baobei", standalone_mode=False)
    except CommandError as error:
        return _fail(str(error), error.status)
    except SettingsError as error:
        return _fail(str(error), USAGE_STATUS)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except typer.Abort:
        return _fail("aborted", 1)
    return status if isinstance(status, int) else 0


def build(names: Iterable[str]) -> typer.Typer:
    """Return the application with the commands named, importing nothing else."""
    app = typer.Typer(
        help="报备: registration of prospective customers and attribution of orders.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    # Without a callback, typer takes a single command for the whole application.
    app.callback()(lambda: None)
    for name in names:
        module = import_module(COMMANDS[name])
        if isinstance(group := getattr(module, "app", None), typer.Typer):
            app.add_typer(group, name=name)
        else:
            app.command(name)(getattr(module, f"{name}_" if iskeyword(name) else name))
    return app


def _fail(message: str, status: int) -> int:
    # Asked nothing, typer has printed the help and leaves no message.
    if message:
        print(f"baobei: {message}", file=sys.stderr)
    return status
