"""Real servers for the tests that ask for them; nothing starts until the first one does."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from baobei.migration import migrate
from baobei_cli.embedded import SUPERUSER, EmbeddedPostgres, EmbeddedRedis, embedded_postgres
from baobei_cli.folder import open_folder
from baobei_cli.supervisor import Supervisor
from running_service import RunningService, running_service

TEMPLATE = "baobei_template"
READY_WITHIN_S = 60.0

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """PostgreSQL and Redis of this test run."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis

    @asynccontextmanager
    async def database(self, *, template: str = TEMPLATE) -> AsyncIterator[str]:
        """Make a database of its own from a template, yield its URL, and drop it."""
        name = f"test_{next(_numbers)}"
        await self.command(f'CREATE DATABASE "{name}" OWNER baobei TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield self.postgres.url(database=name)
        finally:
            await self.command(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def command(self, statement: str) -> None:
        """Run a statement as the superuser."""
        connection = await asyncpg.connect(self.postgres.url(database="postgres", user=SUPERUSER))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and Redis, private to this run."""
    with open_folder(tmp_path_factory.mktemp("servers")) as folder:
        postgres, redis = embedded_postgres(folder, durable=False), EmbeddedRedis(folder=folder)
        supervisor = Supervisor(notes=folder.notes)
        try:
            postgres.prepare()
            supervisor.start(postgres.program(), ready_within_s=READY_WITHIN_S)
            supervisor.start(redis.program(), ready_within_s=READY_WITHIN_S)
            yield Servers(postgres=postgres, redis=redis)
        finally:
            supervisor.stop()


@pytest.fixture(scope="session")
async def migrated_template(servers: Servers) -> str:
    """The name of a migrated, empty database from which others are copied."""
    await servers.postgres.create_database()
    await servers.command(f'CREATE DATABASE "{TEMPLATE}" OWNER baobei')
    await migrate(servers.postgres.url(database=TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
async def database_url(servers: Servers, migrated_template: str) -> AsyncIterator[str]:
    """A migrated database of this module's own; its tests keep apart by an alliance each."""
    async with servers.database(template=migrated_template) as url:
        yield url


@pytest.fixture
async def fresh_database_url(servers: Servers, migrated_template: str) -> AsyncIterator[str]:
    """A migrated database of this test's own."""
    async with servers.database(template=migrated_template) as url:
        yield url


@pytest.fixture
async def empty_database_url(servers: Servers, migrated_template: str) -> AsyncIterator[str]:
    """A database of this test's own on which no migration has run."""
    async with servers.database(template="template1") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """Redis of this test run."""
    return servers.redis.url


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The whole service in processes of its own, with a clock that travels."""
    with running_service(tmp_path_factory.mktemp("service") / "data", "--clock", "travel") as running:
        yield running
