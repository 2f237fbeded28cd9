"""The ``baobei`` command line: usage errors, and what it does not import."""

import subprocess
import sys

import pytest

from baobei_cli.main import COMMANDS, run

SERVER_MODULES = ("asyncpg", "alembic", "arq", "redis", "starlette", "strawberry", "uvicorn")


def imported_by(*arguments: str) -> set[str]:
    listed = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "import sys; from baobei_cli.main import run; run(sys.argv[1:]); print('imported', *sys.modules)",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.rpartition("imported")[2].split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], f"baobei: no command nonsense: expected one of {', '.join(COMMANDS)}\n"),
        (["up", "--nonsense"], "baobei: No such option: --nonsense\n"),
        (["up", "extra"], "baobei: Got unexpected extra argument(s) (extra)\n"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    "arguments",
    [
        ["up", "--port", "http"],
        ["up", "--port", "65536"],
        ["up", "--port", "-1"],
        ["up", "--clock", "wall"],
    ],
)
def test_a_wrong_value_names_its_option(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.startswith(f"baobei: Invalid value for '{arguments[1]}': ")


def test_replay_imports_no_server() -> None:
    assert imported_by("replay", "--help").isdisjoint(SERVER_MODULES)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in shown] == []


def test_no_arguments_shows_help_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    shown = capsys.readouterr()
    assert "Usage: baobei" in shown.out
    assert shown.err == ""
