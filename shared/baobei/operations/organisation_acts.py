"""What is written down of a change of organisation: who and what it is about, and what that is now.

Codes, roles and places; never a name, of which it is only said that it changed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from baobei.organisation_file import UnitEntry
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance, Staff
from baobei.store.policy_models import PublishedPolicy

_OF_STAFF: Final = ("name", "unit_id", "roles", "active")
_OF_ALLIANCE: Final = ("name", "closing_time")


def alliance_acts(before: Alliance | None, after: Alliance, *, at: datetime) -> list[Act]:
    """Return the act of making or changing an alliance, none when it is as before."""
    changed = _OF_ALLIANCE if before is None else _differing(_OF_ALLIANCE, before, after)
    if not changed:
        return []
    detail = {
        "code": after.code,
        "time_zone": after.time_zone.key,
        "closing_time": after.closing_time.isoformat("minutes"),
        "changed": list(changed),
    }
    kind = "alliance.created" if before is None else "alliance.changed"
    return [_act(kind, UUID(int=after.id), detail, at=at)]


def unit_acts(changed: Mapping[UUID, UnitEntry], *, at: datetime) -> list[Act]:
    """Return the acts of making and changing units."""
    return [
        _act("unit.changed", id, {"code": unit.code, "kind": unit.kind.value}, at=at)
        for id, unit in changed.items()
    ]


def staff_acts(before: Mapping[str, Staff], after: Mapping[UUID, Staff], *, at: datetime) -> list[Act]:
    """Return the acts of making and changing people; `before` is by code."""
    return [
        _act("staff.changed", id, _staff_detail(before.get(person.code), person), at=at)
        for id, person in after.items()
    ]


def policy_act(version: PublishedPolicy, *, at: datetime) -> Act:
    """Return the act of publishing a version of the policy."""
    detail = {"digest": version.policy.digest, "effective_from": version.effective_from.isoformat()}
    return _act("policy.published", version.id, detail, at=at)


def _staff_detail(before: Staff | None, after: Staff) -> dict[str, Any]:
    changed = _OF_STAFF if before is None else _differing(_OF_STAFF, before, after)
    return {
        "code": after.code,
        "unit": str(after.unit_id),
        "roles": sorted(role.value for role in after.roles),
        "active": after.active,
        "changed": list(changed),
    }


def _differing(fields: tuple[str, ...], one: object, other: object) -> tuple[str, ...]:
    return tuple(field for field in fields if getattr(one, field) != getattr(other, field))


def _act(kind: str, subject_id: UUID, detail: dict[str, Any], *, at: datetime) -> Act:
    """Whoever has the command line is nobody of the alliance: the act has no actor, and its origin says so."""
    return Act(kind=kind, subject_id=subject_id, occurred_at=at, actor_id=None, detail=detail)
