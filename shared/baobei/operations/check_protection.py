"""May I register this customer now? Yes or no and until when; never who or what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.customers import blind_keys
from baobei.operations.errors import TooOften, UnusableInput
from baobei.operations.transaction import in_transaction
from baobei.policy.admission import AlreadyProtected, Attempt, DuplicateOwn, obstacle_to
from baobei.policy.calendar import month_of
from baobei.policy.customer_file import CustomerFile
from baobei.policy.document import Policy
from baobei.policy.identity import keys_in_force
from baobei.policy.quota import quota_of
from baobei.policy.terms import Channel, Moment, StaffId
from baobei.store import ledger, orders, policies, quotas, registrations
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.models import StoredRegistration

# A person at the counter asks now and then; whoever asks more often is looking for something else.
CHECKS: Final = 30
WITHIN: Final = timedelta(minutes=1)
_KIND: Final = "staff.checked_protection"
_UNPLACED: Final = 0  # a question has no place in the order of recording


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProtection:
    """A customer by phone, by address, or by both."""

    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionCheck:
    """Whether an attempt now would meet no obstacle at the customer; one's own registration is told."""

    available: bool
    protected_until: datetime | None = None
    own_registration: StoredRegistration | None = None


async def check_protection(office: Office, actor: Actor, request: CheckProtection) -> ProtectionCheck:
    """Answer whether the actor could register the customer now: the customer is free, and so is the month.

    The question is recorded, and limited to `CHECKS` `WITHIN` real time: raises `TooOften` beyond, and
    `UnusableInput` when neither phone nor address can be compared.
    """
    return await in_transaction(
        office, partial(_check, office=office, actor=actor, request=request), within=actor
    )


async def _check(
    connection: Connection, *, office: Office, actor: Actor, request: CheckProtection
) -> ProtectionCheck:
    recent = await ledger.count_written_since(
        connection, actor.alliance.id, actor.staff.id, _KIND, since=wall_now() - WITHIN, at_most=CHECKS
    )
    if recent >= CHECKS:
        raise TooOften(operation="checkProtection")
    at = await office.clock.now(connection)
    version = await policies.in_force(connection, actor.alliance, at)
    keys = blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=version.policy,
    )
    if not keys_in_force(keys, version.policy.match):
        raise UnusableInput(field="phone", expected="a valid phone, or an address down to the room")
    found = await registrations.find_by_keys(connection, actor.alliance, keys)
    known = await orders.find_by_keys(connection, actor.alliance, [keys])
    file = CustomerFile(
        registrations=tuple(stored.facts for stored in found),
        orders=tuple(stored.facts for stored in known),
    )
    attempt = Attempt(
        made=Moment(at, _UNPLACED),
        by=StaffId(str(actor.staff.id)),
        channel=actor.staff.unit_kind.channel or Channel.STORE,
        name="",
        keys=keys,
    )
    obstacle = obstacle_to(attempt, file=file, policy=version.policy)
    available = obstacle is None and await _has_room(connection, actor, version.policy, at=at)
    asked = Act(
        kind=_KIND,
        subject_id=actor.staff.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"available": available},
    )
    await ledger.append(connection, actor.alliance.id, [asked])
    match obstacle:
        case AlreadyProtected(protected_until=until):
            return ProtectionCheck(available=False, protected_until=until)
        case DuplicateOwn(existing=existing):
            own = next(stored for stored in found if stored.id == UUID(existing))
            return ProtectionCheck(available=False, own_registration=own)
        case _:
            return ProtectionCheck(available=available)


async def _has_room(connection: Connection, actor: Actor, policy: Policy, *, at: datetime) -> bool:
    """Whether the actor registers in a channel at all, and has not used the month up."""
    channel = actor.staff.unit_kind.channel
    if channel is None or not access.may_be_given(actor.staff):
        return False
    month = month_of(at, actor.alliance.time_zone)
    found = await quotas.tallies(connection, actor.alliance.id, [(actor.staff.id, month)])
    quota = quota_of(
        staff=StaffId(str(actor.staff.id)),
        month=month,
        tallies=found.get((actor.staff.id, month), {}),
        channel=channel,
        policy=policy,
    )
    return not quota.used_up
