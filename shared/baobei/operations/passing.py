"""Registrations pass to colleagues: the one way, for one of them as for the many of a handover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from baobei.operations.actor import Actor
from baobei.operations.registration_changes import Change, Opened, record, refuse_ended
from baobei.operations.results import Refused, refuse
from baobei.policy.records import Transferred
from baobei.policy.terms import RefusalCode, StaffId
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff
from baobei.vault import SealedText

NOTHING_MORE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A registration that is held, and the colleague who is to own it, held too."""

    opened: Opened
    receiver: Staff


def refuse_passing(opened: Opened, receiver: Staff) -> Refused | None:
    """Return why a registration does not pass to a colleague: NOT_LIVE, or NOT_APPLICABLE to its owner."""
    if (ended := refuse_ended(opened)) is not None:
        return ended
    if receiver.id == opened.owner.id:
        return refuse(RefusalCode.NOT_APPLICABLE)
    return None


async def pass_on(
    connection: Connection,
    actor: Actor,
    passings: Sequence[Passing],
    *,
    reason: SealedText | None = None,
    detail: Mapping[str, Any] = NOTHING_MORE,
) -> None:
    """Make colleagues the owners, all at one instant. A touch; nothing else of a registration changes.

    What hangs on a registration (its history, requests, what there is to do for the customer) names no owner and so
    goes with it. Anything that did name one would have to be moved here.

    `detail` is kept with each transfer, beside whose it was.

    Source: policy.md sections 5 and 8.
    """
    changes = [
        Change(
            stored=passing.opened.stored,
            event=Transferred(at=passing.opened.at, to=StaffId(str(passing.receiver.id))),
            reason=reason,
            detail={"from": str(passing.opened.owner.id), **detail},
        )
        for passing in passings
    ]
    if changes:
        await record(connection, actor, changes, at=passings[0].opened.at)
