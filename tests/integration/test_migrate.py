"""``baobei migrate`` on real databases."""

import asyncio

import asyncpg
import pytest

from baobei.migration import (
    UnknownRevisionError,
    current_revision,
    migrate,
    newest_revision,
    statements_after,
)
from running_service import baobei


async def revision_of(database_url: str) -> str | None:
    connection = await asyncpg.connect(database_url)
    try:
        return await current_revision(connection)
    finally:
        await connection.close()


async def pretend_revision(database_url: str, revision: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    finally:
        await connection.close()


async def test_an_empty_database_gets_the_newest_revision(empty_database_url: str) -> None:
    assert await migrate(empty_database_url) == (None, newest_revision())
    assert await revision_of(empty_database_url) == newest_revision()


async def test_migrating_twice_changes_nothing(fresh_database_url: str) -> None:
    assert await migrate(fresh_database_url) == (newest_revision(), newest_revision())


async def test_of_four_migrating_at_once_one_works_and_the_others_find_it_done(
    empty_database_url: str,
) -> None:
    befores = [before for before, _ in await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))]

    assert sorted(befores, key=str) == [newest_revision()] * 3 + [None]


async def test_a_database_half_way_gets_the_rest(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    try:
        for statement in statements_after(None):
            await connection.execute(statement)
            if await current_revision(connection) == "0001" and not connection.is_in_transaction():
                break
    finally:
        await connection.close()

    assert await migrate(empty_database_url) == ("0001", newest_revision())


async def test_an_unknown_revision_is_refused_and_left_alone(fresh_database_url: str) -> None:
    await pretend_revision(fresh_database_url, "9999")

    with pytest.raises(
        UnknownRevisionError, match="revision 9999, which this version of baobei does not know"
    ):
        await migrate(fresh_database_url)

    assert await revision_of(fresh_database_url) == "9999"


async def test_two_commands_at_once_both_succeed(empty_database_url: str) -> None:
    environment = {"BAOBEI_DATABASE_URL": empty_database_url}
    first, second = await asyncio.gather(
        asyncio.to_thread(baobei, "migrate", environment=environment),
        asyncio.to_thread(baobei, "migrate", environment=environment),
    )

    assert (first.returncode, second.returncode) == (0, 0), (first.stderr, second.stderr)
    assert await revision_of(empty_database_url) == newest_revision()


async def test_the_command_ends_with_status_2_on_an_unknown_revision(fresh_database_url: str) -> None:
    await pretend_revision(fresh_database_url, "9999")

    refused = await asyncio.to_thread(
        baobei, "migrate", environment={"BAOBEI_DATABASE_URL": fresh_database_url}
    )

    assert refused.returncode == 2
    assert refused.stderr.startswith("baobei: the database is at revision 9999, which")
    assert refused.stderr.count("\n") == 1


def test_the_command_names_the_variable_that_is_missing() -> None:
    refused = baobei("migrate")

    assert refused.returncode == 2
    assert refused.stderr == (
        "baobei: BAOBEI_DATABASE_URL is not set:"
        " expected a PostgreSQL URL, as postgresql://user:password@host:5432/baobei\n"
    )


def test_the_command_says_when_nobody_answers() -> None:
    failed = baobei("migrate", environment={"BAOBEI_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere"})

    assert failed.returncode == 1
    assert failed.stderr.startswith("baobei: BAOBEI_DATABASE_URL: cannot connect:")
    assert failed.stderr.count("\n") == 1
