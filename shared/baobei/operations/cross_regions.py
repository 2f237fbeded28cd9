"""Whether an attempt is of another region than its registrant's, and the request that then waits (B.4.2, B.5.4)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.policy.document import CrossRegion, Policy
from baobei.policy.regions import region_named, region_of_address
from baobei.store import organisation
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff, UnitKind


async def deciding_stores(
    connection: Connection, actor: Actor, registrant: Staff, address: str, policy: Policy
) -> tuple[UUID, ...]:
    """Return the stores of the customer's region, where the registrant's own unit is not at home in it.

    Nowhere, at home, or without a store there: none, and nothing has to wait.
    """
    if policy.cross_region is CrossRegion.OFF:
        return ()
    customer = region_of_address(address)
    if not customer:
        return ()
    units = await organisation.units(connection, actor.alliance.id)
    there = [unit for unit in units if region_named(unit.region) & customer]
    if any(unit.id == registrant.unit_id for unit in there):
        return ()
    return tuple(unit.id for unit in there if unit.kind is UnitKind.STORE)


def cross_region_request(
    office: Office,
    actor: Actor,
    *,
    attempt_id: UUID,
    registrant_id: UUID,
    stores: Sequence[UUID],
    reason: str,
    at: datetime,
) -> Approval:
    """Return the request that an attempt of another region may stand."""
    return Approval(
        id=new_id(),
        kind=ApprovalKind.CROSS_REGION,
        status=ApprovalStatus.PENDING,
        registration_id=None,
        reason=sealed(office, actor, reason),
        requested_by_id=actor.staff.id,
        requested_at=at,
        decided_by_id=None,
        decided_at=None,
        decision_note=None,
        attempt_id=attempt_id,
        receiver_id=registrant_id,
        approver_unit_ids=tuple(stores),
    )
