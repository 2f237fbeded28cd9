"""Saying anew what kind of customer it is; for lists and the follow-up plan, never for clocks."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.customer_profile import Details, profile_of, refuse_details
from baobei.operations.follow_class import follow_class
from baobei.operations.registration_changes import open_for_owner, reload
from baobei.operations.results import Refused, RegistrationChanged, refuse
from baobei.operations.transaction import in_transaction
from baobei.store import ledger, policies, profiles
from baobei.store.connection import Connection
from baobei.store.ledger import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyRegistration:
    """What is said of the customer of a registration; what is left out stays as it was."""

    registration_id: UUID | None
    details: Details


async def classify_registration(
    office: Office, actor: Actor, request: ClassifyRegistration
) -> RegistrationChanged | Refused:
    """Change class, segment, need or source, by the owner or their manager; no touch, and no other deadline.

    The tasks of the plan that are for certain classes alone go and come with the class.
    What stood there before stays readable in the acts. Classes and sources are those of the version in force.
    Refuses with NOT_OWNER, NOT_LIVE, UNKNOWN_CLASS or UNKNOWN_SOURCE.
    """
    return await in_transaction(
        office, partial(_classify, office=office, actor=actor, request=request), within=actor
    )


async def _classify(
    connection: Connection, *, office: Office, actor: Actor, request: ClassifyRegistration
) -> RegistrationChanged | Refused:
    opened = await open_for_owner(connection, office, actor, request.registration_id)
    if isinstance(opened, Refused):
        return opened
    version = await policies.in_force(connection, actor.alliance, opened.at)
    if (code := refuse_details(request.details, version.policy)) is not None:
        return refuse(code)
    profile, need = profile_of(office, actor, request.details, before=opened.stored.profile)
    said = {name: value for name, value in request.details.facts.items() if name != "need"}
    classified = Act(
        kind="registration.classified",
        subject_id=opened.stored.id,
        occurred_at=opened.at,
        actor_id=actor.staff.id,
        detail=said,
        reason=need,
    )
    await ledger.append(connection, actor.alliance.id, [classified])
    await profiles.save(connection, actor.alliance.id, opened.stored.id, profile)
    await follow_class(connection, actor, opened.stored, profile.customer_class, at=opened.at)
    return RegistrationChanged(registration=await reload(connection, actor.alliance, opened.stored.id))
