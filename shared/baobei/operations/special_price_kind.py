"""SPECIAL_PRICE: one order of a customer below the list, down to a price (B.5.3)."""

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.registration_changes import hold_customer_of
from baobei.operations.request_kinds import Case, Granted, NoLonger, RequestKind
from baobei.policy.identity import CustomerKeys
from baobei.policy.terms import RefusalCode
from baobei.store.approval_models import NO_KEYS, Approval, ApprovalKind
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


def _decides(viewer: Staff, _approval: Approval) -> bool:
    return access.is_department_head(viewer)


async def _hold(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case | None:
    if approval.registration_id is None:
        now = await office.clock.now(connection)
        return Case(parties=frozenset(), at=max(now, approval.requested_at))
    held = await hold_customer_of(connection, office, actor, approval.registration_id)
    if held is None:
        return None
    at = max(held.at, approval.requested_at)
    return Case(parties=frozenset({held.owner.id}), at=at, registration=held)


async def _grant(
    _connection: Connection, _office: Office, _actor: Actor, approval: Approval, _case: Case
) -> Granted | NoLonger:
    """Nothing more is written: the request itself, approved, is what an order is placed under."""
    return NoLonger(why=RefusalCode.INCOMPLETE.value) if _erased(approval.keys) else Granted()


def _erased(keys: CustomerKeys) -> bool:
    return keys == NO_KEYS


SPECIAL_PRICE = RequestKind(kind=ApprovalKind.SPECIAL_PRICE, decides=_decides, hold=_hold, grant=_grant)
