"""Who may see and do what: pure functions on staff members, by the rules that `rules` states as data.

Whose things a list shows is said by `access_scopes`.

The roles are those of the database at this moment. Which field goes by which rule is stated in
`baobei_api.graphql.who_may`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from baobei.operations.rules import (
    ACT,
    ADMINISTER,
    INTEGRATE,
    MANAGERS,
    READ_FIGURES,
    READ_LEAVERS,
    READ_REPORTS,
    REVEAL,
    RULE,
    SEE,
    SEE_CONTACT,
    SET_TARGETS,
    SETTLE,
    manages_unit,
)
from baobei.policy.disputes import Stake
from baobei.policy.document import CrossRegionDeputy
from baobei.store.api_key_models import ApiKey, KeyScope
from baobei.store.approval_models import Approval, ApprovalKind
from baobei.store.organisation_models import Role, Staff, Unit, UnitKind

# Who decides requests, of one kind or another.
DECIDERS: Final = frozenset({Role.STORE_MANAGER, Role.DEPARTMENT_HEAD})
# Without somebody of these nobody could rule, or let anybody in: the last one does not leave.
NEVER_WITHOUT: Final = frozenset({Role.ADMINISTRATOR, Role.DEPARTMENT_HEAD})


def sees_alliance(viewer: Staff) -> bool:
    """Whether the viewer sees every unit of the alliance."""
    return SEE.everywhere(viewer)


def is_department_head(viewer: Staff) -> bool:
    """Whether the viewer decides extensions, special prices, handovers, transfers and disputes.

    What is cross-region they decide where the stores have nobody, unless the policy has no deputy (`deciders`).
    """
    return RULE.everywhere(viewer)


def decides_requests(viewer: Staff) -> bool:
    """Whether the viewer decides requests of any kind; which, the kinds say (`operations.request_registry`)."""
    return not DECIDERS.isdisjoint(viewer.roles)


def decides_for_stores(viewer: Staff, unit_ids: Collection[UUID]) -> bool:
    """Whether the viewer is the store manager of one of these stores."""
    return Role.STORE_MANAGER in viewer.roles and viewer.unit_id in unit_ids


def may_decide_cross_region(viewer: Staff, store_ids: Collection[UUID]) -> bool:
    """Whether the viewer decides for one of these stores, or for one that has nobody: when, `deciders` says."""
    return decides_for_stores(viewer, store_ids) or is_department_head(viewer)


def deciders(
    approval: Approval, people: Collection[Staff], *, parties: Collection[UUID], deputy: CrossRegionDeputy
) -> tuple[Staff, ...]:
    """Return who of `people` may decide a request; never those whose own case it is (`parties`).

    What is cross-region the managers of its stores decide; where none of them may, the department heads, unless the
    policy has no deputy.
    """
    free = [person for person in people if person.active and person.id not in parties]
    heads = tuple(person for person in free if is_department_head(person))
    if approval.kind is not ApprovalKind.CROSS_REGION:
        return heads
    managers = tuple(person for person in free if decides_for_stores(person, approval.approver_unit_ids))
    return managers if managers or deputy is CrossRegionDeputy.NOBODY else heads


def may_see_registration(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may see a registration of this owner at all."""
    return SEE.covers(viewer, owner)


def sees_contact(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer sees the customer's phone and address in full."""
    return SEE_CONTACT.covers(viewer, owner)


def may_reveal_contact(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may have a customer shown in full, for a reason that is written down."""
    return REVEAL.covers(viewer, owner)


def may_act_on(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may record on a registration: its owner, or the owner's manager for the owner."""
    return ACT.covers(viewer, owner)


def may_register_for(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may register a customer that is then the person's."""
    return ACT.covers(viewer, person)


def may_import(viewer: Staff) -> bool:
    """Whether the viewer may bring in a file of customers: who works where customers are registered."""
    return viewer.unit_kind.channel is not None


def may_see_import(viewer: Staff, *, by_id: UUID) -> bool:
    """Whether the viewer may see an import: only who sent the file."""
    return viewer.id == by_id


def may_load_history(viewer: Staff) -> bool:
    """Whether the viewer may vouch for the times of an alliance's past."""
    return Role.ADMINISTRATOR in viewer.roles


def as_historian(person: Staff) -> Staff:
    """Return a person as a history acts for them: for themselves alone, as there are no managers in it."""
    return replace(person, roles=person.roles - MANAGERS)


def as_ruler(person: Staff) -> Staff:
    """Return a person as a history lets them decide: it vouches for the role of who decided."""
    return replace(person, roles=person.roles | {Role.DEPARTMENT_HEAD})


def may_settle_order(viewer: Staff, *, taker: Staff | None, placed_by_id: UUID) -> bool:
    """Whether the viewer may close and cancel an order of this taker (None: taken by nobody).

    An integration settles the orders that it placed itself, whoever took them.
    """
    if SETTLE.everywhere(viewer) or _placed_as_integration(viewer, placed_by_id):
        return True
    return taker is not None and SETTLE.covers(viewer, taker)


def sees_order_contact(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer sees the phone and address of an order in full."""
    return SEE_CONTACT.everywhere(viewer) or (taker is not None and SEE_CONTACT.covers(viewer, taker))


def reads_attribution(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer reads the whole decision: its parties (taker, credited, owners) and the managers.

    So does the integration that placed the order: it keeps the books that the credits go into.
    """
    if SEE.everywhere(viewer) or _placed_as_integration(viewer, placed_by.id):
        return True
    return any(SEE.covers(viewer, party) for party in parties)


def may_see_order(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer may see an order at all: who placed it, and who reads its decision."""
    return viewer.id == placed_by.id or reads_attribution(viewer, placed_by=placed_by, parties=parties)


def may_hear(viewer: Staff, *, people: Collection[Staff], alone: Collection[Staff]) -> bool:
    """Whether the viewer is told of an event: whom it concerns, the managers of `people`, and who sees all."""
    reached = SEE.everywhere(viewer) or any(SEE.covers(viewer, person) for person in people)
    return reached or any(viewer.id == person.id for person in alone)


def may_see_quota(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may see the person's quota."""
    return SEE.covers(viewer, person)


def may_manage_webhooks(viewer: Staff) -> bool:
    """Whether the viewer says who outside the alliance is told of events, and reads how that went."""
    return INTEGRATE.everywhere(viewer)


def may_administer(viewer: Staff) -> bool:
    """Whether the viewer lets people and keys in and out."""
    return ADMINISTER.everywhere(viewer)


def may_read_leaver(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer reads what is to be handed over when the person leaves."""
    return READ_LEAVERS.covers(viewer, person)


def may_read_figures(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer reads what a month of the person comes to."""
    return READ_FIGURES.covers(viewer, person)


def may_read_unit_figures(viewer: Staff, *, unit_id: UUID) -> bool:
    """Whether the viewer reads what a month of the unit comes to: its manager, and who reads all of them."""
    return READ_FIGURES.everywhere(viewer) or manages_unit(viewer, unit_id)


def may_set_targets(viewer: Staff) -> bool:
    """Whether the viewer says what people and units are to reach in a month."""
    return SET_TARGETS.everywhere(viewer)


def may_submit_report(viewer: Staff, *, unit: Unit, managers: Collection[Staff]) -> bool:
    """Whether the viewer submits the daily report of a unit, and corrects it: its manager.

    Where none of `managers` (who works in the unit) is its manager, the operations manager does it in their place.
    """
    if manages_unit(viewer, unit.id):
        return True
    if unit.kind.channel is None or any(manages_unit(each, unit.id) for each in managers):
        return False
    return Role.OPERATIONS_MANAGER in viewer.roles


def may_read_report(viewer: Staff, *, unit: Unit) -> bool:
    """Whether the viewer reads the daily reports of a unit: its manager, and who they are handed to or answers for them.

    A field department's are copied to the marketing manager, a store's are not (3.1.1, 3.1.2). Headquarters has none.
    """
    if unit.kind.channel is None:
        return False
    if manages_unit(viewer, unit.id):
        return True
    readers = READ_REPORTS.alliance
    if unit.kind is not UnitKind.FIELD_DEPARTMENT:
        readers = readers - {Role.MARKETING_MANAGER}
    return not readers.isdisjoint(viewer.roles)


def may_be_given(person: Staff) -> bool:
    """Whether registrations and orders may become the person's: no leaver's, and no mere integration's."""
    return person.active and person.roles != {Role.INTEGRATION}


def decides_alone(person: Staff, *, active: Collection[Staff]) -> bool:
    """Whether what waits for a department head waits for this person: there is no other who works here.

    Who decides for a store is not looked at: where its managers are gone, the heads are their deputies.
    """
    others = any(is_department_head(other) for other in active if other.id != person.id)
    return is_department_head(person) and not others


def somebody_decides(heads: Collection[Staff], *, parties: Collection[UUID]) -> bool:
    """Whether one of the department heads who work here is no party, so that it is not their own case."""
    return any(head.active and is_department_head(head) and head.id not in parties for head in heads)


def may_be_a_key(person: Staff) -> bool:
    """Whether an API key may be this staff member: one who works here as an integration."""
    return person.active and Role.INTEGRATION in person.roles


def may_act_for(key: ApiKey, person: Staff) -> bool:
    """Whether a key may act for a staff member: one who works here, and for whom it was made."""
    listed = person.id in key.for_staff_ids or person.unit_id in key.for_unit_ids
    return person.active and (key.for_everybody or listed)


def may_use(scopes: Collection[KeyScope] | None, needed: KeyScope | None) -> bool:
    """Whether a caller may ask for what needs a scope (None: no key may); `scopes` None is a person."""
    return scopes is None or needed in scopes


def may_withdraw_request(viewer: Staff, *, asked_by_id: UUID, owner_id: UUID | None) -> bool:
    """Whether the viewer may take a request back, or add to it: who asked, and whose it is by now.

    `owner_id` owns the registration that it concerns, or would be given it; None: it concerns nobody's.
    """
    return viewer.id == asked_by_id or viewer.id == owner_id


def may_read_evidence_file(viewer: Staff, *, asked_by_id: UUID, decides: bool, owner: Staff | None) -> bool:
    """Whether the viewer is given a file attached to a request that they may see: who asked, who decides it, and who
    sees the customer in full. Phones in a file cannot be hidden as those in a text are.

    `owner` is whose customer it is: the owner of the registration, or who would receive it; None: nobody's.
    """
    return viewer.id == asked_by_id or decides or sees_order_contact(viewer, taker=owner)


def may_see_request(viewer: Staff, approval: Approval, *, people: Collection[Staff]) -> bool:
    """Whether the viewer may see a request: who sees what is its people's (who asked, owns, would receive), and who
    decides it."""
    return any(SEE.covers(viewer, person) for person in people) or decides_for_stores(
        viewer, approval.approver_unit_ids
    )


def has_stake(viewer: Staff, *, parties: Collection[Staff]) -> bool:
    """Whether the viewer speaks in a dispute of these parties: one of them, or a manager for one of them."""
    return any(ACT.covers(viewer, party) for party in parties)


def gains_nothing(viewer: Staff, *, credited: Collection[UUID], parties: Collection[Staff]) -> bool:
    """Whether a decision gives the viewer all there is: it credits them alone, or the only one they speak for alone."""
    spoken_for = {viewer.id} & set(credited) or {party.id for party in parties if ACT.covers(viewer, party)}
    return len(credited) == 1 and spoken_for == set(credited)


def may_withdraw_dispute(
    viewer: Staff, *, opened_by: Staff, parties: Collection[Staff], speakers: Collection[UUID]
) -> bool:
    """Whether the viewer takes a dispute back: who opened it, or their manager for them.

    Never a manager with a stake of their own, nor one who has spoken in it while they manage another party: nobody
    knows for which side.
    """
    if viewer.id == opened_by.id:
        return True
    if not ACT.covers(viewer, opened_by) or any(party.id == viewer.id for party in parties):
        return False
    return viewer.id not in speakers or not has_stake(
        viewer, parties=[party for party in parties if party.id != opened_by.id]
    )


def reads_disputed_decision(
    viewer: Staff, *, stakes: Mapping[UUID, Stake], parties: Collection[Staff]
) -> bool:
    """Whether the viewer reads in a dispute the decision that is disputed: who has more of a stake than an attempt that
    came to nothing, and their managers.
    """
    return any(SEE.covers(viewer, party) for party in parties if stakes[party.id] is not Stake.REFUSED)


def may_see_dispute(viewer: Staff, *, opened_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer may see a dispute at all: its parties, their managers, and who sees the alliance."""
    return SEE.everywhere(viewer) or any(SEE.covers(viewer, party) for party in (opened_by, *parties))


def _placed_as_integration(viewer: Staff, placed_by_id: UUID) -> bool:
    return Role.INTEGRATION in viewer.roles and viewer.id == placed_by_id
