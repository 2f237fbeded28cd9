"""Where values of the core become what the viewer may see of them: the only file that knows both sides.

Who may see what is asked of `baobei.operations.access`; who a customer is, and what people wrote, is opened and
masked by `baobei.operations.disclosure`.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

import strawberry

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.disclosure import Disclosure, ShownContact
from baobei.policy.document import Clause as PolicyClause
from baobei.policy.document import Policy
from baobei.policy.explain import explain_attribution, explain_candidate, explain_standing
from baobei.policy.records import Registration as RegistrationFacts
from baobei.policy.standing import standing
from baobei.policy.terms import ClauseNumber, Text
from baobei.store import models
from baobei.store.evidence import Evidence
from baobei.vault import SealedContact
from baobei_api.graphql import checks
from baobei_api.graphql.loaders import OrderCase
from baobei_api.graphql.money import amounts, optional_yuan, yuan
from baobei_api.graphql.order_facts import attribution_facts, candidate_facts
from baobei_api.graphql.types import approvals, orders, people, policy, registrations
from baobei_api.graphql.types.shared import page_info

NOT_FOR_YOU: Final = Text(
    zh="这张订单的认定详情只向当事人和管理人员公开。",
    en="The details of this decision are for the people it concerns and their managers.",
)


class Converter:
    """Converts for one viewer; instants go out in the time zone of the viewer's alliance."""

    def __init__(self, office: Office, actor: Actor) -> None:
        self._viewer = actor.staff
        self.disclosure = Disclosure(vault=office.vault, alliance_id=actor.alliance.id, viewer=actor.staff)
        self._zone = actor.alliance.time_zone

    def local(self, instant: datetime) -> datetime:
        """Return an instant in the alliance's time zone."""
        return instant.astimezone(self._zone)

    def optional_local(self, instant: datetime | None) -> datetime | None:
        """Return an instant in the alliance's time zone, None for none."""
        return None if instant is None else self.local(instant)

    def may_see_registration(self, owner: models.Staff) -> bool:
        """Whether the viewer sees a registration of this owner as more than a party to an order."""
        return access.may_see_registration(self._viewer, owner=owner)

    def unit(self, unit: models.Unit) -> people.Unit:
        """Return a unit."""
        return people.Unit(
            id=_id(unit.id), code=unit.code, name=unit.name, kind=unit.kind.value, region=unit.region
        )

    def staff(self, staff: models.Staff) -> people.Staff:
        """Return a staff member."""
        return people.Staff(
            id=_id(staff.id),
            code=staff.code,
            name=staff.name,
            roles=sorted(staff.roles),
            active=staff.active,
            unit_id=staff.unit_id,
        )

    def quota(self, quota: models.StaffQuota) -> people.Quota:
        """Return a quota."""
        return people.Quota(
            month=quota.month,
            limit=quota.limit,
            used=quota.used,
            remaining=quota.remaining,
            staff_id=quota.staff_id,
        )

    def customer_of_registration(self, contact: SealedContact, *, owner: models.Staff) -> people.Customer:
        """Return the customer of a registration, masked for whoever may not see them."""
        return _customer(self.disclosure.of_registration(contact, owner=owner))

    def customer_of_order(self, contact: SealedContact, *, taker: models.Staff | None) -> people.Customer:
        """Return the customer of an order, masked for whoever may not see them."""
        return _customer(self.disclosure.of_order(contact, taker=taker))

    def clause(self, number: ClauseNumber, document: Policy) -> policy.Clause:
        """Return a clause as a version words it."""
        return _clause(document.clause(number))

    def policy_version(self, published: models.PublishedPolicy) -> policy.PolicyVersion:
        """Return a version of the policy."""
        document = published.policy
        return policy.PolicyVersion(
            id=_id(published.id),
            code=document.code,
            version=document.version,
            effective_from=self.local(published.effective_from),
            digest=document.digest,
            clauses=[_clause(clause) for _, clause in sorted(document.clauses.items())],
        )

    def standing(self, facts: RegistrationFacts, at: datetime) -> registrations.Standing:
        """Return what a registration is worth at an instant."""
        worth = standing(facts, at)
        return registrations.Standing(
            status=worth.status,
            as_of=self.local(at),
            clause=None if worth.clause is None else self.clause(worth.clause, facts.policy),
            follow_up_due_at=self.local(worth.follow_up_due_at) if worth.live else None,
            follow_up_overdue=worth.follow_up_overdue,
            lapses_at=self.local(worth.lapses_at) if worth.live else None,
            expires_at=self.optional_local(worth.expires_at),
            ended_at=self.optional_local(worth.ended_at),
            sentence=partial(explain_standing, worth, registration_policy=facts.policy),
        )

    def registration(self, stored: models.StoredRegistration) -> registrations.Registration:
        """Return a registration."""
        return registrations.Registration(
            id=_id(stored.id),
            number=stored.number,
            channel=stored.facts.channel,
            registered_at=self.local(stored.registered_at),
            new_need=stored.new_need,
            measured_at=self.optional_local(stored.facts.measured_at),
            customer_class=stored.profile.customer_class,
            segment=stored.profile.segment,
            source=stored.profile.source,
            stored=stored,
        )

    def registration_page(
        self, found: Sequence[models.StoredRegistration], *, page: models.Page, has_next: bool
    ) -> registrations.RegistrationConnection:
        """Return a page of registrations."""
        edges = [
            registrations.RegistrationEdge(
                node=self.registration(stored), cursor=checks.cursor("r", stored.id)
            )
            for stored in found
        ]
        info = page_info([edge.cursor for edge in edges], page=page, has_next=has_next)
        return registrations.RegistrationConnection(edges=edges, page_info=info)

    def follow_up(
        self, follow_up: models.FollowUp, *, owner: models.Staff | None = None
    ) -> registrations.FollowUp:
        """Return a follow-up of a registration of this owner; without one, as whoever recorded it sees it."""
        return registrations.FollowUp(
            id=_id(follow_up.id),
            kind=follow_up.kind,
            note=self.disclosure.text(follow_up.note, owner=owner or self._viewer),
            recorded_at=self.local(follow_up.recorded_at),
            occurred_at=self.optional_local(follow_up.occurred_at),
            recorded_by_id=follow_up.recorded_by_id,
        )

    def follow_ups(
        self,
        found: Sequence[models.FollowUp],
        *,
        owner: models.Staff,
        page: models.Page,
        has_next: bool,
    ) -> registrations.FollowUpConnection:
        """Return a page of follow-ups."""
        edges = [
            registrations.FollowUpEdge(
                node=self.follow_up(each, owner=owner), cursor=checks.cursor("f", each.id)
            )
            for each in found
        ]
        info = page_info([edge.cursor for edge in edges], page=page, has_next=has_next)
        return registrations.FollowUpConnection(edges=edges, page_info=info)

    def order(self, stored: models.StoredOrder) -> orders.Order:
        """Return an order."""
        return orders.Order(
            id=_id(stored.id),
            external_ref=stored.external_ref,
            status=stored.status,
            amount=None if stored.amount_fen is None else yuan(stored.amount_fen),
            placed_at=self.local(stored.placed_at),
            closed_at=self.optional_local(stored.closed_at),
            cancelled_at=self.optional_local(stored.cancelled_at),
            list_amount=optional_yuan(stored.list_fen),
            price_violation=stored.price_violation,
            special_price_approval_id=None
            if stored.special_price_approval_id is None
            else _id(stored.special_price_approval_id),
            stored=stored,
        )

    def order_page(
        self, found: Sequence[models.StoredOrder], *, page: models.Page, has_next: bool
    ) -> orders.OrderConnection:
        """Return a page of orders."""
        edges = [
            orders.OrderEdge(node=self.order(stored), cursor=checks.cursor("o", stored.id))
            for stored in found
        ]
        info = page_info([edge.cursor for edge in edges], page=page, has_next=has_next)
        return orders.OrderConnection(edges=edges, page_info=info)

    def may_see_order(self, case: OrderCase) -> bool:
        """Whether the viewer may see an order at all."""
        return access.may_see_order(self._viewer, placed_by=case.placed_by, parties=case.parties)

    def attribution(self, case: OrderCase, stored: models.StoredAttribution) -> orders.Attribution:
        """Return a decision: the whole of it for whom it concerns, else the verdict and its clause."""
        in_full = access.reads_attribution(self._viewer, placed_by=case.placed_by, parties=case.parties)
        reason = self.disclosure.optional_text(stored.reason) if in_full else None
        facts = attribution_facts(case, stored, reason=reason)
        explained = partial(explain_attribution, facts, time_zone=self._zone)
        return orders.Attribution(
            id=_id(stored.id),
            verdict=stored.verdict,
            credits=self._credits(case, stored) if in_full else [],
            clause=None if stored.clause is None else self.clause(stored.clause, case.published.policy),
            needs_review=stored.needs_review,
            candidates=self._candidates(case, stored) if in_full else [],
            decided_at=self.local(stored.decided_at),
            digest=stored.digest,
            ruling=self._ruling(case, stored, reason=reason) if in_full else None,
            registration_id=stored.registration_id if in_full else None,
            policy_version_id=stored.policy_version_id,
            sentence=explained if in_full else _not_for_you,
        )

    def approval(self, approval: models.Approval) -> approvals.Approval:
        """Return a request."""
        return approvals.Approval(
            id=_id(approval.id),
            kind=approval.kind,
            status=approval.status,
            requested_at=self.local(approval.requested_at),
            decided_at=self.optional_local(approval.decided_at),
            days=approval.days,
            list_price=optional_yuan(approval.list_fen),
            asked_price=optional_yuan(approval.asked_fen),
            receiver_id=approval.receiver_id,
            registration_id=approval.registration_id,
            attempt_id=approval.attempt_id,
            requested_by_id=approval.requested_by_id,
            decided_by_id=approval.decided_by_id,
            stored=approval,
        )

    def evidence(self, evidence: Evidence, *, owner: models.Staff | None) -> approvals.Evidence:
        """Return what was attached to a request about a customer of this owner (None: of nobody)."""
        return approvals.Evidence(
            id=_id(evidence.id),
            kind=evidence.kind,
            text=self.disclosure.optional_text(evidence.text, owner=owner),
            media_type=evidence.media_type,
            size_bytes=evidence.size_bytes,
            attached_at=self.local(evidence.attached_at),
            erased=evidence.erased_at is not None,
            attached_by_id=evidence.attached_by_id,
        )

    def _credits(self, case: OrderCase, stored: models.StoredAttribution) -> list[orders.Credit]:
        shares = [credit.share_bp for credit in stored.credits]
        total = case.order.amount_fen
        parts: Sequence[Decimal | None] = [None] * len(shares) if total is None else amounts(total, shares)
        return [
            orders.Credit(
                staff=self.staff(case.people[credit.staff_id]), share_bp=credit.share_bp, amount=amount
            )
            for credit, amount in zip(stored.credits, parts, strict=True)
        ]

    def _candidates(self, case: OrderCase, stored: models.StoredAttribution) -> list[orders.Candidate]:
        return [
            orders.Candidate(
                owner=self.staff(case.people[candidate.owner_id]),
                standing=candidate.status,
                clause=None
                if candidate.clause is None
                else self.clause(candidate.clause, case.published.policy),
                registration_id=candidate.registration_id,
                sentence=partial(explain_candidate, candidate_facts(case, candidate), time_zone=self._zone),
            )
            for candidate in stored.candidates
        ]

    def _ruling(
        self, case: OrderCase, stored: models.StoredAttribution, *, reason: str | None
    ) -> orders.Ruling | None:
        if stored.ruled_by_id is None:
            return None
        return orders.Ruling(
            ruled_by=self.staff(case.people[stored.ruled_by_id]),
            ruled_at=self.local(stored.decided_at),
            reason=reason or "",
        )


def _id(id: UUID) -> strawberry.ID:
    return strawberry.ID(str(id))


def _clause(clause: PolicyClause) -> policy.Clause:
    return policy.Clause(number=clause.number, titles=clause.title, texts=clause.text)


def _customer(shown: ShownContact) -> people.Customer:
    return people.Customer(
        name=shown.name,
        phone=shown.phone,
        address=shown.address,
        masked=shown.masked,
        erased=shown.erased,
    )


def _not_for_you() -> Text:
    return NOT_FOR_YOU
