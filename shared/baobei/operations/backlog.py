"""What waits, for those who watch the service."""

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import backlog
from baobei.store.backlog import Backlog
from baobei.store.connection import Connection


async def read_backlog(desk: Desk) -> Backlog:
    """Return what waits at the clock's instant."""

    async def read(connection: Connection) -> Backlog:
        return await backlog.backlog(connection, at=await desk.clock.now(connection))

    return await in_transaction(desk, read, within=ALL_ALLIANCES)


async def some_are_due(desk: Desk) -> bool:
    """Return whether a deadline has passed that nobody has written down."""

    async def read(connection: Connection) -> bool:
        return await backlog.some_are_due(connection, at=await desk.clock.now(connection))

    return await in_transaction(desk, read, within=ALL_ALLIANCES)
