"""What each kind of request is: who decides it, whose case it is, and what granting it does.

A kind is one small file that makes one `RequestKind`; `request_registry` lists them. Asking has an operation of its
own for each kind, which checks what can be checked then and files the request by `file_request`. Deciding is one
operation for all, `decide_approval`: it holds what the request is about, then the request, and writes the effect with
the decision in one transaction.

Source: policy.md section 8.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.registration_changes import HeldRegistration
from baobei.operations.repeated import answer_once
from baobei.operations.results import NOT_OWNER, ApprovalRecorded, Refused
from baobei.policy.terms import Text
from baobei.store import approvals, ledger
from baobei.store.approval_models import Approval, ApprovalKind
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile
from baobei.store.idempotency import IdempotencyKey
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff

_NO_SUCH_REQUEST: Final = Text(
    zh="没有找到您可以处理的这项申请；补充附件和撤回只能由提出申请的人，或这份报备现在的负责人来做。",
    en="There is no such request of yours; only whoever made one, or whose registration it is about, adds to it or takes it back.",
)


def no_such_request() -> Refused:
    """Return the answer to whoever names a request that there is not, or that is not theirs: NOT_OWNER for both."""
    return Refused(code=NOT_OWNER, message=_NO_SUCH_REQUEST, clause=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a request is about, held for its decision: nobody else changes it until the transaction ends.

    `parties` are those whose own case it is beside who asked: the owner, or who would receive. `at` is the instant
    to record at. `registration` and `customer` are what the kind held, None where it holds none.
    """

    parties: frozenset[UUID]
    at: datetime
    registration: HeldRegistration | None = None
    customer: HeldFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The effect was written; `registration_id` is what it made or changed, `detail` goes into the act."""

    registration_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLonger:
    """What could be granted when it was asked, and cannot any more: `why` is the code of the refusal."""

    why: str
    detail: Mapping[str, Any] = field(default_factory=dict)


Hold = Callable[[Connection, Office, Actor, Approval], Awaitable[Case | None]]
Grant = Callable[[Connection, Office, Actor, Approval, Case], Awaitable[Granted | NoLonger]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """A kind of request.

    `decides` is asked first, of the request as it was made: whether the viewer may be one who decides it. Whose case it
    is, and who decides as things stand, `decide_approval` asks of what is held (`operations.deciders`). `hold` holds
    what the request is about, always before the request itself, and returns None where that is gone. `grant` writes
    the effect, or says why it cannot be any more and writes nothing but that.
    """

    kind: ApprovalKind
    decides: Callable[[Staff, Approval], bool]
    hold: Hold
    grant: Grant


async def ask_once(
    connection: Connection,
    actor: Actor,
    key: IdempotencyKey | None,
    ask: Callable[[], Awaitable[ApprovalRecorded | Refused]],
) -> ApprovalRecorded | Refused:
    """Ask once for a key; asked again it answers with the same request as it stands then."""

    async def again(answer: dict[str, Any]) -> ApprovalRecorded:
        id = UUID(answer["approval"])
        return ApprovalRecorded(approval=(await approvals.by_ids(connection, actor.alliance.id, [id]))[id])

    return await answer_once(
        connection, key, work=ask, kept=lambda recorded: {"approval": str(recorded.approval.id)}, again=again
    )


async def file_request(connection: Connection, actor: Actor, approval: Approval, **detail: Any) -> None:
    """Store a request that waits for its approver, with its act."""
    await approvals.insert(connection, actor.alliance.id, approval)
    about = None if approval.registration_id is None else str(approval.registration_id)
    asked = Act(
        kind="approval.requested",
        subject_id=approval.id,
        occurred_at=approval.requested_at,
        actor_id=actor.staff.id,
        detail={"kind": approval.kind.value, "registration": about, "days": approval.days, **detail},
        reason=approval.reason,
    )
    await ledger.append(connection, actor.alliance.id, [asked])
