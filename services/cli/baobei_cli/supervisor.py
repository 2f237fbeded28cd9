"""Keeps programs running: starts them in order, starts again what dies, stops them in the opposite order."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from baobei.clock import monotonic
from baobei_cli import processes
from baobei_cli.account import Account, before_exec
from baobei_cli.errors import CommandError

TICK_S = 0.05
FIRST_PAUSE_S = 0.1
# What stands on PostgreSQL dies with it and must not be long in coming back.
LONGEST_PAUSE_S = 3.0
# A program that ran this long is taken to be well: its next death is its first.
WELL_AFTER_S = 30.0
DEATHS_BEFORE_READY = 5
LOG_TAIL_LINES = 5
LARGEST_LOG_BYTES = 10_000_000


class StopRequested(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program to keep running."""

    name: str
    command: tuple[str, ...]
    log: Path
    stop_signal: signal.Signals
    stop_within_s: float
    # Is it ready, as the process of this id?
    is_ready: Callable[[int], bool]
    # All of it: ours may hold variables that change what PostgreSQL does, and keys that are not its business.
    environment: Mapping[str, str]
    # Runs before every start: removes what an earlier process left behind.
    before_start: Callable[[], None] = lambda: None
    account: Account | None = None
    inherited_fds: tuple[int, ...] = ()


@dataclass(slots=True)
class _Kept:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float | None = None


class Supervisor:
    """Runs programs until it is asked to stop."""

    def __init__(self, *, notes: Path) -> None:
        """Keep notes of what was started in a folder, by which :meth:`stop_leftovers` finds it after a crash."""
        self.stop_requested = False
        self._notes = notes
        self._kept: list[_Kept] = []

    def request_stop(self) -> None:
        """Ask to stop; every wait ends with :class:`StopRequested`. May be called by a signal handler."""
        self.stop_requested = True

    def stop_leftovers(self, *, within_s: float) -> None:
        """Stop what an earlier run started and did not live to stop."""
        for path in sorted(self._notes.glob("*.json")):
            processes.stop_leftover(path, within_s=within_s)

    def start(self, program: Program, *, ready_within_s: float) -> None:
        """Start a program and wait until it is ready.

        Raises :class:`CommandError` with the end of its log when it does not get there.
        """
        kept = self.launch(program)
        give_up_at = monotonic() + ready_within_s
        while not self._is_ready(kept):
            if self.stop_requested:
                raise StopRequested
            if kept.deaths >= DEATHS_BEFORE_READY or monotonic() > give_up_at:
                raise CommandError(
                    f"{program.name} does not start: see {program.log}{_tail(program.log)}", status=1
                )
            self.tend()
            time.sleep(TICK_S)

    def launch(self, program: Program) -> _Kept:
        """Start a program without waiting for it."""
        kept = _Kept(program)
        self._kept.append(kept)
        self._spawn(kept)
        return kept

    def tend(self) -> None:
        """Start again what has died, after a pause that grows with each death in a row."""
        for kept in self._kept:
            if kept.process is not None and (status := kept.process.poll()) is not None:
                self._bury(kept, status)
            if kept.start_again_at is not None and monotonic() >= kept.start_again_at:
                self._spawn(kept)

    def run(self) -> None:
        """Tend the programs until somebody asks to stop."""
        while not self.stop_requested:
            self.tend()
            time.sleep(TICK_S)

    def stop(self) -> None:
        """Stop all programs, the last one started first, each before the next."""
        while self._kept:
            kept = self._kept.pop()
            if kept.process is not None:
                _end(kept.process, kept.program)
            self._note(kept.program).unlink(missing_ok=True)

    def pid_of(self, name: str) -> int | None:
        """Return the process id of a program; None while it is down."""
        process = next(kept.process for kept in self._kept if kept.program.name == name)
        return None if process is None else process.pid

    def _is_ready(self, kept: _Kept) -> bool:
        process = kept.process
        return process is not None and process.poll() is None and kept.program.is_ready(process.pid)

    def _spawn(self, kept: _Kept) -> None:
        program = kept.program
        kept.start_again_at = None
        program.before_start()
        _roll(program.log)
        with program.log.open("ab") as log:
            kept.process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.environment),
                pass_fds=program.inherited_fds,
                # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the rest in order.
                start_new_session=True,
                # We have no threads, so running Python between fork and exec is safe.
                preexec_fn=before_exec(program.account, program.stop_signal),
            )
        kept.started_at = monotonic()
        processes.note(self._note(program), kept.process.pid, program.stop_signal)

    def _bury(self, kept: _Kept, status: int) -> None:
        kept.process = None
        kept.deaths = 1 if monotonic() - kept.started_at > WELL_AFTER_S else kept.deaths + 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (kept.deaths - 1), LONGEST_PAUSE_S)
        kept.start_again_at = monotonic() + pause_s
        say(f"{kept.program.name} ended ({_how(status)}); starting it again in {pause_s:.1f} s")

    def _note(self, program: Program) -> Path:
        return self._notes / f"{program.name}.json"


@contextlib.contextmanager
def stop_on_signals(supervisor: Supervisor) -> Iterator[None]:
    """Let SIGTERM, Ctrl-C and a closed terminal ask the supervisor to stop."""
    asked = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: supervisor.request_stop()) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(message: str) -> None:
    """Tell the person at the terminal; standard output is kept for the one line that programs read."""
    print(f"baobei: {message}", file=sys.stderr, flush=True)


def _end(process: subprocess.Popen[bytes], program: Program) -> None:
    process.send_signal(program.stop_signal)
    try:
        process.wait(program.stop_within_s)
    except subprocess.TimeoutExpired:
        say(f"{program.name} did not stop within {program.stop_within_s:g} s: killing it")
        process.kill()
        process.wait()


def _how(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name


def _roll(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:] if log.exists() else []
    return "".join(f"\n  {line}" for line in lines)
