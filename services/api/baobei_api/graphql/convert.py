"""Where values of the core become what the viewer may see of them.

Who may see what is asked of `baobei.operations.access`; who a customer is, and what people wrote, is opened and
masked by `baobei.operations.disclosure`.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from baobei.operations import access
from baobei.operations.disclosure import ShownContact
from baobei.policy.explain import explain_standing
from baobei.policy.records import Registration as RegistrationFacts
from baobei.policy.standing import standing
from baobei.store.approval_models import Approval
from baobei.store.evidence import Evidence
from baobei.store.organisation_models import Staff, Unit
from baobei.store.paging import Page
from baobei.store.policy_models import PublishedPolicy
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import FollowUp, StoredRegistration
from baobei.vault import SealedContact
from baobei_api.graphql import checks
from baobei_api.graphql.convert_common import clause_of, id_of
from baobei_api.graphql.convert_orders import OrderConverter
from baobei_api.graphql.money import optional_yuan
from baobei_api.graphql.types import approvals, people, policy, registrations
from baobei_api.graphql.types.shared import page_info


class Converter(OrderConverter):
    """Converts for one viewer; what there is of orders comes with `OrderConverter`."""

    def may_see_registration(self, owner: Staff) -> bool:
        """Whether the viewer sees a registration of this owner as more than a party to an order."""
        return access.may_see_registration(self.viewer, owner=owner)

    def unit(self, unit: Unit) -> people.Unit:
        """Return a unit."""
        return people.Unit(
            id=id_of(unit.id), code=unit.code, name=unit.name, kind=unit.kind.value, region=unit.region
        )

    def quota(self, quota: StaffQuota) -> people.Quota:
        """Return a quota."""
        return people.Quota(
            month=quota.month,
            limit=quota.limit,
            used=quota.used,
            remaining=quota.remaining,
            staff_id=quota.staff_id,
        )

    def customer_of_registration(self, contact: SealedContact, *, owner: Staff) -> people.Customer:
        """Return the customer of a registration, masked for whoever may not see them."""
        return _customer(self.disclosure.of_registration(contact, owner=owner))

    def customer_of_order(self, contact: SealedContact, *, taker: Staff | None) -> people.Customer:
        """Return the customer of an order, masked for whoever may not see them."""
        return _customer(self.disclosure.of_order(contact, taker=taker))

    def policy_version(self, published: PublishedPolicy) -> policy.PolicyVersion:
        """Return a version of the policy."""
        document = published.policy
        return policy.PolicyVersion(
            id=id_of(published.id),
            code=document.code,
            version=document.version,
            effective_from=self.local(published.effective_from),
            digest=document.digest,
            clauses=[clause_of(clause) for _, clause in sorted(document.clauses.items())],
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
            sentence=partial(
                explain_standing, worth, registration_policy=facts.policy.of_class(facts.customer_class)
            ),
        )

    def registration(self, stored: StoredRegistration) -> registrations.Registration:
        """Return a registration."""
        return registrations.Registration(
            id=id_of(stored.id),
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
        self, found: Sequence[StoredRegistration], *, page: Page, has_next: bool
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

    def follow_up(self, follow_up: FollowUp, *, owner: Staff | None = None) -> registrations.FollowUp:
        """Return a follow-up of a registration of this owner; without one, as whoever recorded it sees it."""
        return registrations.FollowUp(
            id=id_of(follow_up.id),
            kind=follow_up.kind,
            note=self.disclosure.text(follow_up.note, owner=owner or self.viewer),
            recorded_at=self.local(follow_up.recorded_at),
            occurred_at=self.optional_local(follow_up.occurred_at),
            recorded_by_id=follow_up.recorded_by_id,
        )

    def follow_ups(
        self,
        found: Sequence[FollowUp],
        *,
        owner: Staff,
        page: Page,
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

    def approval(self, approval: Approval) -> approvals.Approval:
        """Return a request."""
        return approvals.Approval(
            id=id_of(approval.id),
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

    def evidence(self, evidence: Evidence, *, owner: Staff | None) -> approvals.Evidence:
        """Return what was attached to a request about a customer of this owner (None: of nobody)."""
        return approvals.Evidence(
            id=id_of(evidence.id),
            kind=evidence.kind,
            text=self.disclosure.optional_text(evidence.text, owner=owner),
            media_type=evidence.media_type,
            size_bytes=evidence.size_bytes,
            attached_at=self.local(evidence.attached_at),
            erased=evidence.erased_at is not None,
            attached_by_id=evidence.attached_by_id,
        )


def _customer(shown: ShownContact) -> people.Customer:
    return people.Customer(
        name=shown.name,
        phone=shown.phone,
        address=shown.address,
        masked=shown.masked,
        erased=shown.erased,
    )
