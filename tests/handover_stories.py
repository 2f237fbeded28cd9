"""What tests of handovers have in common: who hands over to whom, and what then stands in the database."""

from typing import Any
from uuid import UUID

from alliances import ADDRESS, TestAlliance
from baobei.operations.hand_over import HandOver, HandoverBegun, hand_over
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.results import Refused
from baobei.policy.handovers import DistributionMethod
from baobei.store.handover_models import Handover

OWNERS = """
SELECT s.code, count(*)
  FROM registration r
  JOIN alliance a USING (alliance_id)
  JOIN staff s ON s.alliance_id = r.alliance_id AND s.staff_id = r.owner_id
 WHERE a.code = $1
 GROUP BY s.code
"""
TRANSFERS = """
SELECT e.subject_id, e.actor_id, e.origin, e.detail->>'to' AS to_id, e.detail->>'handover' AS handover_id
  FROM audit_event e
  JOIN alliance a USING (alliance_id)
 WHERE a.code = $1
   AND e.kind = 'registration.transferred'
 ORDER BY e.sequence
"""
OUTCOMES = """
SELECT i.registration_id, i.outcome
  FROM handover_item i
 WHERE i.handover_id = $1
 ORDER BY i.position
"""
HANDOVER = "SELECT state, total, moved, skipped FROM handover WHERE handover_id = $1"
FINISHED = """
SELECT payload FROM outbox_event o JOIN alliance a USING (alliance_id)
 WHERE a.code = $1 AND o.event_type = 'handover.finished'
"""


def to(
    *codes: str, method: DistributionMethod = DistributionMethod.ROUND_ROBIN, leaver: str = "F01"
) -> HandoverRequest:
    return HandoverRequest(from_staff_code=leaver, method=method, to_staff_codes=codes)


async def registered(alliance: TestAlliance, by: str, count: int, *, first: int = 1) -> list[UUID]:
    return [
        await alliance.admitted(by, phone=f"1380013{number:04}", address=ADDRESS.format(number))
        for number in range(first, first + count)
    ]


async def decided(
    alliance: TestAlliance, request: HandoverRequest, *, by: str = "HEAD", **more: Any
) -> HandoverBegun | Refused:
    asked = HandOver(request=request, reason="F01离职", **more)
    return await hand_over(alliance.office, await alliance.actor(by), asked)


async def begun(alliance: TestAlliance, request: HandoverRequest, **more: Any) -> Handover:
    answer = await decided(alliance, request, **more)
    assert isinstance(answer, HandoverBegun), answer
    return answer.handover


async def owners(alliance: TestAlliance) -> dict[str, int]:
    return dict(await alliance.office.pool.fetch(OWNERS, alliance.code))


async def rows(alliance: TestAlliance, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await alliance.office.pool.fetch(query, *arguments)]
