"""Who is to get what of a person's (分配): shared out the same way for a preview and for the handover itself."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.results import UNKNOWN_STAFF, Refused, refuse
from baobei.operations.transaction import lent
from baobei.policy.handovers import DistributionMethod, Receiver, share_out
from baobei.policy.terms import RefusalCode, StaffId
from baobei.store import handover_requests, handovers, organisation
from baobei.store.connection import Connection
from baobei.store.handover_models import HandedRequest, HandoverItem, HandoverOutcome, Share
from baobei.store.organisation_models import Staff

# Of what a person has more than that, the rest is another handover.
MOST_AT_ONCE: Final = 50_000
MOST_REQUESTS: Final = 5_000
MOST_RECEIVERS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRequest:
    """Whose registrations are to pass to whom, by which method; receivers in the order in which they take turns."""

    from_staff_code: str
    method: DistributionMethod
    to_staff_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Whose registrations pass to whom, as they work here now."""

    leaver: Staff
    receivers: tuple[Staff, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        """Return whose own case it is."""
        return frozenset({self.leaver.id, *(receiver.id for receiver in self.receivers)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What is shared out as of an instant.

    Every registration with its receiver, the oldest first, then the person's own requests.
    `requests` wait on these registrations and go with them; `passing` concern none, and pass on by themselves. `more`:
    more is theirs than one handover takes.
    """

    parties: Parties
    method: DistributionMethod
    items: tuple[HandoverItem, ...]
    requests: int
    passing: tuple[HandedRequest, ...]
    more: bool

    @property
    def movable(self) -> int:
        """Return how many registrations have a receiver."""
        return sum(item.to_staff_id is not None for item in self.items)

    @property
    def moves_something(self) -> bool:
        """Whether a registration or a request has a receiver."""
        return self.movable > 0 or any(each.to_staff_id is not None for each in self.passing)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Return what each receiver gets, in their order, then what nobody does."""
        counted = Counter(item.to_staff_id for item in self.items)
        whose = [*(receiver.id for receiver in self.parties.receivers), *([None] if None in counted else [])]
        return tuple(Share(to_staff_id=id, total=counted[id], moved=0) for id in whose)

    @property
    def digest(self) -> str:
        """Return what tells this distribution from any other, in 64 hex digits.

        Over who gives, and who gets which registration or request.
        """
        stated = [
            str(self.parties.leaver.id),
            self.method.value,
            [str(receiver.id) for receiver in self.parties.receivers],
            [[str(item.registration_id), str(item.to_staff_id)] for item in self.items],
            [[str(each.approval_id), str(each.to_staff_id)] for each in self.passing],
        ]
        return hashlib.sha256(json.dumps(stated, separators=(",", ":")).encode()).hexdigest()


async def preview_handover(desk: Desk, actor: Actor, request: HandoverRequest) -> Distribution | Refused:
    """Return what a handover would do now; nothing is written.

    For whoever reads what a leaver leaves behind. Refuses with UNKNOWN_STAFF or NOT_APPLICABLE.
    """
    async with lent(desk, actor) as connection:
        leaver = await organisation.staff_by_code(connection, actor.alliance.id, request.from_staff_code)
        if leaver is None or not access.may_read_leaver(actor.staff, person=leaver):
            return refuse(UNKNOWN_STAFF)
        parties = await parties_of(connection, actor, leaver, request.to_staff_codes)
        if isinstance(parties, Refused):
            return parties
        at = await desk.clock.now(connection)
        return await distribute(connection, actor.alliance.id, parties, request.method, at=at)


async def parties_of(
    connection: Connection, actor: Actor, leaver: Staff, to_staff_codes: tuple[str, ...]
) -> Parties | Refused:
    """Return the parties, or why they cannot be: nobody who may be given something, or the leaver themselves."""
    found = await organisation.staff_by_codes(connection, actor.alliance.id, to_staff_codes)
    receivers = tuple(found[code] for code in to_staff_codes if code in found)
    if len(receivers) < len(to_staff_codes) or not all(map(access.may_be_given, receivers)):
        return refuse(UNKNOWN_STAFF)
    if leaver in receivers:
        return refuse(RefusalCode.NOT_APPLICABLE)
    return Parties(leaver=leaver, receivers=receivers)


async def distribute(
    connection: Connection, alliance_id: int, parties: Parties, method: DistributionMethod, *, at: datetime
) -> Distribution:
    """Share out what is the leaver's and live at an instant, the oldest registrations first, then their own requests."""
    found = await handovers.in_hand(
        connection, alliance_id, parties.leaver.id, at=at, at_most=MOST_AT_ONCE + 1
    )
    taken = found[:MOST_AT_ONCE]
    asked = await handover_requests.in_hand(
        connection, alliance_id, parties.leaver.id, at_most=MOST_REQUESTS + 1
    )
    passing = asked[:MOST_REQUESTS]
    receivers = [Receiver(staff=StaffId(str(each.id)), unit=str(each.unit_id)) for each in parties.receivers]
    units = [*(each.registrant_unit_id for each in taken), *(each.unit_id for each in passing)]
    shared = [
        None if to is None else UUID(to) for to in share_out(method, [str(unit) for unit in units], receivers)
    ]
    items = tuple(
        HandoverItem(
            position=position,
            registration_id=each.registration_id,
            to_staff_id=to,
            outcome=HandoverOutcome.NO_RECEIVER if to is None else None,
        )
        for position, (each, to) in enumerate(zip(taken, shared[: len(taken)], strict=True), start=1)
    )
    requests = tuple(
        HandedRequest(
            position=position,
            approval_id=each.approval_id,
            to_staff_id=to,
            outcome=HandoverOutcome.NO_RECEIVER if to is None else None,
        )
        for position, (each, to) in enumerate(zip(passing, shared[len(taken) :], strict=True), start=1)
    )
    with_receiver = [item.registration_id for item in items if item.to_staff_id is not None]
    return Distribution(
        parties=parties,
        method=method,
        items=items,
        requests=await handovers.count_requests(connection, alliance_id, with_receiver),
        passing=requests,
        more=len(found) > len(taken) or len(asked) > len(passing),
    )
