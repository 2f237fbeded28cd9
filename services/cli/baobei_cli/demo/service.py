"""A real `baobei up` with a clock that travels, spoken to as any client would: HTTP and GraphQL."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from baobei_api.tokens import issue_token
from baobei_cli.folder import DataFolder

ALLIANCE: Final = "jinxiu"
SAMPLE_ORGANISATION: Final = Path(__file__).parents[1] / "data" / "org-sample.yaml"
TOKEN_VALID_S: Final = 3_600
REQUEST_TIMEOUT_S: Final = 30
STOP_WITHIN_S: Final = 30
READY: Final = "ready "


class ServiceFailed(Exception):
    """The service did not start, or answered something that no client was promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service and the folder that it keeps everything in."""

    url: str
    data: Path

    def ask(self, document: str, variables: Mapping[str, Any], *, by: str) -> dict[str, Any]:
        """Return what `/graphql` answers a staff member: `data`, `errors`, or both."""
        asked = {"query": document, "variables": dict(variables)}
        return self._post("/graphql", asked, {"Authorization": f"Bearer {self._token(by)}"})

    def travel(self, to: datetime) -> None:
        """Let the business clock stand at an instant; it never goes back."""
        self._post("/dev/clock", {"now": to.isoformat()})

    def run_jobs(self) -> dict[str, Any]:
        """Run what the worker would run by now, to its end."""
        return self._post("/dev/jobs", {})

    def publish(self, policy: Path, *, effective_from: datetime) -> None:
        """Publish a policy as an administrator would; raises `ServiceFailed` with what the command says."""
        done = subprocess.run(
            [
                *_baobei("policy", "publish", str(policy)),
                "--from",
                effective_from.isoformat(),
                "--data",
                self.data,
            ],
            env=_environment() | {"BAOBEI_CLOCK": "travel"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceFailed(done.stderr.strip())

    def _token(self, staff_code: str) -> str:
        key = (DataFolder(self.data).secrets / "dev_token_key").read_text().strip()
        return issue_token(key=key, staff_code=staff_code, alliance=ALLIANCE, expires_in_s=TOKEN_VALID_S)

    def _post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        # One connection a request: nothing is shared by two people who ask at once.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=REQUEST_TIMEOUT_S)
        try:
            sent = {"Content-Type": "application/json", **(headers or {})}
            connection.request("POST", path, json.dumps(body), sent)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ServiceFailed(f"POST {path}: {response.status} {text}")
        answer: dict[str, Any] = json.loads(text)
        return answer


@contextmanager
def running_service() -> Iterator[Service]:
    """Start the service with the sample alliance in a folder of its own; stop it and remove all in the end."""
    with tempfile.TemporaryDirectory(prefix="baobei-demo-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "up.log"
        options = ("--port", "0", "--data", str(data), "--org", str(SAMPLE_ORGANISATION), "--clock", "travel")
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                _baobei("up", *options),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        try:
            yield Service(url=_ready_url(process, log), data=data)
        finally:
            process.terminate()
            process.communicate(timeout=STOP_WITHIN_S)


def _ready_url(process: subprocess.Popen[str], log: Path) -> str:
    # `up` bounds its own start: it prints the line or ends.
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(READY):
        raise ServiceFailed(f"baobei up did not start:\n{log.read_text().strip()}")
    return line.removeprefix(READY).strip()


def _baobei(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "baobei_cli", *arguments]


def _environment() -> dict[str, str]:
    """Return the environment without settings of ours: the demo is the same on every machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BAOBEI_")}
