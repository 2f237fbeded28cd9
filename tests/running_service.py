"""Runs ``baobei up`` as a process of its own, as a person would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from baobei.clock import monotonic
from baobei_cli.embedded import EmbeddedPostgres, EmbeddedRedis
from baobei_cli.folder import DataFolder

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """A ``baobei up`` that has said that it is ready."""

    process: subprocess.Popen[bytes]
    base_url: str
    data: Path
    stdout: Path
    stderr: Path

    @property
    def database_url(self) -> str:
        """The URL of its database."""
        return database_url_of(self.data)

    def pid_of(self, name: str) -> int:
        """Return the process id of postgres, redis, api or worker, as last started."""
        return int(json.loads((self.data / "processes" / f"{name}.json").read_text())["pid"])

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_WITHIN_S)


def database_url_of(data: Path) -> str:
    """Return the URL of the database in a data folder."""
    return EmbeddedPostgres(folder=DataFolder(data.resolve()), account=None).url()


def redis_url_of(data: Path) -> str:
    """Return the URL of the Redis in a data folder."""
    return EmbeddedRedis(folder=DataFolder(data.resolve())).url


def baobei(
    *arguments: str, environment: Mapping[str, str] | None = None, within_s: float = READY_WITHIN_S
) -> subprocess.CompletedProcess[str]:
    """Run one ``baobei`` command to its end."""
    return subprocess.run(
        _command(*arguments),
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
    )


@contextlib.contextmanager
def running_service(
    data: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[RunningService]:
    """Start ``baobei up`` on a data folder and a free port, wait for its ready line, stop it in the end."""
    with starting_service(data, *options, environment=environment) as process:
        stdout, stderr = _outputs(data)
        base_url = _ready_url(process, stdout, stderr)
        yield RunningService(process=process, base_url=base_url, data=data, stdout=stdout, stderr=stderr)


@contextlib.contextmanager
def starting_service(
    data: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``baobei up`` on a data folder and a free port, and stop it in the end."""
    data.parent.mkdir(parents=True, exist_ok=True)
    stdout, stderr = _outputs(data)
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(
            _command("up", "--port", "0", "--data", str(data), *options),
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_WITHIN_S)


def kill(service: RunningService, name: str) -> bool:
    """Kill a program outright; False when it was down already."""
    try:
        pid = service.pid_of("postgres" if name == "backend" else name)
        os.kill(backend_of(pid) if name == "backend" else pid, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError, IndexError):
        return False
    return True


def backend_of(postmaster: int) -> int:
    """Return a process that serves a connection: when one dies so, the server starts all over."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    serving = [pid for pid in children if b"baobei baobei" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(serving[0])


def eventually(answer: Callable[[], bool], *, within_s: float = 20.0) -> bool:
    """Ask until the answer is yes; False when it never is."""
    give_up_at = monotonic() + within_s
    while monotonic() < give_up_at:
        if answer():
            return True
        time.sleep(POLL_S)
    return False


def _outputs(data: Path) -> tuple[Path, Path]:
    return data.with_name(f"{data.name}.stdout"), data.with_name(f"{data.name}.stderr")


def _ready_url(process: subprocess.Popen[bytes], stdout: Path, stderr: Path) -> str:
    eventually(lambda: "\n" in stdout.read_text() or process.poll() is not None, within_s=READY_WITHIN_S)
    line = stdout.read_text()
    if not line.startswith("ready http"):
        process.terminate()
        raise AssertionError(f"baobei up is not ready: {line!r}\n{stderr.read_text()}")
    return line.split()[1]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "baobei_cli", *arguments]


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAOBEI_")}
    return {**kept, **(changes or {})}
