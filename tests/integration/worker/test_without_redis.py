"""A worker that starts while there is no Redis works all the same, and takes hints when Redis comes."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei_cli.embedded import EmbeddedRedis
from baobei_cli.folder import DataFolder, make_private, open_folder
from baobei_cli.supervisor import Supervisor
from running_service import RunningService, eventually, redis_url_of, running_service
from worker_process import WorkerProcess, put, worker_process

BEGINS = datetime.fromisoformat("2026-11-01T10:00:00+08:00")
EXPIRED = "SELECT count(*) FROM registration WHERE stored_status = 'EXPIRED'"
PARKED = "SELECT count(*) FROM job_tick WHERE parked_at IS NOT NULL"
WITHIN_S = 40.0


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance in a database of this test's own, with a registration that expires."""
    made = await new_alliance(fresh_pool)
    await made.travel(BEGINS)
    await made.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    return made


async def becomes(alliance: TestAlliance, query: str) -> bool:
    async with asyncio.timeout(WITHIN_S):
        while not await alliance.office.pool.fetchval(query):  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(0.05)
    return True


async def test_it_starts_works_and_ends_well_and_hints_join_when_redis_comes(
    alliance: TestAlliance, fresh_database_url: str, tmp_path: Path
) -> None:
    with open_folder(tmp_path / "redis") as folder:
        redis, supervisor = EmbeddedRedis(folder=folder), Supervisor(notes=folder.notes)
        make_private(folder.sockets, uid=os.geteuid())
        try:
            with worker_process(
                tmp_path / "log", database_url=fresh_database_url, redis_url=redis.url
            ) as worker:
                await alliance.travel(BEGINS + timedelta(days=16))
                assert await becomes(alliance, EXPIRED)
                assert (await asyncio.to_thread(worker.get, "/readyz"))[0] == 200
                assert "no_redis" in [line["event"] for line in worker.lines()]

                supervisor.start(redis.program(), ready_within_s=WITHIN_S)
                async with Redis.from_url(redis.url) as client:
                    await put(client, "old", b'{"f": "of another version"}')
                    assert await becomes(alliance, PARKED)
                assert await asyncio.to_thread(eventually, lambda: hints(worker) >= 1, within_s=WITHIN_S)
                assert await asyncio.to_thread(worker.stop) == 0
        finally:
            supervisor.stop()


def hints(worker: WorkerProcess) -> float:
    return worker.metric('baobei_hints_total{outcome="parked"}')


async def test_asked_to_stop_while_there_is_no_redis_it_ends_with_status_0(
    alliance: TestAlliance, fresh_database_url: str, tmp_path: Path
) -> None:
    nowhere = f"unix://{tmp_path}/none.sock"
    with worker_process(tmp_path / "log", database_url=fresh_database_url, redis_url=nowhere) as worker:
        assert await asyncio.to_thread(worker.stop) == 0
    assert "Traceback" not in worker.log.read_text()


@contextmanager
def silent_server() -> Iterator[str]:
    """A Redis that takes connections and says nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    for each in taken:
        each.close()


async def test_a_redis_that_never_answers_holds_up_nothing(
    alliance: TestAlliance, fresh_database_url: str, tmp_path: Path
) -> None:
    with (
        silent_server() as url,
        worker_process(tmp_path / "log", database_url=fresh_database_url, redis_url=url) as worker,
    ):
        await alliance.travel(BEGINS + timedelta(days=16))
        assert await becomes(alliance, EXPIRED)
        assert await asyncio.to_thread(worker.stop) == 0


async def test_neither_redis_nor_database_is_a_reason_to_wait_when_asked_to_stop(tmp_path: Path) -> None:
    with worker_process(
        tmp_path / "log",
        database_url=f"postgresql://baobei@/none?host={tmp_path}",
        redis_url=f"unix://{tmp_path}/none.sock",
        until="no_database",
    ) as worker:
        assert await asyncio.to_thread(worker.stop) == 0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    """A service of this test's own, whose Redis cannot start: a folder stands in its socket's place."""
    sockets = DataFolder((tmp_path / "data").resolve()).sockets
    sockets.mkdir(parents=True, mode=0o700)
    (sockets / "redis.sock" / "in the way").mkdir(parents=True)
    with running_service(tmp_path / "data", "--clock", "travel") as running:
        yield running


def test_a_service_whose_redis_does_not_start_is_ready_and_its_worker_works(service: RunningService) -> None:
    log = service.data / "logs" / "worker.log"

    assert eventually(lambda: '"end": "DONE"' in log.read_text() or '"end":"DONE"' in log.read_text())
    assert not Path(redis_url_of(service.data).removeprefix("unix://")).is_socket()
    assert service.stop() == 0
