"""Who has a part in an order: who took it, whom a decision credits, who owns what it looked at."""

from collections.abc import Iterable
from uuid import UUID

from baobei.store import registrations
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance


def ever_credited(decisions: Iterable[StoredAttribution]) -> set[UUID]:
    """Return whom any decision or ruling credits or has credited."""
    return {credit.staff_id for decision in decisions for credit in decision.credits}


async def candidate_owners(
    connection: Connection, alliance: Alliance, decisions: Iterable[StoredAttribution]
) -> set[UUID]:
    """Return who owned a candidate when it was looked at, and who owns it now."""
    candidates = [candidate for decision in decisions for candidate in decision.candidates]
    now = await registrations.by_ids(
        connection, alliance, {candidate.registration_id for candidate in candidates}
    )
    return {candidate.owner_id for candidate in candidates} | {stored.owner_id for stored in now.values()}
