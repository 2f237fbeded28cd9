"""What waits for somebody's decision, and evidence that was attached."""

from typing import Annotated, TypeAlias, Union

import strawberry

from baobei_api.graphql.types.approvals import Approval, Evidence
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import PageInfo


@strawberry.type(description="A request that waits for the viewer.")
class ApprovalInboxEdge:
    """A request in the inbox."""

    node: Approval = strawberry.field(description="The request.")
    cursor: str = strawberry.field(description="Its place in the list.")
    waiting_hours: int = strawberry.field(description="For how many whole hours it has waited.")


@strawberry.type(description="What waits for the viewer's decision, oldest first.")
class ApprovalInboxConnection:
    """A page of the inbox."""

    edges: list[ApprovalInboxEdge] = strawberry.field(description="The requests.")
    page_info: PageInfo = strawberry.field(description="Where the page is in the list.")


@strawberry.type(description="Evidence that was attached to a request.")
class EvidenceAttached:
    """Attached evidence."""

    evidence: Evidence = strawberry.field(description="The evidence as it was kept.")


AttachEvidenceResult: TypeAlias = Annotated[
    Union[EvidenceAttached, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("AttachEvidenceResult", description="What attaching evidence comes to."),
]
