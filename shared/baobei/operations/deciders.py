"""Who may decide a request as things stand: what the inbox, the reminder, the request itself and its decision go by.

Nobody is written down as the one who decides: who works here, and as what, is asked whenever it matters, so that a
request waits for whoever may decide it now.

Source: policy.md section 8; decision 0021.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.operations import access, access_scopes
from baobei.operations.results import Refused
from baobei.policy.terms import RefusalCode, Text
from baobei.store import approval_parties, approvals, leavers, policies
from baobei.store.approval_models import Approval, ApprovalStatus
from baobei.store.approvals import Inbox
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Role, Staff

_NOBODY_COULD: Final = Text(
    zh="这项申请与每一位在职的部门负责人都有关，没有人可以决定，所以没有提出：请先安排另一位部门负责人。",
    en="Every department head who works here has a part in this case, so nobody could decide it, and it was not asked "
    "for: another department head has to be appointed first.",
)


async def deciders(
    connection: Connection, alliance: Alliance, ids: Collection[UUID], *, at: datetime
) -> dict[UUID, tuple[Staff, ...]]:
    """Return who may decide each request that waits, by staff code; nobody for one that does not wait any more.

    Nobody for one that waits: it does so until there is somebody, or it is taken back. The policy is that of `at`.
    """
    asked = await approvals.by_ids(connection, alliance.id, ids)
    waiting = [each for each in asked.values() if each.status is ApprovalStatus.PENDING]
    found: dict[UUID, tuple[Staff, ...]] = dict.fromkeys(asked, ())
    if not waiting:
        return found
    policy = (await policies.in_force(connection, alliance, at)).policy
    parties = await approval_parties.by_approvals(
        connection, alliance.id, [each.id for each in waiting], at=at, match=policy.match
    )
    people = await leavers.active_staff_of_roles(connection, alliance.id, access.DECIDERS)
    in_order = sorted(people, key=lambda person: person.code)
    return found | {
        each.id: access.deciders(each, in_order, parties=parties[each.id], deputy=policy.cross_region_deputy)
        for each in waiting
    }


async def decides_now(
    connection: Connection, alliance: Alliance, approval: Approval, viewer: Staff, *, at: datetime
) -> bool:
    """Whether the viewer may decide a request that is held, by what the database says of everybody now."""
    found = await deciders(connection, alliance, [approval.id], at=at)
    return any(person.id == viewer.id for person in found[approval.id])


async def inbox_of(connection: Connection, alliance: Alliance, viewer: Staff, *, at: datetime) -> Inbox:
    """Return which requests wait for the viewer's decision, under the policy of `at`."""
    policy = (await policies.in_force(connection, alliance, at)).policy
    return access_scopes.approval_inbox(viewer, policy, at=at)


async def inbox_of_last_head(
    connection: Connection, alliance: Alliance, head: Staff, *, at: datetime
) -> Inbox:
    """Return which requests nobody but the only department head could decide: what stores have a manager for is not."""
    return replace(await inbox_of(connection, alliance, head, at=at), store_id=None)


async def refuse_undecidable(
    connection: Connection, alliance_id: int, *, parties: Collection[UUID]
) -> Refused | None:
    """Refuse with OWN_CASE what no department head could decide; None where one could."""
    heads = await leavers.active_staff_of_roles(connection, alliance_id, [Role.DEPARTMENT_HEAD])
    if access.somebody_decides(heads, parties=parties):
        return None
    return Refused(code=RefusalCode.OWN_CASE, message=_NOBODY_COULD)
