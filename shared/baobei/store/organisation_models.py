"""Who and where people are: alliances, units and staff as they are stored."""

import enum
from dataclasses import dataclass
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.policy.terms import Channel


class Role(enum.StrEnum):
    """What a staff member is in the alliance (policy.md section 1)."""

    GUIDE = "GUIDE"
    STORE_MANAGER = "STORE_MANAGER"
    SALESPERSON = "SALESPERSON"
    SUPERVISOR = "SUPERVISOR"
    OPERATIONS_MANAGER = "OPERATIONS_MANAGER"
    MARKETING_MANAGER = "MARKETING_MANAGER"
    DEPARTMENT_HEAD = "DEPARTMENT_HEAD"
    CONSULTANT = "CONSULTANT"
    FINANCE = "FINANCE"
    ADMINISTRATOR = "ADMINISTRATOR"
    INTEGRATION = "INTEGRATION"


class UnitKind(enum.StrEnum):
    """What a unit is; a store's staff register in STORE, a field department's in FIELD."""

    HEADQUARTERS = "HEADQUARTERS"
    STORE = "STORE"
    FIELD_DEPARTMENT = "FIELD_DEPARTMENT"

    @property
    def channel(self) -> Channel | None:
        """Return the channel of the unit's registrations; headquarters registers nobody."""
        return {UnitKind.STORE: Channel.STORE, UnitKind.FIELD_DEPARTMENT: Channel.FIELD}.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alliance:
    """The tenant: one organisation with one time zone."""

    id: int
    code: str
    name: str
    time_zone: ZoneInfo
    closing_time: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A store, a field department or the headquarters."""

    id: UUID
    code: str
    name: str
    kind: UnitKind
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A staff member; `code` is what people and tokens call them by."""

    id: UUID
    code: str
    name: str
    unit_id: UUID
    unit_kind: UnitKind
    roles: frozenset[Role]
    active: bool
