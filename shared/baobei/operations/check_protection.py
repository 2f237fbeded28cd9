"""May I register this customer now? Yes or no and until when; never who or what."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.customers import blind_keys
from baobei.operations.errors import TooOften, UnusableInput
from baobei.operations.questions import CHECKED, probing_acts
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
from baobei.store.ledger import Act, Written
from baobei.store.locks import lock_staff
from baobei.store.registration_models import StoredRegistration

# A person at the counter asks now and then; whoever asks more often is looking for something else.
WITHIN: Final = timedelta(minutes=1)
_NOW: Final = timedelta(0)
_UNPLACED: Final = 0  # a question has no place in the order of recording


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProtection:
    """A customer by phone, by address, or by both."""

    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionCheck:
    """Whether an attempt now would meet no obstacle at the customer; one's own registration is told.

    `probing_suspected`: this question was the one that made it look so; that is never told to who asked.
    """

    available: bool
    protected_until: datetime | None = None
    own_registration: StoredRegistration | None = None
    probing_suspected: bool = False


async def check_protection(office: Office, actor: Actor, request: CheckProtection) -> ProtectionCheck:
    """Answer whether the actor could register the customer now: the customer is free, and so is the month.

    The question is recorded. Raises `TooOften` beyond `office.checks.per_minute` in a minute of real time,
    counted in the ledger, so that the limit holds whatever becomes of Redis; and `UnusableInput` when neither phone nor
    address can be compared.
    """
    return await in_transaction(
        office, partial(_check, office=office, actor=actor, request=request), within=actor
    )


async def _check(
    connection: Connection, *, office: Office, actor: Actor, request: CheckProtection
) -> ProtectionCheck:
    # One question of a person at a time, so that many at once are counted one by one.
    await lock_staff(connection, actor.staff.id)
    before = await ledger.latest(
        connection, actor.alliance.id, actor.staff.id, CHECKED, at_most=office.checks.looked_at
    )
    _refuse_too_many(before, at_most=office.checks.per_minute)
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
        kind=CHECKED,
        subject_id=actor.staff.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"available": available},
    )
    probing = await probing_acts(connection, office, actor, before, at=at)
    await ledger.append(connection, actor.alliance.id, [asked, *probing])
    answer = ProtectionCheck(available=available, probing_suspected=bool(probing))
    match obstacle:
        case AlreadyProtected(protected_until=until):
            return replace(answer, protected_until=until)
        case DuplicateOwn(existing=existing):
            return replace(answer, own_registration=next(s for s in found if s.id == UUID(existing)))
        case _:
            return answer


def _refuse_too_many(before: Sequence[Written], *, at_most: int) -> None:
    """Raise `TooOften` when the latest checks, last first, leave no room in this minute of wall time."""
    if len(before) >= at_most and (room_in := before[at_most - 1].written_at + WITHIN - wall_now()) > _NOW:
        raise TooOften(operation="checkProtection", retry_after_s=math.ceil(room_in.total_seconds()))


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
