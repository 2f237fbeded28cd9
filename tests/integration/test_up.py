"""``baobei up`` as a real process: what it promises to a person and to their scripts."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from baobei.clock import TravelClock
from baobei.migration import current_revision, statements_after
from baobei_cli.embedded import SUPERUSER, embedded_postgres
from baobei_cli.folder import open_folder
from baobei_cli.supervisor import Supervisor
from running_service import (
    READY_WITHIN_S,
    RunningService,
    baobei,
    database_url_of,
    eventually,
    redis_url_of,
    running_service,
    starting_service,
)

MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that this module starts services on, one after the other."""
    return tmp_path_factory.mktemp("up") / "data"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]


async def set_clock(data: Path, instant: datetime) -> None:
    connection = await asyncpg.connect(database_url_of(data))
    try:
        await TravelClock().set(connection, instant)
    finally:
        await connection.close()


async def read_clock(data: Path) -> datetime:
    connection = await asyncpg.connect(database_url_of(data))
    try:
        return await TravelClock().now(connection)
    finally:
        await connection.close()


def test_it_prints_one_line_and_serves_there(data: Path) -> None:
    with running_service(data) as service:
        assert answers(f"{service.base_url}/healthz")
        assert answers(f"{service.base_url}/readyz")

    assert service.stdout.read_text() == f"ready {service.base_url}\n"


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_with_status_0_and_leaves_nothing_running(
    data: Path, asked: signal.Signals
) -> None:
    with running_service(data) as service:
        children = [service.pid_of(name) for name in ("postgres", "redis", "worker", "api")]
        service.process.send_signal(asked)

        assert service.process.wait(15) == 0

    assert [is_gone(pid) for pid in children] == [True] * 4
    assert list((data / "processes").iterdir()) == []


def test_it_stops_what_serves_before_what_it_stands_on(data: Path) -> None:
    with running_service(data) as service:
        service.stop()

    ended = {
        name: (data / "logs" / f"{name}.log").stat().st_mtime_ns for name in ("api", "redis", "postgres")
    }
    assert sorted(ended, key=lambda name: ended[name]) == ["api", "redis", "postgres"]


@pytest.mark.parametrize("name", ["postgres", "redis", "worker", "api"])
def test_what_is_killed_comes_back(service: RunningService, name: str) -> None:
    killed = service.pid_of(name)
    # The worker ends by itself when Redis does.
    with contextlib.suppress(ProcessLookupError):
        os.kill(killed, signal.SIGKILL)

    assert eventually(lambda: service.pid_of(name) != killed and not is_gone(service.pid_of(name)))
    assert eventually(lambda: answers(f"{service.base_url}/readyz"))
    assert service.process.poll() is None


async def test_started_again_it_has_what_it_had(data: Path) -> None:
    with running_service(data, "--clock", "travel"):
        await set_clock(data, MARCH)
    key = (data / "secrets" / "dev_token_key").read_text()

    with running_service(data, "--clock", "travel"):
        assert await read_clock(data) == MARCH
    assert (data / "secrets" / "dev_token_key").read_text() == key


async def test_killed_outright_its_children_end_and_the_next_start_has_everything(data: Path) -> None:
    with running_service(data, "--clock", "travel") as service:
        await set_clock(data, MARCH)
        children = [service.pid_of(name) for name in ("postgres", "redis", "worker", "api")]
        service.process.kill()
        service.process.wait()

        assert eventually(lambda: all(is_gone(pid) for pid in children))
    with running_service(data, "--clock", "travel") as again:
        assert answers(f"{again.base_url}/readyz")
        assert await read_clock(data) == MARCH


def test_a_server_that_outlived_its_supervisor_is_stopped_first(data: Path) -> None:
    with running_service(data) as service:
        note = (data / "processes" / "redis.json").read_text()
        leftover = subprocess.Popen(["sleep", "600"])
        service.stop()
    try:
        stat = Path(f"/proc/{leftover.pid}/stat").read_text().rpartition(")")[2].split()
        (data / "processes" / "redis.json").write_text(
            json.dumps({**json.loads(note), "pid": leftover.pid, "birth": stat[19]})
        )
        with running_service(data):
            assert leftover.poll() == -signal.SIGTERM
    finally:
        leftover.kill()
        leftover.wait()


def test_a_stranger_with_the_number_of_a_dead_server_is_left_alone(data: Path) -> None:
    with running_service(data) as service:
        note = (data / "processes" / "redis.json").read_text()
        service.stop()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        (data / "processes" / "redis.json").write_text(json.dumps({**json.loads(note), "pid": stranger.pid}))
        (data / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{data / 'postgres'}\n")
        with running_service(data) as service:
            assert answers(f"{service.base_url}/readyz")
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = baobei("up", "--port", str(port), "--data", str(tmp_path / "data"))

    assert refused.returncode == 2
    assert (
        refused.stderr
        == f"baobei: --port {port}: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_second_up_on_one_folder_is_refused(service: RunningService) -> None:
    refused = baobei("up", "--port", "0", "--data", str(service.data))

    assert refused.returncode == 2
    assert refused.stderr == (
        f"baobei: {service.data} is in use by another baobei up (process {service.process.pid})\n"
    )
    assert answers(f"{service.base_url}/readyz")


def test_a_folder_of_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "baobei.json").write_text('{"format": 2}')

    refused = baobei("up", "--port", "0", "--data", str(tmp_path))

    assert refused.returncode == 2
    assert refused.stderr.startswith(
        f"baobei: {tmp_path} has data of format 2; this version of baobei reads format 1"
    )
    assert not (tmp_path / "postgres").exists()


async def test_a_database_of_a_newer_revision_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_service(data):
        connection = await asyncpg.connect(database_url_of(data))
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        await connection.close()

    refused = await asyncio.to_thread(baobei, "up", "--port", "0", "--data", str(data))

    assert refused.returncode == 2
    assert "the database is at revision 9999, which this version of baobei does not know" in refused.stderr
    assert refused.stdout == ""


async def make_folder_of_before_the_walls(data: Path) -> None:
    """Make a data folder as a version before the database roles left it: one login, the tables of revision 0005."""
    with open_folder(data) as folder:
        postgres = embedded_postgres(folder, durable=False)
        supervisor = Supervisor(notes=folder.notes)
        try:
            postgres.prepare()
            supervisor.start(postgres.program(), ready_within_s=READY_WITHIN_S)
            server = await asyncpg.connect(postgres.url(database="postgres", user=SUPERUSER))
            await server.execute("CREATE ROLE baobei LOGIN")
            await server.execute("CREATE DATABASE baobei OWNER baobei")
            await server.close()
            database = await asyncpg.connect(postgres.url())
            for statement in statements_after(None):
                await database.execute(statement)
                if await current_revision(database) == "0005" and not database.is_in_transaction():
                    break
            await database.close()
        finally:
            supervisor.stop()


async def test_a_folder_of_before_the_walls_is_brought_up_to_date(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await make_folder_of_before_the_walls(data)

    with running_service(data) as service:
        assert answers(f"{service.base_url}/readyz")
        connection = await asyncpg.connect(database_url_of(data))
        await connection.execute("SET ROLE baobei_app")
        assert await connection.fetchval("SELECT count(*) FROM alliance") == 0
        await connection.close()


def test_a_deep_folder_with_spaces_works(tmp_path: Path) -> None:
    data = tmp_path / "a folder whose path is longer than a socket's may be" / ("深" * 40) / "data"
    with running_service(data) as service:
        assert answers(f"{service.base_url}/readyz")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    refused = baobei("up", "--port", "0", "--data", str(tmp_path / "data"))

    assert (refused.returncode, refused.stderr) == (
        2,
        f"baobei: --data {tmp_path / 'data'}: expected a folder\n",
    )


def test_an_organisation_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused = baobei(
        "up", "--port", "0", "--data", str(tmp_path / "data"), "--org", str(tmp_path / "none.yaml")
    )

    assert (refused.returncode, refused.stderr) == (
        2,
        f"baobei: --org {tmp_path / 'none.yaml'}: no such file\n",
    )


def test_the_token_key_is_for_our_eyes_only(service: RunningService) -> None:
    assert (service.data / "secrets" / "dev_token_key").stat().st_mode & 0o777 == 0o600
    assert (service.data / "secrets").stat().st_mode & 0o777 == 0o700


def test_nobody_else_reaches_its_servers(service: RunningService) -> None:
    sockets = Path(redis_url_of(service.data).removeprefix("unix://")).parent

    assert sockets.stat().st_mode & 0o777 == 0o700


def test_asked_to_stop_while_it_starts_it_ends_with_status_0(tmp_path: Path) -> None:
    with starting_service(tmp_path / "data") as process:
        assert eventually((tmp_path / "data" / "processes" / "postgres.json").exists)
        process.send_signal(signal.SIGTERM)

        assert process.wait(15) == 0
