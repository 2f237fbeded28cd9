"""Orders and the decisions on them as the viewer may see them."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from baobei.operations import access
from baobei.policy.explain import explain_attribution, explain_candidate
from baobei.policy.terms import Text
from baobei.store.attribution_models import StoredAttribution
from baobei.store.order_models import StoredOrder
from baobei.store.paging import Page
from baobei_api.graphql import checks
from baobei_api.graphql.convert_common import CommonConverter, id_of
from baobei_api.graphql.loaders import OrderCase
from baobei_api.graphql.money import amounts, optional_yuan, yuan
from baobei_api.graphql.order_facts import attribution_facts, candidate_facts
from baobei_api.graphql.types import orders
from baobei_api.graphql.types.shared import page_info

NOT_FOR_YOU: Final = Text(
    zh="这张订单的业绩界定详情只向当事人和管理人员公开。",
    en="The details of this decision are for the people it concerns and their managers.",
)


class OrderConverter(CommonConverter):
    """Converts orders for one viewer."""

    def order(self, stored: StoredOrder) -> orders.Order:
        """Return an order."""
        return orders.Order(
            id=id_of(stored.id),
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
            else id_of(stored.special_price_approval_id),
            stored=stored,
        )

    def order_page(
        self, found: Sequence[StoredOrder], *, page: Page, has_next: bool
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
        return access.may_see_order(self.viewer, placed_by=case.placed_by, parties=case.parties)

    def attribution(
        self, case: OrderCase, stored: StoredAttribution, *, in_full: bool = False
    ) -> orders.Attribution:
        """Return a decision: the whole of it for whom it concerns (`in_full`: who is known to be one), else the verdict
        and its clause.
        """
        in_full = in_full or access.reads_attribution(
            self.viewer, placed_by=case.placed_by, parties=case.parties
        )
        reason = self.disclosure.optional_text(stored.reason) if in_full else None
        facts = attribution_facts(case, stored, reason=reason)
        explained = partial(explain_attribution, facts, time_zone=self.zone)
        return orders.Attribution(
            id=id_of(stored.id),
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

    def _credits(self, case: OrderCase, stored: StoredAttribution) -> list[orders.Credit]:
        shares = [credit.share_bp for credit in stored.credits]
        total = case.order.amount_fen
        parts: Sequence[Decimal | None] = [None] * len(shares) if total is None else amounts(total, shares)
        return [
            orders.Credit(
                staff=self.staff(case.people[credit.staff_id]), share_bp=credit.share_bp, amount=amount
            )
            for credit, amount in zip(stored.credits, parts, strict=True)
        ]

    def _candidates(self, case: OrderCase, stored: StoredAttribution) -> list[orders.Candidate]:
        return [
            orders.Candidate(
                owner=self.staff(case.people[candidate.owner_id]),
                standing=candidate.status,
                clause=None
                if candidate.clause is None
                else self.clause(candidate.clause, case.published.policy),
                registration_id=candidate.registration_id,
                sentence=partial(explain_candidate, candidate_facts(case, candidate), time_zone=self.zone),
            )
            for candidate in stored.candidates
        ]

    def _ruling(
        self, case: OrderCase, stored: StoredAttribution, *, reason: str | None
    ) -> orders.Ruling | None:
        if stored.ruled_by_id is None:
            return None
        return orders.Ruling(
            ruled_by=self.staff(case.people[stored.ruled_by_id]),
            ruled_at=self.local(stored.decided_at),
            reason=reason or "",
        )


def _not_for_you() -> Text:
    return NOT_FOR_YOU
