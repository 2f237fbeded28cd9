"""How a request ended, in one sentence for people: by whom, when, and why it came too late."""

from baobei.policy.explain import RequestEnd, explain_request_end
from baobei.policy.terms import Text
from baobei.store import approval_endings, organisation
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance


async def how_it_ended(connection: Connection, alliance: Alliance, approval: Approval) -> Text:
    """Return how a request that does not wait any more ended."""
    decider_id = approval.decided_by_id
    ids = [] if decider_id is None else [decider_id]
    people = await organisation.staff_by_ids(connection, alliance.id, ids)
    why = await approval_endings.whys(connection, alliance.id, [approval.id])
    by_name = None if decider_id is None else people[decider_id].name
    return ending_of(alliance, approval, by_name=by_name, why=why[approval.id])


def ending_of(alliance: Alliance, approval: Approval, *, by_name: str | None, why: str | None) -> Text:
    """Return the sentence; `by_name` None: whoever erased the person it was about, `why` as the act says it."""
    if approval.decided_at is None or approval.status is ApprovalStatus.PENDING:
        raise ValueError(f"request {approval.id} has not ended")
    return explain_request_end(
        RequestEnd(approval.status.value),
        by_name=by_name,
        at=approval.decided_at,
        why=why,
        of_extension=approval.kind is ApprovalKind.EXTENSION,
        time_zone=alliance.time_zone,
    )
