"""A registration about to be stored."""

from uuid import UUID

from baobei.clock import new_id
from baobei.policy.admission import Attempt
from baobei.policy.notices import next_notice_at
from baobei.policy.records import Registration
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, RegistrationId
from baobei.store.numbers import number_of
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_models import UNSORTED, Profile, StoredRegistration


def new_registration(
    attempt: Attempt,
    *,
    contact_id: UUID,
    version: PublishedPolicy,
    profile: Profile = UNSORTED,
    vouched: bool = False,
) -> StoredRegistration:
    """Return the registration that an admitted attempt makes; its policy is the version it was tested under.

    A customer whom a store registers is in the store: the plan runs from there, save in a vouched history.
    """
    id = new_id()
    facts = Registration(
        id=RegistrationId(str(id)),
        made=attempt.made,
        registrant=attempt.by,
        owner=attempt.by,
        channel=attempt.channel,
        keys=attempt.keys,
        policy=version.policy,
        last_touch_at=attempt.made.at,
        customer_class=attempt.customer_class,
    )
    return StoredRegistration(
        id=id,
        number=number_of(attempt.made.sequence),
        facts=facts,
        registrant_id=UUID(attempt.by),
        owner_id=UUID(attempt.by),
        contact_id=contact_id,
        new_need=attempt.new_need,
        policy_version_id=version.id,
        stored_status=standing(facts, attempt.made.at).status,
        profile=profile,
        visited_at=attempt.made.at if attempt.channel is Channel.STORE and not vouched else None,
        due_at=next_notice_at(facts, after=attempt.made.at),
    )
