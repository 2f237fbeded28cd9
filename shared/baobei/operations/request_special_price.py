"""Asking for a price below the list, before it is quoted (B.5.3)."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.customers import blind_keys
from baobei.operations.deciders import refuse_undecidable
from baobei.operations.free_text import sealed
from baobei.operations.registration_changes import hold_customer_of
from baobei.operations.repeated import idempotency_key
from baobei.operations.request_kinds import ask_once, file_request
from baobei.operations.results import NOT_OWNER, ApprovalRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.identity import CustomerKeys, Match, keys_in_force
from baobei.policy.terms import Clauses, RefusalCode, Text
from baobei.store import approval_parties, policies
from baobei.store.approval_models import NO_KEYS, Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection

_NOT_BELOW: Final = Text(
    zh="申请的价格没有低于标价，不需要申请特价，按标价下定即可。",
    en="The price asked for is not below the list; an order at the list price needs no request.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSpecialPrice:
    """A registration, or a customer by phone or address; the price by the list and the one asked for, in fen."""

    list_fen: int
    asked_fen: int
    reason: str
    registration_id: UUID | None = None
    of_registration: bool = False
    phone: str | None = None
    address: str | None = None
    idempotency_key: str | None = None


async def request_special_price(
    office: Office, actor: Actor, request: RequestSpecialPrice
) -> ApprovalRecorded | Refused:
    """Ask the department head for a price below the list.

    Of a registration by its owner or their manager for them, of another customer by anybody. Refuses with
    NOT_OWNER, NOT_APPLICABLE (the price is not below the list), INCOMPLETE (no usable key in force) or OWN_CASE (it
    would be the own case of every department head).

    Source: B.5.3; policy.md section 8.
    """
    return await in_transaction(
        office, partial(_request, office=office, actor=actor, request=request), within=actor
    )


async def _request(
    connection: Connection, *, office: Office, actor: Actor, request: RequestSpecialPrice
) -> ApprovalRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "requestSpecialPrice",
        request.idempotency_key,
        registration=request.registration_id,
        phone=request.phone,
        address=request.address,
        list_fen=request.list_fen,
        asked_fen=request.asked_fen,
        reason=request.reason,
    )
    return await ask_once(connection, actor, key, partial(_ask, connection, office, actor, request))


async def _ask(
    connection: Connection, office: Office, actor: Actor, request: RequestSpecialPrice
) -> ApprovalRecorded | Refused:
    customer = await _customer(connection, office, actor, request)
    if isinstance(customer, Refused):
        return customer
    keys, owner_ids = customer
    if request.asked_fen >= request.list_fen:
        return Refused(code=RefusalCode.NOT_APPLICABLE, message=_NOT_BELOW)
    parties = {actor.staff.id, *owner_ids}
    if (undecidable := await refuse_undecidable(connection, actor.alliance.id, parties=parties)) is not None:
        return undecidable
    approval = Approval(
        id=new_id(),
        kind=ApprovalKind.SPECIAL_PRICE,
        status=ApprovalStatus.PENDING,
        registration_id=request.registration_id,
        reason=sealed(office, actor, request.reason),
        requested_by_id=actor.staff.id,
        requested_at=await office.clock.now(connection),
        decided_by_id=None,
        decided_at=None,
        decision_note=None,
        keys=keys,
        list_fen=request.list_fen,
        asked_fen=request.asked_fen,
    )
    await file_request(connection, actor, approval)
    return ApprovalRecorded(approval=approval)


async def _customer(
    connection: Connection, office: Office, actor: Actor, request: RequestSpecialPrice
) -> tuple[CustomerKeys, frozenset[UUID]] | Refused:
    """Return the keys of the customer that the price is for, and who owns a live registration of theirs."""
    if request.of_registration:
        held = await hold_customer_of(connection, office, actor, request.registration_id)
        if held is None or not access.may_act_on(actor.staff, owner=held.owner):
            return refuse(NOT_OWNER)
        keys = held.stored.facts.keys
        if keys == NO_KEYS:
            return refuse(RefusalCode.INCOMPLETE, Clauses.THREE_FACTS)
        return keys, frozenset({held.owner.id})
    now = await office.clock.now(connection)
    version = await policies.in_force(connection, actor.alliance, now)
    keys = blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=version.policy,
    )
    if not keys_in_force(keys, version.policy.match):
        return refuse(RefusalCode.INCOMPLETE, Clauses.THREE_FACTS)
    by_address = version.policy.match is Match.PHONE_OR_ADDRESS
    in_force = keys if by_address else CustomerKeys(phone=keys.phone, address=None)
    return keys, await approval_parties.owners_of(connection, actor.alliance.id, in_force, at=now)
