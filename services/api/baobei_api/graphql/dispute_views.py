"""Disputes and precedents as the viewer may see them."""

from collections.abc import Sequence
from typing import Final, assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.policy.document import Policy
from baobei.store import dispute_models
from baobei.store.paging import Page
from baobei_api.graphql import answers, checks
from baobei_api.graphql.context import Context
from baobei_api.graphql.types import disputes
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import page_info

CURSOR_KIND: Final = "d"


def dispute_view(context: Context, stored: dispute_models.Dispute) -> disputes.Dispute:
    """Return a dispute."""
    return disputes.Dispute(
        id=strawberry.ID(str(stored.id)),
        status=stored.status,
        opened_at=context.convert.local(stored.opened_at),
        ended_at=context.convert.optional_local(stored.ended_at),
        reason=context.convert.disclosure.optional_text(stored.reason),
        stored=stored,
    )


def dispute_page(
    context: Context, found: Sequence[dispute_models.Dispute], *, page: Page, has_next: bool
) -> disputes.DisputeConnection:
    """Return a page of disputes."""
    edges = [
        disputes.DisputeEdge(node=dispute_view(context, each), cursor=checks.cursor(CURSOR_KIND, each.id))
        for each in found
    ]
    info = page_info([edge.cursor for edge in edges], page=page, has_next=has_next)
    return disputes.DisputeConnection(edges=edges, page_info=info)


def precedent_view(context: Context, found: dispute_models.Precedent, policy: Policy) -> disputes.Precedent:
    """Return an earlier ruling; whoever asks, phones in its reason are hidden: it is another customer's."""
    clause = found.clause
    return disputes.Precedent(
        attribution_id=strawberry.ID(str(found.id)),
        verdict=found.verdict,
        needs_review=found.needs_review,
        alike=found.alike,
        in_force=found.in_force,
        ruled_at=context.convert.local(found.ruled_at),
        reason=context.convert.disclosure.quoted(found.reason),
        shares=[
            disputes.PrecedentShare(share_bp=credit.share_bp, staff_id=credit.staff_id)
            for credit in found.credits
        ],
        clause=None if clause is None else context.convert.clause(clause, policy),
        ruled_by_id=found.ruled_by_id,
    )


def changed(
    context: Context, answer: outcomes.DisputeRecorded | outcomes.Refused
) -> disputes.DisputeRecorded | Refused:
    """Return what a change to a dispute came to."""
    context.renew()
    match answer:
        case outcomes.DisputeRecorded(dispute=dispute):
            return disputes.DisputeRecorded(dispute=dispute_view(context, dispute))
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)
