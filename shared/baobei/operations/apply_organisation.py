"""Creating and updating an alliance with its units and staff; applying twice changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from baobei.clock import new_id
from baobei.operations.actor import Desk
from baobei.operations.errors import OperationError
from baobei.operations.organisation_acts import alliance_acts, policy_act, staff_acts, unit_acts
from baobei.operations.staff_changes import DEACTIVATED, REACTIVATED, LastOfRole, note_staff_acts, roles_held
from baobei.operations.transaction import AS_LOGIN, in_transaction
from baobei.organisation_file import OrganisationFile
from baobei.policy.document import default_document, default_policy
from baobei.store import ledger, organisation, organisation_changes, policies
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Staff
from baobei.store.policy_models import PublishedPolicy

# The first policy of an alliance has no beginning that anything could be recorded before.
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TimeZoneFixed(OperationError):
    """The time zone of an alliance is what its deadlines are counted in; it does not change."""

    def __init__(self, *, alliance_code: str, fixed: str) -> None:
        self.alliance_code, self.fixed = alliance_code, fixed
        super().__init__(f"alliance.time_zone: expected {fixed}, as {alliance_code} was created with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What changed: how many units and staff were created or updated; all 0 when nothing did."""

    alliance_created: bool
    units: int
    staff: int

    @property
    def summary(self) -> str:
        """Return one line for the terminal."""
        if not (self.alliance_created or self.units or self.staff):
            return "nothing changed"
        created = "alliance created; " if self.alliance_created else ""
        return f"{created}{self.units} units and {self.staff} staff created or updated"


async def apply_organisation(desk: Desk, file: OrganisationFile) -> Applied:
    """Bring the alliance to what the file says; units and staff that it does not name stay as they are.

    An alliance that is new starts with the policy that ships. Whoever left stays away unless the file says that
    they are active. Raises `TimeZoneFixed`, and `LastOfRole` when it would leave nobody to administer or to rule.
    """
    return await in_transaction(desk, partial(_apply, desk=desk, file=file), within=AS_LOGIN)


async def _apply(connection: Connection, *, desk: Desk, file: OrganisationFile) -> Applied:
    at = await desk.clock.now(connection)
    await organisation_changes.lock_organisation(connection)
    before = await organisation.alliance_by_code(connection, file.alliance.code)
    if before is not None and before.time_zone.key != file.alliance.time_zone:
        raise TimeZoneFixed(alliance_code=before.code, fixed=before.time_zone.key)
    alliance = await _alliance(connection, file)
    held = await roles_held(connection, alliance.id)
    known = await organisation.staff_by_codes(connection, alliance.id, [each.code for each in file.staff])
    acts = alliance_acts(before, alliance, at=at)
    if before is None:
        acts.append(policy_act(await _first_policy(connection, alliance), at=at))
    units = {
        id: u
        for u in file.units
        if (
            id := await organisation_changes.upsert_unit(
                connection, alliance.id, id=new_id(), code=u.code, name=u.name, kind=u.kind, region=u.region
            )
        )
        is not None
    }
    staff = [
        await organisation_changes.upsert_staff(
            connection,
            alliance.id,
            id=new_id(),
            code=member.code,
            name=member.name,
            unit_code=member.unit,
            roles=member.roles,
            active=member.active,
        )
        for member in file.staff
    ]
    changed = await organisation.staff_by_ids(connection, alliance.id, [id for id in staff if id is not None])
    acts += [*unit_acts(units, at=at), *staff_acts(known, changed, at=at)]
    if acts:
        await ledger.append(connection, alliance.id, acts)
    await _record_leavers(connection, alliance, known, at=at)
    remaining = await roles_held(connection, alliance.id)
    for role in sorted(held):
        if held[role] and not remaining[role]:
            raise LastOfRole(alliance_code=alliance.code, role=role)
    return Applied(alliance_created=before is None, units=len(units), staff=len(changed))


async def _alliance(connection: Connection, file: OrganisationFile) -> Alliance:
    entry = file.alliance
    return await organisation_changes.upsert_alliance(
        connection,
        code=entry.code,
        name=entry.name,
        time_zone=entry.time_zone,
        closing_time=entry.closes_at,
    )


async def _first_policy(connection: Connection, alliance: Alliance) -> PublishedPolicy:
    version = PublishedPolicy(id=new_id(), effective_from=_BEGINNING, policy=default_policy())
    await policies.insert(
        connection,
        alliance.id,
        id=version.id,
        policy=version.policy,
        document=default_document(),
        effective_from=version.effective_from,
    )
    return version


async def _record_leavers(
    connection: Connection, alliance: Alliance, before: Mapping[str, Staff], *, at: datetime
) -> None:
    """Write down who left and who came back by the file."""
    after = await organisation.staff_by_codes(connection, alliance.id, list(before))
    changed = [after[code] for code in sorted(before) if before[code].active != after[code].active]
    left = [each for each in changed if not each.active]
    back = [each for each in changed if each.active]
    await note_staff_acts(connection, alliance, DEACTIVATED, left, actor=None, at=at)
    await note_staff_acts(connection, alliance, REACTIVATED, back, actor=None, at=at)
