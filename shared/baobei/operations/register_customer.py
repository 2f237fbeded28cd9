"""Registering a prospective customer (报备): the first registration is protected."""

from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.admit_attempt import Filing, file_attempt, judge, write_decision
from baobei.operations.attempt_answers import (
    FieldProblem,
    RegistrationAdmitted,
    RegistrationRefused,
    answer_of,
)
from baobei.operations.claim_fast import claim_unknown_customer
from baobei.operations.cross_regions import Home, cross_region_request, find_home
from baobei.operations.customer_profile import NOTHING_SAID, profile_of, refuse_details
from baobei.operations.customers import blind_keys
from baobei.operations.free_text import sealed_if_any
from baobei.operations.registrants import registrant_of
from baobei.operations.registration_request import RegisterCustomer, registration_key
from baobei.operations.request_kinds import file_request
from baobei.operations.results import IDEMPOTENCY_KEY_REUSED
from baobei.operations.transaction import TRIED_AGAIN, in_transaction
from baobei.policy.admission import AwaitingApproval, held_back
from baobei.policy.identity import CustomerKeys
from baobei.store import customer_files, idempotency, policies
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff
from baobei.store.policy_models import PublishedPolicy

__all__ = [
    "FieldProblem",
    "RegisterCustomer",
    "RegistrationAdmitted",
    "RegistrationRefused",
    "register_customer",
]


async def register_customer(
    office: Office, actor: Actor, request: RegisterCustomer
) -> RegistrationAdmitted | RegistrationRefused:
    """Register a customer for the actor, or for a member of the unit that the actor manages.

    Every attempt is stored, the refused ones too. A customer of whom nothing is known is claimed in one
    round trip; all else is decided while the customer is held.

    Source: policy.md section 4.
    """
    try:
        claimed = await claim_unknown_customer(office, actor, request)
    except TRIED_AGAIN:
        claimed = None  # somebody was faster: what they recorded decides
    if claimed is not None:
        return claimed
    return await in_transaction(
        office, partial(_register, office=office, actor=actor, request=request), within=actor
    )


async def _register(
    connection: Connection, *, office: Office, actor: Actor, request: RegisterCustomer
) -> RegistrationAdmitted | RegistrationRefused:
    key = registration_key(office, actor, request)
    try:
        answered = await idempotency.reserve(connection, key)
    except idempotency.KeyReused:
        return await _not_considered(connection, office, actor, request, code=IDEMPOTENCY_KEY_REUSED)
    if answered is not None:
        return await answer_of(connection, actor, UUID(answered.answer["attempt"]))
    registrant = await registrant_of(connection, actor, request)
    if isinstance(registrant, str):
        return await _not_considered(connection, office, actor, request, code=registrant, key=key)
    if (unknown := await _unknown_word(connection, office, actor, request)) is not None:
        return await _not_considered(
            connection, office, actor, request, code=unknown, key=key, registrant=registrant
        )
    attempt_id = await _decide(connection, office, actor, request, registrant)
    await idempotency.keep(connection, key, {"attempt": str(attempt_id)})
    return await answer_of(connection, actor, attempt_id)


async def _unknown_word(
    connection: Connection, office: Office, actor: Actor, request: RegisterCustomer
) -> str | None:
    """Return the code of a class or source that the policy does not have."""
    if request.details == NOTHING_SAID:
        return None
    version = await policies.in_force(connection, actor.alliance, await office.clock.now(connection))
    return refuse_details(request.details, version.policy)


async def _decide(
    connection: Connection, office: Office, actor: Actor, request: RegisterCustomer, registrant: Staff
) -> UUID:
    """Decide the attempt while its customer and its person's month are held; return the stored attempt."""
    keys = await _keys(connection, office, actor, request)
    held = await customer_files.hold(connection, actor.alliance, keys)
    judged = await judge(
        connection,
        office,
        actor,
        registrant,
        held,
        name=request.name,
        keys=keys,
        new_need=request.new_need,
        customer_class=request.details.customer_class,
    )
    home = (
        Home(region=None)
        if office.vouched
        else await find_home(connection, actor, registrant, request.address, judged.version.policy)
    )
    decision = held_back(judged.admit(), cross_region=bool(home.stores))
    filing = _filing(office, actor, request, judged.version, registrant=registrant, at=judged.attempt.made.at)
    waits = isinstance(decision, AwaitingApproval)
    more = home.noted | ({"stores": [str(id) for id in home.stores]} if waits else {})
    await write_decision(connection, actor, filing, judged, decision, office=office, more=more)
    if waits and request.cross_region_reason is not None:
        await file_request(
            connection,
            actor,
            cross_region_request(
                office,
                actor,
                attempt_id=filing.attempt_id,
                registrant_id=registrant.id,
                stores=home.stores,
                reason=request.cross_region_reason,
                at=filing.at,
            ),
        )
    return filing.attempt_id


def _filing(
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    version: PublishedPolicy,
    *,
    registrant: Staff | None,
    at: datetime,
) -> Filing:
    profile, need = profile_of(office, actor, request.details.as_listed(version.policy))
    return Filing(
        attempt_id=new_id(),
        contact_id=new_id(),
        registrant=registrant,
        channel=None if registrant is None else registrant.unit_kind.channel,
        version=version,
        at=at,
        new_need=request.new_need,
        contact=request.contact,
        keys=_keys_under(version, office, actor, request),
        note=sealed_if_any(office, actor, request.note),
        profile=profile,
        need=need,
    )


async def _keys(
    connection: Connection, office: Office, actor: Actor, request: RegisterCustomer
) -> CustomerKeys:
    version = await policies.in_force(connection, actor.alliance, await office.clock.now(connection))
    return _keys_under(version, office, actor, request)


def _keys_under(
    version: PublishedPolicy, office: Office, actor: Actor, request: RegisterCustomer
) -> CustomerKeys:
    return blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=version.policy,
    )


async def _not_considered(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    *,
    code: str,
    key: idempotency.IdempotencyKey | None = None,
    registrant: Staff | None = None,
) -> RegistrationRefused | RegistrationAdmitted:
    """Store an attempt that no policy was asked about, and answer with its code; `registrant` is None for nobody's."""
    at = await office.clock.now(connection)
    version = await policies.in_force(connection, actor.alliance, at)
    filing = _filing(office, actor, request, version, registrant=registrant, at=at)
    await file_attempt(connection, office, actor, filing, code, detail={})
    await idempotency.keep(connection, key, {"attempt": str(filing.attempt_id)})
    return await answer_of(connection, actor, filing.attempt_id)
