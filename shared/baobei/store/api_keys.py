"""Keys of integrations: made once, revoked once, and never changed or taken away."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.store import organisation
from baobei.store.api_key_models import ApiKey, KeyCaller, KeyScope
from baobei.store.connection import Connection, Row, change_one
from baobei.store.organisation_models import Alliance

COLUMNS = """
SELECT k.api_key_id, k.name, k.scopes, k.staff_id, k.for_everybody, k.for_staff_ids, k.for_unit_ids,
       k.created_by_id, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
  FROM api_key k
"""

SELECT_BY_ID = (
    COLUMNS
    + """
 WHERE k.alliance_id = $1
   AND k.api_key_id = $2
"""
)

LOCK_BY_ID = (
    SELECT_BY_ID
    + """
   FOR NO KEY UPDATE OF k
"""
)

# $2: whether those that are revoked are listed too.
SELECT_NEWEST = (
    COLUMNS
    + """
 WHERE k.alliance_id = $1
   AND ($2 OR k.revoked_at IS NULL)
 ORDER BY k.created_at DESC, k.api_key_id DESC
 LIMIT $3
"""
)

# The key that somebody presents, with what its secret is compared with, and the alliance that it is of.
SELECT_PRESENTED = """
SELECT k.api_key_id, k.name, k.scopes, k.staff_id, k.for_everybody, k.for_staff_ids, k.for_unit_ids,
       k.created_by_id, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.secret_digest,
       a.alliance_id, a.code AS alliance_code, a.name AS alliance_name, a.time_zone, a.closing_time
  FROM api_key k
  JOIN alliance a ON a.alliance_id = k.alliance_id
 WHERE k.alliance_id = $1
   AND k.api_key_id = $2
"""

COUNT_KEPT = """
SELECT count(*)
  FROM api_key
 WHERE alliance_id = $1
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > $2)
"""

INSERT_KEY = """
INSERT INTO api_key (alliance_id, api_key_id, name, secret_digest, scopes, staff_id, for_everybody, for_staff_ids,
                     for_unit_ids, created_by_id, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

REVOKE_KEY = """
UPDATE api_key
   SET revoked_at = $3, revoked_by_id = $4
 WHERE alliance_id = $1
   AND api_key_id = $2
   AND revoked_at IS NULL
"""

# $3 now, $4 the latest instant that is long enough ago. Nobody waits to note this: a row that somebody holds is
# being noted, or revoked.
NOTE_USE = """
UPDATE api_key
   SET last_used_at = $3
 WHERE alliance_id = $1
   AND api_key_id = (SELECT u.api_key_id
                       FROM api_key u
                      WHERE u.alliance_id = $1
                        AND u.api_key_id = $2
                        AND (u.last_used_at IS NULL OR u.last_used_at <= $4)
                        FOR NO KEY UPDATE SKIP LOCKED)
"""


async def caller(
    connection: Connection, alliance_id: int, id: UUID, *, person_code: str | None
) -> KeyCaller | None:
    """Return who presents a key and for whom; None when there is no such key.

    Whether any of them may is in the values: nothing is decided here.
    """
    row = await connection.fetchrow(SELECT_PRESENTED, alliance_id, id)
    if row is None:
        return None
    key = _key(row)
    people = await organisation.staff_by_id_or_code(
        connection, alliance_id, id=key.staff_id, code=person_code
    )
    return KeyCaller(
        alliance=Alliance(
            id=row["alliance_id"],
            code=row["alliance_code"],
            name=row["alliance_name"],
            time_zone=ZoneInfo(row["time_zone"]),
            closing_time=row["closing_time"],
        ),
        key=key,
        secret_digest=row["secret_digest"],
        owner=next((each for each in people if each.id == key.staff_id), None),
        person=next((each for each in people if each.code == person_code), None),
    )


async def newest(
    connection: Connection, alliance_id: int, *, revoked: bool, at_most: int
) -> tuple[ApiKey, ...]:
    """Return the alliance's keys, newest first."""
    rows = await connection.fetch(SELECT_NEWEST, alliance_id, revoked, at_most)
    return tuple(_key(row) for row in rows)


async def lock_by_id(connection: Connection, alliance_id: int, id: UUID) -> ApiKey | None:
    """Return a key as it stands now, held until the transaction ends."""
    row = await connection.fetchrow(LOCK_BY_ID, alliance_id, id)
    return None if row is None else _key(row)


async def count_kept(connection: Connection, alliance_id: int, *, at: datetime) -> int:
    """Return how many keys are good at an instant of wall time."""
    count: int = await connection.fetchval(COUNT_KEPT, alliance_id, at)
    return count


async def insert(connection: Connection, alliance_id: int, key: ApiKey, *, secret_digest: bytes) -> None:
    """Store a new key."""
    await connection.execute(
        INSERT_KEY,
        alliance_id,
        key.id,
        key.name,
        secret_digest,
        sorted(scope.value for scope in key.scopes),
        key.staff_id,
        key.for_everybody,
        sorted(key.for_staff_ids),
        sorted(key.for_unit_ids),
        key.created_by_id,
        key.created_at,
        key.expires_at,
    )


async def revoke(
    connection: Connection, alliance_id: int, id: UUID, *, at: datetime, by_id: UUID | None
) -> None:
    """End a key that is held and not revoked; None: at the command line."""
    await change_one(connection, REVOKE_KEY, alliance_id, id, at, by_id)


async def note_use(
    connection: Connection, alliance_id: int, id: UUID, *, at: datetime, unless_since: datetime
) -> None:
    """Note that a key was used, unless that was noted after an instant; never waits for anybody."""
    await connection.execute(NOTE_USE, alliance_id, id, at, unless_since)


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["api_key_id"],
        name=row["name"],
        scopes=frozenset(KeyScope(scope) for scope in row["scopes"]),
        staff_id=row["staff_id"],
        for_everybody=row["for_everybody"],
        for_staff_ids=frozenset(row["for_staff_ids"]),
        for_unit_ids=frozenset(row["for_unit_ids"]),
        created_by_id=row["created_by_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
