"""What a transaction meets when its process was asleep."""

import asyncio
import time
from datetime import timedelta
from typing import Final

import asyncpg
import pytest

from alliances import office_on
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store.connection import NO_ANSWER, Connection

TIMEOUT: Final = timedelta(milliseconds=200)
LONGER_S: Final = 1.0


async def test_who_slept_past_the_time_of_a_transaction_hears_no_answer_to_its_commit(
    database_url: str,
) -> None:
    async def sleeps(_connection: Connection) -> None:
        # The whole process sleeps while a timer runs, as one does that was stopped: it wakes to a connection
        # that the server has ended, and that the driver has not yet seen closed.
        asyncio.get_running_loop().call_soon(time.sleep, LONGER_S)
        await asyncio.sleep(TIMEOUT.total_seconds() / 20)

    short = {"transaction_timeout": f"{TIMEOUT // timedelta(milliseconds=1)}"}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1, server_settings=short) as pool:
        office = office_on(pool)

        with pytest.raises(NO_ANSWER):
            await in_transaction(office, sleeps, within=ALL_ALLIANCES)

        assert await in_transaction(office, lambda c: c.fetchval("SELECT 1"), within=ALL_ALLIANCES) == 1
