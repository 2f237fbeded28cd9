"""How customers are sorted: columns of a registration and of its attempt."""

from uuid import UUID

from baobei.store.connection import Connection, Row, change_one
from baobei.store.registration_models import Profile, Segment

UPDATE_PROFILE = """
UPDATE registration
   SET customer_class = $3, segment = $4, source = $5, need_id = $6
 WHERE alliance_id = $1
   AND registration_id = $2
"""


async def save(connection: Connection, alliance_id: int, registration_id: UUID, profile: Profile) -> None:
    """Store how a customer is sorted now; its need has been stored."""
    await change_one(connection, UPDATE_PROFILE, alliance_id, registration_id, *profile_values(profile))


def profile_values(profile: Profile) -> tuple[str | None, str | None, str | None, UUID | None]:
    """Return class, segment, source and need as they are stored."""
    segment = None if profile.segment is None else profile.segment.value
    return profile.customer_class, segment, profile.source, profile.need_id


def profile_of(row: Row) -> Profile:
    """Return the profile of a row of a registration."""
    return Profile(
        customer_class=row["customer_class"],
        segment=None if row["segment"] is None else Segment(row["segment"]),
        source=row["source"],
        need_id=row["need_id"],
    )
