"""SPECIAL_PRICE: one order of a customer below the list, down to a price (B.5.3)."""

from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.registration_changes import hold_customer_of
from baobei.operations.request_kinds import Case, Granted, NoLonger, RequestKind
from baobei.policy.identity import CustomerKeys
from baobei.policy.standing import standing
from baobei.policy.terms import RefusalCode
from baobei.store import customer_files, policies
from baobei.store.approval_models import NO_KEYS, Approval, ApprovalKind
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


def _decides(viewer: Staff, _approval: Approval) -> bool:
    return access.is_department_head(viewer)


async def _hold(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case | None:
    if approval.registration_id is None:
        return await _hold_customer(connection, office, actor, approval)
    held = await hold_customer_of(connection, office, actor, approval.registration_id)
    if held is None:
        return None
    at = max(held.at, approval.requested_at)
    return Case(parties=frozenset({held.owner.id}), at=at, registration=held)


async def _hold_customer(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case:
    """Hold the customer of a price that was asked by phone or address: it is the own case of who owns one of theirs."""
    now = max(await office.clock.now(connection), approval.requested_at)
    if _erased(approval.keys):
        return Case(parties=frozenset(), at=now)
    held = await customer_files.hold(connection, actor.alliance, approval.keys)
    at = held.not_before(now)
    match = (await policies.in_force(connection, actor.alliance, at)).policy.match
    live = [each for each in held.facts.registrations_of(approval.keys, match) if standing(each, at).live]
    receiver = () if approval.receiver_id is None else (approval.receiver_id,)
    return Case(parties=frozenset({*receiver, *(UUID(each.owner) for each in live)}), at=at)


async def _grant(
    _connection: Connection, _office: Office, _actor: Actor, approval: Approval, _case: Case
) -> Granted | NoLonger:
    """Nothing more is written: the request itself, approved, is what an order is placed under."""
    return NoLonger(why=RefusalCode.INCOMPLETE.value) if _erased(approval.keys) else Granted()


def _erased(keys: CustomerKeys) -> bool:
    return keys == NO_KEYS


SPECIAL_PRICE = RequestKind(kind=ApprovalKind.SPECIAL_PRICE, decides=_decides, hold=_hold, grant=_grant)
