"""Which role reaches how far: the rules by which `access` decides, as data.

A rule says whose things somebody may see or act on: their own, those of the unit that they manage, those of
every unit of their alliance. Nobody reaches into another alliance. The roles are those of the database.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from uuid import UUID

from baobei.store.organisation_models import Role, Staff, UnitKind

MANAGER_OF: Final = {UnitKind.STORE: Role.STORE_MANAGER, UnitKind.FIELD_DEPARTMENT: Role.SUPERVISOR}
MANAGERS: Final = frozenset(MANAGER_OF.values())


class Reach(IntEnum):
    """How far somebody reaches; each includes those before it."""

    NOTHING = 0
    OWN = 1
    UNIT = 2
    ALLIANCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whom something is for.

    `own`: everybody, on what is theirs; `unit`: the manager of a unit, on what is its members'; `alliance`: these
    roles, on everything. `name` is how the documentation calls it.
    """

    name: str
    own: bool
    unit: bool
    alliance: frozenset[Role]

    def reach(self, role: Role) -> Reach:
        """Return how far somebody of this role alone reaches, a manager in a unit of the role's kind."""
        if role in self.alliance:
            return Reach.ALLIANCE
        if self.unit and role in MANAGERS:
            return Reach.UNIT
        return Reach.OWN if self.own else Reach.NOTHING

    def everywhere(self, viewer: Staff) -> bool:
        """Whether the viewer reaches every unit of the alliance."""
        return not self.alliance.isdisjoint(viewer.roles)

    def covers(self, viewer: Staff, person: Staff) -> bool:
        """Whether the viewer reaches what is this person's, a member of the same alliance."""
        return (
            self.everywhere(viewer)
            or (self.own and viewer.id == person.id)
            or (self.unit and manages(viewer, person))
        )


def manages(viewer: Staff, person: Staff) -> bool:
    """Whether the viewer is the store manager or supervisor of the person's unit."""
    return manages_unit(viewer, person.unit_id)


def manages_unit(viewer: Staff, unit_id: UUID) -> bool:
    """Whether the viewer is the store manager or supervisor of a unit."""
    return MANAGER_OF.get(viewer.unit_kind) in viewer.roles and viewer.unit_id == unit_id


def _rule(name: str, *alliance: Role, own: bool = True, unit: bool = True) -> Rule:
    return Rule(name=name, own=own, unit=unit, alliance=frozenset(alliance))


_OVERSEE: Final = (Role.OPERATIONS_MANAGER, Role.MARKETING_MANAGER, Role.DEPARTMENT_HEAD, Role.ADMINISTRATOR)

EVERYBODY: Final = _rule("everybody", *Role)
SEE: Final = _rule("see", *_OVERSEE)
# An integration only where it placed the order itself: it keeps the books that the credits go into.
SEE_DECISION: Final = _rule("see decision", *_OVERSEE, Role.INTEGRATION)
SEE_CONTACT: Final = _rule("see contact", Role.DEPARTMENT_HEAD)
REVEAL: Final = _rule("reveal", Role.DEPARTMENT_HEAD, Role.OPERATIONS_MANAGER)
ACT: Final = _rule("act")
# Only who it is of, whatever else they are.
OWN: Final = _rule("own", unit=False)
SETTLE: Final = _rule("settle", Role.OPERATIONS_MANAGER, Role.DEPARTMENT_HEAD)
RULE: Final = _rule("rule", Role.DEPARTMENT_HEAD, own=False, unit=False)
INTEGRATE: Final = _rule("integrate", Role.ADMINISTRATOR, Role.OPERATIONS_MANAGER, own=False, unit=False)
ADMINISTER: Final = _rule("administer", Role.ADMINISTRATOR, own=False, unit=False)
READ_LEAVERS: Final = _rule(
    "read leavers", Role.ADMINISTRATOR, Role.DEPARTMENT_HEAD, Role.OPERATIONS_MANAGER, own=False
)
READ_FIGURES: Final = _rule("read figures", *_OVERSEE, Role.FINANCE)
SET_TARGETS: Final = _rule("set targets", Role.OPERATIONS_MANAGER, Role.ADMINISTRATOR, own=False, unit=False)
# The marketing manager only those of field departments: `access.may_read_report` says so.
READ_REPORTS: Final = _rule("read reports", *_OVERSEE, own=False)
SUBMIT_REPORTS: Final = _rule("submit reports", own=False)

RULES: Final = (
    EVERYBODY,
    SEE,
    SEE_DECISION,
    SEE_CONTACT,
    REVEAL,
    ACT,
    OWN,
    SETTLE,
    RULE,
    INTEGRATE,
    ADMINISTER,
    READ_LEAVERS,
    READ_FIGURES,
    SET_TARGETS,
    READ_REPORTS,
    SUBMIT_REPORTS,
)
