"""Whether an attempt is of another region than its registrant's, and the request that then waits (B.4.2, B.5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.policy.document import CrossRegion, Policy
from baobei.policy.regions import HomeRegion, region_named, region_of_address
from baobei.store import organisation
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a customer's home is, and the stores that decide where it is in another region: else there are none.

    `region` is None where the policy does not look.
    """

    region: HomeRegion | None
    stores: tuple[UUID, ...] = ()

    @property
    def noted(self) -> dict[str, Any]:
        """Return what is kept with the attempt: also that the address named no district, and so hid where it is."""
        return {} if self.region is None else {"home": self.region.value}


async def find_home(
    connection: Connection, actor: Actor, registrant: Staff, address: str, policy: Policy
) -> Home:
    """Return where a home is, seen from the registrant's unit; only what is OTHER has to wait, for the stores there."""
    if policy.cross_region is CrossRegion.OFF:
        return Home(region=None)
    customer = region_of_address(address)
    if not customer:
        return Home(region=HomeRegion.NOT_NAMED)
    units = await organisation.units(connection, actor.alliance.id)
    there = [unit for unit in units if region_named(unit.region) & customer]
    if any(unit.id == registrant.unit_id for unit in there):
        return Home(region=HomeRegion.OWN)
    stores = tuple(unit.id for unit in there if unit.kind is UnitKind.STORE)
    return Home(region=HomeRegion.OTHER if stores else HomeRegion.NO_STORE, stores=stores)


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
