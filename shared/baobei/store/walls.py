"""Within what a connection works: as which database role, and for which alliance.

The database shows `baobei_app` the rows of the alliance that `baobei.alliance_id` names, and none without it;
this is the second wall, behind the predicates that every statement has anyway.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

from baobei.store.connection import Connection

if TYPE_CHECKING:
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection

# For the session, outside any transaction: no rollback can take it back.
ENTER = """
SELECT set_config('role', $1, false), set_config('baobei.alliance_id', $2, false),
       set_config('synchronous_commit', $3, false)
"""

# Until the transaction ends; columns of the audit read them.
TELL_WHENCE = """
SELECT set_config('baobei.origin', $1, true), set_config('baobei.request_id', $2, true)
"""


@dataclass(frozen=True, slots=True)
class Walls:
    """A database role, and the alliance whose rows it sees; without one, `baobei_app` sees none.

    `flushed_later`: a commit does not wait until it is on disk. It is there with the next commit of anybody that does
    wait, and a crash before takes it back with all that came after it: for what nobody is told before such a commit.
    """

    role: str
    alliance_id: int | None = None
    flushed_later: bool = False


APP: Final = "baobei_app"
NO_ALLIANCE: Final = Walls(APP)
ALL_ALLIANCES: Final = Walls("baobei_worker")
# As whoever the URL of the database names: for those who run the service, and for what is asked of any database.
AS_LOGIN: Final = Walls("none")


class PooledConnection(_Connection):
    """A connection that needs no cleaning on release, and knows within which walls it stands.

    Operations leave nothing behind that outlives a transaction. The walls do stay, so that a connection which
    goes on for the same alliance sends nothing; whoever borrows it next enters their own first.
    """

    within: Walls | None = None

    def get_reset_query(self) -> str:
        """Return nothing to run on release: one round trip less for each use."""
        return ""

    async def enter(self, walls: Walls) -> None:
        """Stand within these walls from now on."""
        if self.within == walls:
            return
        # Stopped half-way, nobody knows where it stands.
        self.within = None
        await _enter(self, walls)
        self.within = walls


async def enter(connection: Connection, walls: Walls) -> None:
    """Let a borrowed connection work within these walls until it is given back."""
    if (knows := getattr(connection, "enter", None)) is not None:
        await knows(walls)
    else:
        await _enter(connection, walls)


async def leave(connection: Connection) -> None:
    """Take down the walls around a connection that does not know within which it stands."""
    if getattr(connection, "enter", None) is not None or connection.is_closed():
        return
    try:
        await _enter(connection, AS_LOGIN)
    except BaseException:
        connection.terminate()  # stopped half-way, nobody knows where it stands
        raise


async def _enter(connection: Connection, walls: Walls) -> None:
    number = "" if walls.alliance_id is None else str(walls.alliance_id)
    # None: as the server is set, which may ask a standby too.
    await connection.fetchrow(ENTER, walls.role, number, "off" if walls.flushed_later else None)


async def tell_whence(connection: Connection, *, origin: str, request_id: str) -> None:
    """Say where the acts of this transaction come from; needs an open transaction."""
    await connection.fetchrow(TELL_WHENCE, origin, request_id)
