"""In which unit somebody worked when: what a unit has done stays its own, wherever its people are now."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from baobei.store.connection import Connection

# $2: NULL for all units, else whoever works in one of these or ever did. The acts on a person say where they worked
# from then on; before the first act it is the unit that it names, without any the present one: as on daily reports.
SELECT_STAYS = """
SELECT s.staff_id,
       coalesce((first_value(e.detail ->> 'unit') OVER (PARTITION BY s.staff_id ORDER BY e.sequence))::uuid,
                s.unit_id) AS first_unit_id,
       e.occurred_at AS begins_at, (e.detail ->> 'unit')::uuid AS unit_id
  FROM staff s
  LEFT JOIN audit_event e
    ON e.alliance_id = $1
   AND e.subject_id = s.staff_id
   AND e.kind = 'staff.changed'
   AND e.detail ->> 'unit' IS NOT NULL
 WHERE s.alliance_id = $1
   AND ($2::uuid[] IS NULL
        OR s.unit_id = ANY($2)
        OR s.staff_id IN (SELECT c.subject_id
                            FROM audit_event c
                           WHERE c.alliance_id = $1
                             AND c.kind = 'staff.changed'
                             AND c.detail ->> 'unit' = ANY($2::uuid[]::text[])))
 ORDER BY s.staff_id, e.occurred_at, e.sequence
"""


class InSpan(NamedTuple):
    """A person between two instants at which somebody moved: how many of those had come, the instant itself included."""

    staff_id: UUID
    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureMonth:
    """A calendar month by local days, and when somebody moved.

    `days`: the first instant of each of its days, and of the next month; `moved_at`: in rising order, before the month
    and after it too, none where nobody asks for units.
    """

    first_day: date
    days: tuple[datetime, ...]
    moved_at: tuple[datetime, ...]

    @property
    def begins_at(self) -> datetime:
        """Return its first instant."""
        return self.days[0]

    @property
    def ends_at(self) -> datetime:
        """Return the first instant after it."""
        return self.days[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Where people worked: of each person the first unit, and those after it, each with the instant from which on."""

    first: Mapping[UUID, UUID]
    moves: Mapping[UUID, Sequence[tuple[datetime, UUID]]]

    @property
    def moved_at(self) -> tuple[datetime, ...]:
        """Return when anybody moved, each instant once, in rising order."""
        return tuple(sorted({moved_at for listed in self.moves.values() for moved_at, _ in listed}))

    def unit_of(self, whose: InSpan, moved_at: Sequence[datetime]) -> UUID:
        """Return the unit in which somebody worked in a span between the instants of `moved_at`."""
        listed = self.moves.get(whose.staff_id, ())
        passed = bisect_right(listed, moved_at[whose.span - 1], key=_instant) if whose.span else 0
        return listed[passed - 1][1] if passed else self.first[whose.staff_id]


def _instant(move: tuple[datetime, UUID]) -> datetime:
    return move[0]


async def stays(connection: Connection, alliance_id: int, unit_ids: Collection[UUID] | None) -> Stays:
    """Return where everybody worked who works in one of the units or ever did (None: all people)."""
    first: dict[UUID, UUID] = {}
    present: dict[UUID, UUID] = {}
    moves: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    wanted = None if unit_ids is None else list(unit_ids)
    for row in await connection.fetch(SELECT_STAYS, alliance_id, wanted):
        who, unit_id = row["staff_id"], row["unit_id"]
        if who not in first:
            first[who] = present[who] = row["first_unit_id"]
        if unit_id is not None and unit_id != present[who]:
            present[who] = unit_id
            moves[who].append((row["begins_at"], unit_id))
    return Stays(first=first, moves=dict(moves))
