"""Judging an attempt to register while its customer is held, and writing down what became of it.

The one way into the books: for who registers a customer, and for who approves an attempt that has waited.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.attempt_answers import detail_of
from baobei.operations.new_registration import new_registration
from baobei.operations.quota_acts import acts_of_quota
from baobei.operations.registration_changes import Change, record
from baobei.policy import admission
from baobei.policy.admission import Admission, Admitted
from baobei.policy.calendar import month_of
from baobei.policy.identity import CustomerKeys
from baobei.policy.quota import Quota, quota_of
from baobei.policy.records import Ended, RecordedEnd
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, Moment, StaffId
from baobei.store import attempts, contacts, ledger, policies, quotas, registrations
from baobei.store.attempt_models import Attempt, AttemptOutcome
from baobei.store.connection import Connection
from baobei.store.contacts import NO_KEYS
from baobei.store.customer_files import HeldFile
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_models import UNSORTED, Contact, Profile, StoredRegistration
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """An attempt on its way into the books: who registers, where, under which version, and when.

    `contact` None: the customer was written down before, with the attempt that has waited. `need` is the text of the
    profile's need, sealed; None where there is none, or where it was written down before.
    """

    attempt_id: UUID
    contact_id: UUID
    registrant: Staff | None
    channel: Channel | None
    version: PublishedPolicy
    at: datetime
    new_need: bool
    contact: Contact | None = None
    keys: CustomerKeys = NO_KEYS
    note: SealedText | None = None
    profile: Profile = UNSORTED
    need: SealedText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An attempt as it stands before the policy, with its customer and its person's month held."""

    attempt: admission.Attempt
    held: HeldFile
    quota: Quota
    version: PublishedPolicy

    def admit(self) -> Admission:
        """Return what the policy makes of it, all five checks."""
        return admission.admit(
            self.attempt, file=self.held.facts, quota=self.quota, policy=self.version.policy
        )

    def admit_again(self, *, owner: StaffId) -> Admission:
        """Return what the policy makes of it now, when its three facts were found to be there before.

        `owner` is whose claim it would be: whoever made it, unless it was handed over meanwhile. Whose month it counts in
        does not change.
        """
        attempt = replace(self.attempt, by=owner)
        return admission.admit_complete(
            attempt, file=self.held.facts, quota=self.quota, policy=self.version.policy
        )


async def judge(
    connection: Connection,
    office: Office,
    actor: Actor,
    registrant: Staff,
    held: HeldFile,
    *,
    name: str,
    keys: CustomerKeys,
    new_need: bool,
    customer_class: str | None,
) -> Judged:
    """Hold the person's month and return the attempt as of now; the customer is held already."""
    channel = registrant.unit_kind.channel
    if channel is None:
        raise ValueError("a registrant without a channel")
    at = held.not_before(await office.clock.now(connection))
    version = await policies.in_force(connection, actor.alliance, at)
    month = month_of(at, actor.alliance.time_zone)
    tallies = await quotas.lock_tallies(
        connection, actor.alliance.id, staff_id=registrant.id, month=month, channel=channel
    )
    person = StaffId(str(registrant.id))
    made = Moment(at, await registrations.next_sequence(connection))
    return Judged(
        attempt=admission.Attempt(
            made=made,
            by=person,
            channel=channel,
            name=name,
            keys=keys,
            new_need=new_need,
            customer_class=customer_class,
        ),
        held=held,
        quota=quota_of(staff=person, month=month, tallies=tallies, channel=channel, policy=version.policy),
        version=version,
    )


async def write_decision(
    connection: Connection,
    actor: Actor,
    filing: Filing,
    judged: Judged,
    decision: Admission,
    *,
    office: Office,
    more: dict[str, Any] | None = None,
) -> StoredRegistration | None:
    """Append the attempt as it was decided; of one that is admitted make and return the registration.

    `more` is kept with the attempt.
    """
    registration = None
    if isinstance(decision, Admitted):
        registration = new_registration(
            judged.attempt,
            contact_id=filing.contact_id,
            version=filing.version,
            profile=filing.profile,
            vouched=office.vouched,
        )
    counted = registration is not None and filing.channel in filing.version.policy.quota_channels
    detail = detail_of(decision, judged.quota, admitted_more=counted) | (more or {})
    if registration is not None:
        # The words of the uncontested claim, which the database writes: one event, one shape.
        detail |= {"attempt": str(filing.attempt_id), "registration": str(registration.id)}
    told = acts_of_quota(judged.quota, judged.quota.plus(int(counted)), actor_id=actor.staff.id, at=filing.at)
    await file_attempt(connection, office, actor, filing, decision, registration=registration, detail=detail)
    if registration is not None and isinstance(decision, Admitted):
        await _admit(connection, actor, registration, decision, judged.held, detail, told)
    return registration


async def file_attempt(
    connection: Connection,
    office: Office,
    actor: Actor,
    filing: Filing,
    decision: Admission | str,
    *,
    registration: StoredRegistration | None = None,
    detail: dict[str, Any],
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
    if filing.contact is not None:
        await contacts.insert(
            connection,
            actor.alliance.id,
            office.vault,
            id=filing.contact_id,
            contact=filing.contact,
            keys=NO_KEYS if registration is not None else filing.keys,
        )
    await attempts.insert(
        connection,
        actor.alliance.id,
        attempt,
        channel=filing.channel,
        new_need=filing.new_need,
        note=filing.note,
        contact_id=filing.contact_id,
        profile=filing.profile,
        need=filing.need,
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
