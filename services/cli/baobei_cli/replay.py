"""`baobei replay`: a history decided again under a policy, from file to file."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, BinaryIO, Final, TextIO
from zoneinfo import ZoneInfo

import typer
import yaml

from baobei.history_events import HistoryError, read_event, read_instant
from baobei.policy.document import Policy, default_policy, read_policy
from baobei.policy.yaml_lines import PolicyDocumentError
from baobei.replay import Replay, to_line
from baobei_cli.errors import CommandError

# What an organisation file that names none means.
DEFAULT_TIME_ZONE: Final = "Asia/Shanghai"
STANDARD_STREAM: Final = "-"
_TAIL_BYTES: Final = 65_536
_OK, _FAILED = 0, 1


def replay(
    history: Annotated[str, typer.Argument(metavar="HISTORY", help="JSON Lines; - reads standard input")],
    out: Annotated[str, typer.Option("--out", help="where the outcomes go; - is standard output")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="a policy document; else the one that ships")
    ] = None,
    org: Annotated[
        Path | None, typer.Option("--org", help="an organisation file; its time zone counts")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="also print every standing at this instant")
    ] = None,
) -> None:
    """Decide a recorded history again: one outcome for each event, in order."""
    try:
        at = None if as_of is None else _instant(as_of)
        replayed_policy = load_policy(policy, org)
        _refuse_early(history, out, replayed_policy, at=at, as_of=as_of)
        status = _run(history, out, replayed_policy, at=at, as_of=as_of)
    except PolicyDocumentError as error:
        raise CommandError(str(error)) from None
    except BrokenPipeError:
        # Whoever read the outcomes has seen enough; keep Python from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_FAILED) from None
    except OSError as error:
        raise CommandError(f"{error.filename or out}: {error.strerror}", status=_FAILED) from None
    raise typer.Exit(status)


def load_policy(policy: Path | None, org: Path | None) -> Policy:
    """Return the policy of a file (or the one that ships), counted in the organisation's time zone."""
    chosen = default_policy() if policy is None else read_policy(_read(policy, "--policy"), name=str(policy))
    return chosen if org is None else chosen.in_time_zone(_time_zone(org))


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{option} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{option} {path}: expected text in UTF-8") from None


def _time_zone(org: Path) -> ZoneInfo:
    try:
        alliance = yaml.safe_load(_read(org, "--org"))["alliance"]
        return ZoneInfo(alliance.get("time_zone", DEFAULT_TIME_ZONE))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError, OSError):
        raise CommandError(
            f"--org {org}: expected an organisation file with alliance.time_zone, such as Asia/Shanghai"
        ) from None


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError:
        raise CommandError(f"--as-of {text}: expected an ISO 8601 instant with its offset") from None


def _refuse_early(history: str, out: str, policy: Policy, *, at: datetime | None, as_of: str | None) -> None:
    """Refuse what can be known before the first outcome is written."""
    if history != STANDARD_STREAM:
        source = Path(history)
        if not source.exists():
            raise CommandError(f"{history}: no such file")
        if source.is_dir():
            raise CommandError(f"{history}: expected a file, got a folder")
        if out != STANDARD_STREAM and Path(out).exists() and source.samefile(out):
            raise CommandError(f"--out {out}: expected another file than the history")
        if at is not None and source.is_file() and _ends_after(source, policy, at):
            raise CommandError(f"--as-of {as_of}: expected an instant not before the last event")


def _ends_after(source: Path, policy: Policy, at: datetime) -> bool:
    """Whether the last event of a file is after `at`.

    A look at the tail settles the ordinary case; only where it shows a later line is the file replayed
    once for nothing, to see whether that line is an event or an error.
    """
    if not _tail_is_after(source, at):
        return False
    rehearsal = Replay(policy)
    with source.open("rb") as file:
        return any(answer.at is not None and answer.at > at for answer in rehearsal.answers(file))


def _tail_is_after(source: Path, at: datetime) -> bool:
    """Whether the end of a file, as far back as it takes to find an event, holds one after `at`."""
    size, reach = source.stat().st_size, _TAIL_BYTES
    while True:
        with source.open("rb") as file:
            file.seek(max(0, size - reach))
            lines = file.read(reach).split(b"\n")
        instants = [instant for line in lines if (instant := _instant_of(line)) is not None]
        if instants or reach >= size:
            return any(instant > at for instant in instants)
        reach *= 2


def _instant_of(line: bytes) -> datetime | None:
    try:
        return read_event(line).at
    except HistoryError:
        return None


def _run(history: str, out: str, policy: Policy, *, at: datetime | None, as_of: str | None) -> int:
    gc.disable()  # values without cycles, and ever more of them: looking for garbage finds none
    run = Replay(policy)
    with _opened_in(history) as lines, _opened_out(out) as outcomes:
        for answer in run.answers(lines):
            outcomes.write(to_line(answer.outcome))
        if at is not None and as_of is not None:
            if run.last_event_at is not None and at < run.last_event_at:
                print(f"baobei replay: --as-of {as_of} is before the last event", file=sys.stderr)
                return _FAILED
            for outcome in run.standings(at, as_of=as_of):
                outcomes.write(to_line(outcome))
    if run.errors:
        print(f"baobei replay: {run.errors} lines are in error", file=sys.stderr)
    return _FAILED if run.errors else _OK


@contextmanager
def _opened_in(history: str) -> Iterator[BinaryIO]:
    if history == STANDARD_STREAM:
        if sys.stdin is None:
            raise CommandError("-: standard input is closed")
        yield sys.stdin.buffer
        return
    try:
        file = open(history, "rb")  # noqa: SIM115 - closed by `with` below
    except OSError as error:
        raise CommandError(f"{history}: {error.strerror}") from None
    with file:
        yield file


@contextmanager
def _opened_out(out: str) -> Iterator[TextIO]:
    if out == STANDARD_STREAM:
        if not isinstance(sys.stdout, TextIOWrapper):
            raise CommandError("--out -: standard output is closed")
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        file = open(out, "w", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by `with` below
    except OSError as error:
        raise CommandError(f"--out {out}: {error.strerror}") from None
    with file:
        yield file
