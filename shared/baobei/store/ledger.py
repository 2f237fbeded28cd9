"""The append-only record of acts, and the events on their way out, written together."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from baobei.policy.records import (
    Ended,
    Extended,
    FollowedUp,
    Measured,
    RecordedEnd,
    RegistrationEvent,
    Reinstated,
    Transferred,
)
from baobei.policy.terms import OrderId, StaffId
from baobei.store.connection import Connection, Row
from baobei.store.texts import parts
from baobei.vault import SealedText

NOTHING_MORE: Final[Mapping[str, Any]] = {}
REGISTRATION, ORDER, APPROVAL, ATTEMPT, STAFF = "registration", "order", "approval", "attempt", "staff"

# What integrators were promised to be told; the other acts stay in the house.
TOLD: Final = frozenset(
    {
        "registration.admitted",
        "registration.refused",
        "registration.follow_up_due",
        "registration.follow_up_overdue",
        "registration.lapsing_soon",
        "registration.lapsed",
        "registration.expiring_soon",
        "registration.expired",
        "registration.superseded",
        "registration.transferred",
        "registration.withdrawn",
        "quota.used_up",
        "quota.replenished",
        "quota.month_opened",
        "quota.drift_repaired",
        "order.placed",
        "order.attributed",
        "order.closed",
        "order.cancelled",
        "order.ruled",
        "order.price_violation",
        "dispute.opened",
        "dispute.statement_added",
        "dispute.decided",
        "approval.requested",
        "approval.decided",
        "approval.withdrawn",
        "approval.waiting",
        "handover.finished",
        "report.submitted",
        "report.corrected",
        "report.missed",
        "staff.probing_suspected",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act on one subject; `detail` holds ids, codes and instants, never personal data.

    `kind` is `subject_kind.what_happened`; `actor_id` is None for what the calendar did. `reason` is what a
    person wrote: it stays in the house.
    """

    kind: str
    subject_id: UUID
    occurred_at: datetime
    actor_id: UUID | None
    detail: dict[str, Any] = field(default_factory=dict)
    reason: SealedText | None = None


# A text may be that of a record too, which was stored with it before.
# A history that is loaded is news to nobody outside (store/histories.py).
INSERT_ACTS = """
WITH act AS (
    SELECT *
      FROM unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::jsonb[], $7::boolean[],
                  $8::uuid[], $9::bytea[])
           WITH ORDINALITY AS a (kind, subject_id, occurred_at, actor_id, detail, told, reason_id,
                                         reason_sealed, position)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT DISTINCT ON (reason_id) $1, reason_id, reason_sealed
      FROM act
     WHERE reason_id IS NOT NULL
    ON CONFLICT ON CONSTRAINT sealed_text_pkey DO NOTHING
), told AS (
    INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
    SELECT $1, kind, subject_id, occurred_at, detail
      FROM act
     WHERE told
       AND current_setting('baobei.vouched', true) IS DISTINCT FROM 'on'
     ORDER BY position
)
INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, actor_id, detail, reason_id)
SELECT $1, occurred_at, kind, split_part(kind, '.', 1), subject_id, actor_id, detail, reason_id
  FROM act
 ORDER BY position
"""

# $3: the last instant that counts.
SELECT_REGISTRATION_ACTS = """
SELECT subject_id, occurred_at, kind, detail
  FROM audit_event
 WHERE alliance_id = $1
   AND subject_id = ANY($2::uuid[])
   AND occurred_at <= $3
   AND subject_kind = 'registration'
 ORDER BY subject_id, sequence
"""


SELECT_LATEST = """
SELECT occurred_at, written_at
  FROM audit_event
 WHERE alliance_id = $1
   AND subject_id = $2
   AND kind = $3
 ORDER BY sequence DESC
 LIMIT $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """When an act occurred by the business clock, and when it was written by wall time."""

    occurred_at: datetime
    written_at: datetime


async def latest(
    connection: Connection, alliance_id: int, subject_id: UUID, kind: str, *, at_most: int
) -> tuple[Written, ...]:
    """Return the latest acts of a kind on a subject, the last one first."""
    rows = await connection.fetch(SELECT_LATEST, alliance_id, subject_id, kind, at_most)
    return tuple(Written(occurred_at=row["occurred_at"], written_at=row["written_at"]) for row in rows)


async def append(connection: Connection, alliance_id: int, acts: Sequence[Act]) -> None:
    """Write acts in order, and the events that they tell the outside."""
    reasons = [parts(act.reason) for act in acts]
    await connection.execute(
        INSERT_ACTS,
        alliance_id,
        [act.kind for act in acts],
        [act.subject_id for act in acts],
        [act.occurred_at for act in acts],
        [act.actor_id for act in acts],
        [json.dumps(act.detail) for act in acts],
        [act.kind in TOLD for act in acts],
        [id for id, _ in reasons],
        [sealed for _, sealed in reasons],
    )


def act_of(
    event: RegistrationEvent,
    *,
    registration_id: UUID,
    actor_id: UUID | None,
    reason: SealedText | None = None,
    detail: Mapping[str, Any] = NOTHING_MORE,
) -> Act:
    """Return the act that records an event of a registration, with what more is known of it."""
    kind, facts = _written(event)
    return Act(
        kind=f"{REGISTRATION}.{kind}",
        subject_id=registration_id,
        occurred_at=event.at,
        actor_id=actor_id,
        detail={**facts, **detail},
        reason=reason,
    )


async def registration_events(
    connection: Connection, alliance_id: int, ids: Collection[UUID], *, until: datetime
) -> dict[UUID, list[RegistrationEvent]]:
    """Return the events of registrations up to an instant (inclusive), each in the order of recording."""
    rows = await connection.fetch(SELECT_REGISTRATION_ACTS, alliance_id, list(ids), until)
    events: dict[UUID, list[RegistrationEvent]] = defaultdict(list)
    for row in rows:
        event = _read(row)
        if event is not None:
            events[row["subject_id"]].append(event)
    return events


def _written(event: RegistrationEvent) -> tuple[str, dict[str, Any]]:
    match event:
        case FollowedUp():
            return "followed_up", {}
        case Measured():
            return "measured", {}
        case Transferred(to=to):
            return "transferred", {"to": to}
        case Extended(days=days):
            return "extended", {"days": days}
        case Ended(kind=kind, order=order):
            return kind.value.lower(), {} if order is None else {"order": order}
        case Reinstated():
            return "reinstated", {}


def _read(row: Row) -> RegistrationEvent | None:
    """Return the event of a row, None for acts that do not change what a registration is worth."""
    at, detail = row["occurred_at"], json.loads(row["detail"])
    word = row["kind"].removeprefix(f"{REGISTRATION}.")
    if word in _ENDS:
        order = detail.get("order")
        return Ended(at=at, kind=_ENDS[word], order=None if order is None else OrderId(order))
    match word:
        case "followed_up":
            return FollowedUp(at=at)
        case "measured":
            return Measured(at=at)
        case "transferred":
            return Transferred(at=at, to=StaffId(detail["to"]))
        case "extended":
            return Extended(at=at, days=detail["days"])
        case "reinstated":
            return Reinstated(at=at)
        case _:
            return None


_ENDS: Final = {kind.value.lower(): kind for kind in RecordedEnd}
