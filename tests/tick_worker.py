"""A small worker of its own for tests of ticks: runs one job each minute and ends when nothing is left.

`python tick_worker.py DATABASE_URL`; the job leaves one row in the table `effect` for each period.
"""

import asyncio
import sys
from typing import Final

import asyncpg

from alliances import office_on
from baobei.operations.actor import Office
from baobei.operations.ticks import Every, Job, Outcome, once, run_ticks
from baobei.store.connection import NO_ANSWER, Connection
from baobei.store.ticks import Tick

# Whoever is stopped in the middle of a transaction loses it soon.
TRANSACTION_MS: Final = "300"
SOME_LEFT: Final = "SELECT EXISTS (SELECT FROM job_tick WHERE done_at IS NULL)"
LOOK_AGAIN_S: Final = 0.05


async def leave_a_mark(office: Office, tick: Tick) -> Outcome:
    """Write the one row of a period, a little slowly."""

    async def write(connection: Connection) -> Outcome:
        await connection.execute("INSERT INTO effect VALUES ($1)", tick.period)
        await asyncio.sleep(0.01)
        return {"marks": 1}

    return await once(office, tick, write)


MINUTELY: Final = Job(name="test", every=Every.MINUTE, run=leave_a_mark, catch_up=1_000)


async def main(database_url: str) -> None:
    """Work until all is done."""
    short = {"transaction_timeout": TRANSACTION_MS}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=2, server_settings=short) as pool:
        office = office_on(pool)
        while True:
            try:
                await run_ticks(office, [MINUTELY])
                if not await pool.fetchval(SOME_LEFT):
                    return
            except NO_ANSWER:
                pass
            await asyncio.sleep(LOOK_AGAIN_S)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
