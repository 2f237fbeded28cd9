"""The uncontested claim: decided on the assumption that nothing is known of the customer.

The policy decides it like any other attempt, on an empty file, under the version that was last found in force;
the database acts on the decision only if that version is in force and the file empty indeed, and holds the quota.
Otherwise nothing has happened and the ordinary way is taken.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.attempt_answers import RegistrationAdmitted
from baobei.operations.customer_profile import profile_of, refuse_details
from baobei.operations.customers import blind_keys
from baobei.operations.free_text import sealed_if_any
from baobei.operations.new_registration import new_registration
from baobei.operations.registrants import registrant_of
from baobei.operations.registration_request import RegisterCustomer, registration_key
from baobei.operations.transaction import in_transaction, lent
from baobei.policy.admission import Admitted, Attempt, admit
from baobei.policy.calendar import month_of
from baobei.policy.customer_file import CustomerFile
from baobei.policy.document import CrossRegion
from baobei.policy.quota import quota_of
from baobei.policy.terms import Channel, Moment, StaffId
from baobei.store import claims, contacts, policies
from baobei.store.connection import Connection
from baobei.store.numbers import number_of
from baobei.store.organisation_models import Staff
from baobei.store.policy_models import PublishedPolicy
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import StoredRegistration

_NOTHING_KNOWN = CustomerFile()
_UNPLACED = 0  # the database gives the place in the order of recording


async def claim_unknown_customer(
    office: Office, actor: Actor, request: RegisterCustomer
) -> RegistrationAdmitted | None:
    """Claim a customer of whom nothing is known; None when it has to be decided the ordinary way."""
    if office.vouched:
        return None  # its lock on the customer would be kept with all the others until the history is loaded
    if request.for_staff_code in (None, actor.staff.code):
        async with lent(office, actor) as connection:
            return await _claimed(connection, office=office, actor=actor, request=request)
    # A colleague is held meanwhile: nobody makes them a leaver.
    return await in_transaction(
        office, partial(_claimed, office=office, actor=actor, request=request), within=actor
    )


async def _claimed(
    connection: Connection, *, office: Office, actor: Actor, request: RegisterCustomer
) -> RegistrationAdmitted | None:
    registrant = await registrant_of(connection, actor, request)
    if isinstance(registrant, str) or (channel := registrant.unit_kind.channel) is None:
        return None
    at = await office.clock.now(connection)
    alliance = actor.alliance
    version = policies.found_last(alliance, at) or await policies.in_force(connection, alliance, at)
    claim = _claim(office, actor, request, registrant, channel, version, at)
    if claim is None:
        return None
    claimed = await claims.claim_unknown_customer(
        connection, actor.alliance, claim, origin=actor.origin, request_id=actor.request_id
    )
    if claimed is None:
        return None
    quota = StaffQuota(staff_id=registrant.id, month=claim.month, limit=claim.quota_limit, used=claimed.used)
    return RegistrationAdmitted(registration=_placed(claim.registration, claimed.sequence), quota=quota)


def _claim(
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    registrant: Staff,
    channel: Channel,
    version: PublishedPolicy,
    at: datetime,
) -> claims.Claim | None:
    """Return the claim that an empty file would admit, None where it would not."""
    policy = version.policy
    if channel in policy.quota_channels and len(policy.quota_channels) > 1:
        return None  # the month is then counted over several rows
    if policy.cross_region is not CrossRegion.OFF:
        return None  # whether it is of another region is for the ordinary way to find
    if refuse_details(request.details, policy) is not None:
        return None
    keys = blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=policy,
    )
    person, month = StaffId(str(registrant.id)), month_of(at, actor.alliance.time_zone)
    made = Moment(at, _UNPLACED)
    attempt = Attempt(
        made=made,
        by=person,
        channel=channel,
        name=request.name,
        keys=keys,
        new_need=request.new_need,
        customer_class=request.details.customer_class,
    )
    quota = quota_of(staff=person, month=month, tallies={}, channel=channel, policy=policy)
    decision = admit(attempt, file=_NOTHING_KNOWN, quota=quota, policy=policy)
    if not isinstance(decision, Admitted):
        return None
    contact_id = new_id()
    profile, need = profile_of(office, actor, request.details.as_listed(policy))
    return claims.Claim(
        registration=new_registration(attempt, contact_id=contact_id, version=version, profile=profile),
        recorded_by_id=actor.staff.id,
        attempt_id=new_id(),
        clause=decision.clause,
        note=sealed_if_any(office, actor, request.note),
        need=need,
        month=month,
        quota_limit=quota.limit,
        contact=contacts.seal(
            request.contact, id=contact_id, alliance_id=actor.alliance.id, vault=office.vault
        ),
        idempotency_key=registration_key(office, actor, request),
    )


def _placed(registration: StoredRegistration, sequence: int) -> StoredRegistration:
    made = registration.facts.made._replace(sequence=sequence)
    return replace(registration, number=number_of(sequence), facts=replace(registration.facts, made=made))
