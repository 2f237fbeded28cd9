"""``baobei up``: the whole service on one machine."""

import asyncio
import base64
import contextlib
import http.client
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from baobei.clock import TravelClock
from baobei.migration import MigrationError, migrate
from baobei.operations.key_proofs import prove_keys
from baobei.settings import load_settings
from baobei.vault import VaultError
from baobei_cli.desk import vault_of
from baobei_cli.embedded import EmbeddedPostgres, EmbeddedRedis, embedded_postgres
from baobei_cli.errors import CommandError
from baobei_cli.folder import DataFolder, keep_secret, open_folder
from baobei_cli.supervisor import Program, StopRequested, Supervisor, say, stop_on_signals

READY_WITHIN_S = 60.0
LEFTOVERS_STOP_WITHIN_S = 10.0
PROBE_TIMEOUT_S = 2.0
API_DRAINS_WITHIN_S = 3
WORKER_GIVES_BACK_WITHIN_S = 10
BACKLOG = 2048
KEY_BYTES = 32


class ClockName(StrEnum):
    """The clocks one can start with."""

    SYSTEM = "system"
    TRAVEL = "travel"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    host: str
    port: int
    data: Path
    org: Path | None
    clock: ClockName


def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 picks a free one.")
    ] = 8000,
    data: Annotated[Path, typer.Option(help="Folder that keeps everything.")] = Path("data"),
    org: Annotated[
        Path | None, typer.Option(help="Units and staff to create or update first (YAML).")
    ] = None,
    clock: Annotated[ClockName, typer.Option(help="travel: time stands still until POST /dev/clock.")] = (
        ClockName.SYSTEM
    ),
) -> None:
    """Run everything: real PostgreSQL and Redis, migrations, the API and the worker, in one data folder."""
    request = _Request(host=host, port=port, data=data, org=org, clock=clock)
    if org is not None and not org.is_file():
        raise CommandError(f"--org {org}: no such file")
    with open_folder(data) as folder:
        supervisor = Supervisor(notes=folder.notes)
        with stop_on_signals(supervisor), contextlib.suppress(StopRequested):
            supervisor.stop_leftovers(within_s=LEFTOVERS_STOP_WITHIN_S)
            with _listen(request) as listener:
                try:
                    _serve(request, folder, supervisor, listener)
                finally:
                    supervisor.stop()


def _serve(request: _Request, folder: DataFolder, supervisor: Supervisor, listener: socket.socket) -> None:
    postgres = embedded_postgres(folder)
    redis = EmbeddedRedis(folder=folder)
    environment = _environment(request, folder, postgres, redis)
    load_settings(environment=environment)
    say(f"data in {folder.root}")
    postgres.prepare()
    supervisor.start(postgres.program(), ready_within_s=READY_WITHIN_S)
    _prepare_database(request, postgres)
    # Nothing waits for it: it carries hints alone.
    supervisor.launch(redis.program())
    supervisor.launch(_worker(folder, environment))
    supervisor.start(_api(folder, environment, listener), ready_within_s=READY_WITHIN_S)
    print(f"ready {_address(request.host, listener)}", flush=True)
    supervisor.run()
    say("stopping")


def _prepare_database(request: _Request, postgres: EmbeddedPostgres) -> None:
    try:
        asyncio.run(postgres.create_database())
        asyncio.run(migrate(postgres.url()))
    except MigrationError as error:
        raise CommandError(f"--data {request.data}: {error}") from None
    except asyncpg.PostgresError as error:
        raise CommandError(
            f"--data {request.data}: the database cannot be migrated: {error}", status=1
        ) from None
    asyncio.run(_prove_keys(request.data, postgres.url()))
    asyncio.run(_set_the_clock(postgres.url(), request.clock))
    if request.org is not None:
        from baobei_cli.org import apply_file

        say(asyncio.run(apply_file(database_url=postgres.url(), path=request.org)))


async def _prove_keys(data: Path, database_url: str) -> None:
    """Refuse keys that are not those of this folder's data, before anybody works with them."""
    vault = vault_of(data)
    connection = await asyncpg.connect(database_url)
    try:
        await prove_keys(connection, vault)
    except VaultError as error:
        raise CommandError(str(error)) from None
    finally:
        await connection.close()


async def _set_the_clock(database_url: str, clock: ClockName) -> None:
    """Stop the clock for travel, or forget a travel that is over: a row means that time is travelled."""
    connection = await asyncpg.connect(database_url)
    try:
        if clock is ClockName.TRAVEL:
            await TravelClock().now(connection)
        else:
            await TravelClock().end(connection)
    finally:
        await connection.close()


def _environment(
    request: _Request, folder: DataFolder, postgres: EmbeddedPostgres, redis: EmbeddedRedis
) -> Mapping[str, str]:
    # Whoever sets a key of their own keeps it; the others are made once and kept in the folder.
    keys = {
        "BAOBEI_VAULT_KEYS": ("vault_keys", lambda: f"1:{_random_key()}"),
        "BAOBEI_VAULT_INDEX_KEY": ("vault_index_key", _random_key),
    }
    if os.environ.get("BAOBEI_MODE") != "production":
        keys["BAOBEI_DEV_TOKEN_KEY"] = ("dev_token_key", _random_key)
    return {
        "BAOBEI_DATABASE_URL": postgres.url(),
        "BAOBEI_REDIS_URL": redis.url,
        "BAOBEI_CLOCK": request.clock.value,
        **{
            variable: os.environ.get(variable) or keep_secret(folder, name, make)
            for variable, (name, make) in keys.items()
        },
    }


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _api(folder: DataFolder, environment: Mapping[str, str], listener: socket.socket) -> Program:
    address, port = _probe_address(listener)
    return Program(
        name="api",
        command=(
            sys.executable, "-P", "-m", "uvicorn", "--factory", "baobei_api.app:create_app",
            "--fd", str(listener.fileno()), "--no-access-log", "--no-server-header", "--no-proxy-headers",
            "--timeout-graceful-shutdown", str(API_DRAINS_WITHIN_S),
        ),
        log=folder.logs / "api.log",
        stop_signal=signal.SIGTERM,
        stop_within_s=API_DRAINS_WITHIN_S + 2,
        is_ready=lambda _pid: _answers(address, port),
        environment={**os.environ, **environment},
        inherited_fds=(listener.fileno(),),
    )  # fmt: skip


def _worker(folder: DataFolder, environment: Mapping[str, str]) -> Program:
    return Program(
        name="worker",
        command=(sys.executable, "-P", "-m", "arq", "baobei_worker.arq_settings.WorkerSettings"),
        log=folder.logs / "worker.log",
        stop_signal=signal.SIGTERM,
        stop_within_s=WORKER_GIVES_BACK_WITHIN_S,
        is_ready=lambda _pid: True,
        environment={**os.environ, **environment},
    )


def _listen(request: _Request) -> socket.socket:
    # We keep the socket and the API inherits it: a port in use is noticed before anything starts, and while
    # the API is started again its clients wait instead of being refused.
    where = f"{request.host}:{request.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            request.host, request.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CommandError(f"--host {request.host}: cannot listen on {where}: {error.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CommandError(f"--port {request.port}: cannot listen on {where}: {error.strerror}") from None
    return listener


def _address(host: str, listener: socket.socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _probe_address(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - asks, does not bind


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
