"""Whether a process can do its work: the database answers and has what this program needs.

Redis is not asked: no request and no job needs it, all work is in the database.
"""

from typing import Final, cast

import asyncpg

from baobei.migration import current_revision, newest_revision
from baobei.operations.actor import Desk
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.store.connection import NO_ANSWER

OK: Final = "ok"
DATABASE: Final = "database"
MIGRATIONS: Final = "migrations"


async def database_state(desk: Desk) -> dict[str, str]:
    """Return the state of each part: `ok`, or what is wrong with it."""
    try:
        async with lent(desk, AS_LOGIN) as connection:
            # The pool's proxy stands in for the connection that it lends.
            revision = await current_revision(cast("asyncpg.Connection[asyncpg.Record]", connection))
    except NO_ANSWER:
        return {DATABASE: "not reachable", MIGRATIONS: "unknown"}
    newest = newest_revision()
    return {DATABASE: OK, MIGRATIONS: OK if revision == newest else f"at {revision}, expected {newest}"}
