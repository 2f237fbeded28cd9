"""Registering a prospective customer (报备): the first registration is protected."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.attempt_answers import (
    FieldProblem,
    RegistrationAdmitted,
    RegistrationRefused,
    answer_of,
    detail_of,
)
from baobei.operations.claim_fast import claim_unknown_customer
from baobei.operations.customer_profile import NOTHING_SAID, profile_of, refuse_details
from baobei.operations.customers import blind_keys
from baobei.operations.free_text import sealed_if_any
from baobei.operations.new_registration import new_registration
from baobei.operations.quota_acts import acts_of_quota
from baobei.operations.registration_changes import Change, record
from baobei.operations.registration_request import RegisterCustomer, registration_key
from baobei.operations.results import IDEMPOTENCY_KEY_REUSED, NO_CHANNEL, NOT_OWNER, UNKNOWN_STAFF
from baobei.operations.transaction import TRIED_AGAIN, in_transaction
from baobei.policy import admission
from baobei.policy.admission import Admission, Admitted
from baobei.policy.calendar import month_of
from baobei.policy.identity import CustomerKeys
from baobei.policy.quota import quota_of
from baobei.policy.records import Ended, RecordedEnd
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, Moment, StaffId
from baobei.store import (
    attempts,
    contacts,
    customer_files,
    idempotency,
    ledger,
    organisation,
    policies,
    quotas,
    registrations,
)
from baobei.store.connection import Connection
from baobei.store.contacts import NO_KEYS
from baobei.store.customer_files import HeldFile
from baobei.store.ledger import Act
from baobei.store.models import (
    Attempt,
    AttemptOutcome,
    Profile,
    PublishedPolicy,
    Staff,
    StoredRegistration,
)
from baobei.vault import SealedText

__all__ = [
    "FieldProblem",
    "RegisterCustomer",
    "RegistrationAdmitted",
    "RegistrationRefused",
    "register_customer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filing:
    """An attempt on its way into the books: who registers, where, under which version, and when.

    `sorted_as` is what was said of the customer, with the text of their need, sealed.
    """

    attempt_id: UUID
    contact_id: UUID
    registrant: Staff | None
    channel: Channel | None
    version: PublishedPolicy
    at: datetime
    sorted_as: tuple[Profile, SealedText | None]


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
        return await _not_considered(connection, office, actor, request, code=unknown, key=key)
    attempt_id = await _decide(connection, office, actor, request, registrant)
    await idempotency.keep(connection, key, {"attempt": str(attempt_id)})
    return await answer_of(connection, actor, attempt_id)


async def registrant_of(connection: Connection, actor: Actor, request: RegisterCustomer) -> Staff | str:
    """Return whose registration it is to be, or the code of why it cannot be."""
    code = request.for_staff_code
    if code is None or code == actor.staff.code:
        person = actor.staff
    else:
        named = await organisation.hold_staff_by_code(connection, actor.alliance.id, code)
        if named is None or not named.active:
            return UNKNOWN_STAFF
        if not access.may_register_for(actor.staff, person=named):
            return NOT_OWNER
        person = named
    registers = person.unit_kind.channel is not None and access.may_be_given(person)
    return person if registers else NO_CHANNEL


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
    channel = registrant.unit_kind.channel
    if channel is None:
        raise ValueError("a registrant without a channel")
    keys = await _keys(connection, office, actor, request)
    held = await customer_files.hold(connection, actor.alliance, keys)
    at = held.not_before(await office.clock.now(connection))
    version = await policies.in_force(connection, actor.alliance, at)
    month = month_of(at, actor.alliance.time_zone)
    tallies = await quotas.lock_tallies(
        connection, actor.alliance.id, staff_id=registrant.id, month=month, channel=channel
    )
    person = StaffId(str(registrant.id))
    quota = quota_of(staff=person, month=month, tallies=tallies, channel=channel, policy=version.policy)
    made = Moment(at, await registrations.next_sequence(connection))
    attempt = admission.Attempt(
        made=made,
        by=person,
        channel=channel,
        name=request.name,
        keys=keys,
        new_need=request.new_need,
        customer_class=request.details.customer_class,
    )
    decision = admission.admit(attempt, file=held.facts, quota=quota, policy=version.policy)
    filing = _Filing(
        attempt_id=new_id(),
        contact_id=new_id(),
        registrant=registrant,
        channel=channel,
        version=version,
        at=at,
        sorted_as=profile_of(office, actor, request.details),
    )
    registration = None
    if isinstance(decision, Admitted):
        registration = new_registration(
            attempt,
            contact_id=filing.contact_id,
            version=version,
            profile=filing.sorted_as[0],
            vouched=office.vouched,
        )
    counted = registration is not None and channel in version.policy.quota_channels
    detail = detail_of(decision, quota, admitted_more=counted)
    if registration is not None:
        # The words of the uncontested claim, which the database writes: one event, one shape.
        detail |= {"attempt": str(filing.attempt_id), "registration": str(registration.id)}
    told = acts_of_quota(quota, quota.plus(int(counted)), actor_id=actor.staff.id, at=at)
    await _file_attempt(connection, office, actor, request, filing, decision, registration, detail)
    if registration is not None and isinstance(decision, Admitted):
        await _admit(connection, actor, registration, decision, held, detail, told)
    return filing.attempt_id


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


async def _file_attempt(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    filing: _Filing,
    decision: Admission | str,
    registration: StoredRegistration | None,
    detail: dict[str, object],
) -> None:
    """Append the attempt with what it was answered; a code instead of a decision was never considered."""
    if isinstance(decision, str):
        outcome, code, clause = AttemptOutcome.NOT_CONSIDERED, decision, None
    else:
        outcome, code, clause = AttemptOutcome.of(decision.outcome), decision.outcome.value, decision.clause
    attempt = Attempt(
        id=filing.attempt_id,
        attempted_at=filing.at,
        registrant_id=None if filing.registrant is None else filing.registrant.id,
        recorded_by_id=actor.staff.id,
        outcome=outcome,
        code=code,
        clause=clause,
        registration_id=None if registration is None else registration.id,
        policy_version_id=filing.version.id,
        detail=detail,
    )
    await contacts.insert(
        connection,
        actor.alliance.id,
        office.vault,
        id=filing.contact_id,
        contact=request.contact,
        keys=NO_KEYS if registration is not None else _keys_under(filing.version, office, actor, request),
    )
    await attempts.insert(
        connection,
        actor.alliance.id,
        attempt,
        channel=filing.channel,
        new_need=request.new_need,
        note=sealed_if_any(office, actor, request.note),
        contact_id=filing.contact_id,
        profile=filing.sorted_as[0],
        need=filing.sorted_as[1],
    )
    if registration is None:
        refused = Act(
            kind="registration.refused",
            subject_id=attempt.id,
            occurred_at=filing.at,
            actor_id=actor.staff.id,
            detail={"code": attempt.code, "clause": attempt.clause},
        )
        await ledger.append(connection, actor.alliance.id, [refused])


async def _admit(
    connection: Connection,
    actor: Actor,
    registration: StoredRegistration,
    decision: Admitted,
    held: HeldFile,
    detail: dict[str, object],
    told: list[Act],
) -> None:
    """End what the registration supersedes, let go of keys that ended claims still hold, and claim."""
    at = registration.registered_at
    ends = [
        Change(
            stored=held.registration(id),
            event=Ended(at=at, kind=RecordedEnd.SUPERSEDED),
            detail={"by": str(registration.id)},
        )
        for id in decision.supersedes
    ]
    stale = [
        Change(stored=stored)
        for stored in held.registrations
        if stored.facts.end is None and not standing(stored.facts, at).live
    ]
    await record(connection, actor, [*ends, *stale], at=at)
    await registrations.insert(connection, actor.alliance, registration)
    await quotas.change(connection, actor.alliance.id, registration.id, made=1)
    admitted = Act(
        kind="registration.admitted",
        subject_id=registration.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail=detail,
    )
    await ledger.append(connection, actor.alliance.id, [admitted, *told])


async def _not_considered(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    *,
    code: str,
    key: idempotency.IdempotencyKey | None = None,
) -> RegistrationRefused | RegistrationAdmitted:
    """Store an attempt that no policy was asked about, and answer with its code."""
    at = await office.clock.now(connection)
    filing = _Filing(
        attempt_id=new_id(),
        contact_id=new_id(),
        registrant=None,
        channel=None,
        version=await policies.in_force(connection, actor.alliance, at),
        at=at,
        sorted_as=profile_of(office, actor, request.details),
    )
    await _file_attempt(connection, office, actor, request, filing, code, None, {})
    await idempotency.keep(connection, key, {"attempt": str(filing.attempt_id)})
    return await answer_of(connection, actor, filing.attempt_id)
