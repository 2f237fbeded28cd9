"""The versions of an alliance's policy; published once, never changed."""

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.policy.document import Policy, read_policy
from baobei.store.connection import Connection, Row
from baobei.store.organisation_models import Alliance
from baobei.store.policy_models import PublishedPolicy

# A version never changes, so reading it once is enough; by id and alliance, bounded for many alliances.
_READ_BEFORE: OrderedDict[tuple[UUID, int], PublishedPolicy] = OrderedDict()
# What was last found in force, by alliance: whoever acts on it has the database confirm it.
_FOUND_LAST: OrderedDict[int, PublishedPolicy] = OrderedDict()
_KEPT: Final = 512

SELECT_IN_FORCE = """
SELECT policy_version_id
  FROM policy_version
 WHERE alliance_id = $1
   AND effective_from <= $2
 ORDER BY effective_from DESC
 LIMIT 1
"""

SELECT_DOCUMENT = """
SELECT document
  FROM policy_version
 WHERE alliance_id = $1
   AND policy_version_id = $2
"""

SELECT_LATEST = """
SELECT policy_version_id, effective_from, document
  FROM policy_version
 WHERE alliance_id = $1
 ORDER BY effective_from DESC
 LIMIT 1
"""

SELECT_BY_IDS = """
SELECT policy_version_id, effective_from, document
  FROM policy_version
 WHERE alliance_id = $1
   AND policy_version_id = ANY($2::uuid[])
"""

SELECT_IDS = """
SELECT policy_version_id
  FROM policy_version
 WHERE alliance_id = $1
"""

INSERT_VERSION = """
INSERT INTO policy_version (alliance_id, policy_version_id, code, version, effective_from, digest, document)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class NoPolicyInForce(Exception):
    """The alliance had no policy at that instant; every alliance is created with one that has no beginning."""

    def __init__(self, *, alliance_code: str, at: datetime) -> None:
        self.alliance_code, self.at = alliance_code, at
        super().__init__(f"alliance {alliance_code} has no policy in force at {at.isoformat()}")


async def in_force(connection: Connection, alliance: Alliance, at: datetime) -> PublishedPolicy:
    """Return the version in force at an instant; `effective_from` is inclusive."""
    id: UUID | None = await connection.fetchval(SELECT_IN_FORCE, alliance.id, at)
    if id is None:
        raise NoPolicyInForce(alliance_code=alliance.code, at=at)
    found = (await by_ids(connection, alliance, [id]))[id]
    known = _FOUND_LAST.get(alliance.id)
    if known is None or known.effective_from <= at:  # else the question is about the past
        _FOUND_LAST[alliance.id] = found
        if len(_FOUND_LAST) > _KEPT:
            _FOUND_LAST.popitem(last=False)
    return found


def found_last(alliance: Alliance, at: datetime) -> PublishedPolicy | None:
    """Return the version that this process last found in force: a guess, to be confirmed by whoever acts on it.

    None before the first, or when it begins after `at`.
    """
    found = _FOUND_LAST.get(alliance.id)
    if found is not None and found.effective_from > at:
        del _FOUND_LAST[alliance.id]
        return None
    return found


async def document_in_force(connection: Connection, alliance: Alliance, at: datetime) -> str:
    """Return the text of the version in force at an instant, as it was published."""
    version = await in_force(connection, alliance, at)
    document: str = await connection.fetchval(SELECT_DOCUMENT, alliance.id, version.id)
    return document


async def latest(connection: Connection, alliance: Alliance) -> PublishedPolicy | None:
    """Return the version that begins last, in force or still to come; None before the first."""
    row = await connection.fetchrow(SELECT_LATEST, alliance.id)
    return None if row is None else _published(row, alliance)


async def by_ids(
    connection: Connection, alliance: Alliance, ids: Collection[UUID]
) -> dict[UUID, PublishedPolicy]:
    """Return versions by id; those that were read before do not go to the database."""
    known = {id: found for id in ids if (found := _READ_BEFORE.get((id, alliance.id))) is not None}
    unread = [id for id in ids if id not in known]
    if unread:
        rows = await connection.fetch(SELECT_BY_IDS, alliance.id, unread)
        known |= {row["policy_version_id"]: _published(row, alliance) for row in rows}
    return known


def in_force_of(versions: Collection[PublishedPolicy], alliance: Alliance, at: datetime) -> PublishedPolicy:
    """Return which of all versions is in force at an instant, as `in_force` does."""
    begun = [version for version in versions if version.effective_from <= at]
    if not begun:
        raise NoPolicyInForce(alliance_code=alliance.code, at=at)
    return max(begun, key=lambda version: version.effective_from)


async def all_versions(connection: Connection, alliance: Alliance) -> tuple[PublishedPolicy, ...]:
    """Return every version, in force, over or still to come, in no order."""
    ids = [row["policy_version_id"] for row in await connection.fetch(SELECT_IDS, alliance.id)]
    return tuple((await by_ids(connection, alliance, ids)).values())


async def insert(
    connection: Connection,
    alliance_id: int,
    *,
    id: UUID,
    policy: Policy,
    document: str,
    effective_from: datetime,
) -> None:
    """Publish a version; raises asyncpg's UniqueViolationError when one starts at that instant already."""
    await connection.execute(
        INSERT_VERSION,
        alliance_id,
        id,
        policy.code,
        policy.version,
        effective_from,
        policy.digest,
        document,
    )


def _published(row: Row, alliance: Alliance) -> PublishedPolicy:
    id: UUID = row["policy_version_id"]
    if (known := _READ_BEFORE.get((id, alliance.id))) is not None:
        return known
    policy = read_policy(row["document"], name=f"policy version {id}", published=True)
    published = PublishedPolicy(
        id=id, effective_from=row["effective_from"], policy=policy.in_time_zone(alliance.time_zone)
    )
    _READ_BEFORE[id, alliance.id] = published
    if len(_READ_BEFORE) > _KEPT:
        _READ_BEFORE.popitem(last=False)
    return published
