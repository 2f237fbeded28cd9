"""Requests of a leaver: what would be theirs passes on with what is, and is the colleague's to follow from then on."""

import itertools
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance
from baobei.operations.actor import Actor
from baobei.operations.attach_evidence import AttachText, EvidenceAttached, attach_evidence
from baobei.operations.deactivate_staff import DeactivateStaff, deactivate_staff
from baobei.operations.deciders import deciders
from baobei.operations.handover_distribution import Distribution, HandoverRequest, preview_handover
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded, Refused
from baobei.operations.run_handovers import run_handovers
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.policy.handovers import DistributionMethod
from baobei.store.approval_models import ApprovalStatus
from baobei.store.evidence import EvidenceKind
from baobei.store.organisation_models import Role
from handover_stories import begun, decided, rows, to
from requests_desk import IN_PUDONG, decide, new_regional_alliance, waits
from staffed import employ

_numbers = itertools.count(1)
OWNER = """
SELECT made.code AS made_by, s.code AS owner, r.registered_at = r.last_touch_at AS at_once
  FROM registration r
  JOIN staff s ON s.alliance_id = r.alliance_id AND s.staff_id = r.owner_id
  JOIN staff made ON made.alliance_id = r.alliance_id AND made.staff_id = r.registrant_id
 WHERE r.registration_id = $1
"""
RECEIVER = """
SELECT q.code, s.code FROM approval p
  JOIN staff q ON q.alliance_id = p.alliance_id AND q.staff_id = p.requested_by_id
  LEFT JOIN staff s ON s.alliance_id = p.alliance_id AND s.staff_id = p.receiver_id
 WHERE p.approval_id = $1
"""
OUTCOMES = "SELECT approval_id, outcome FROM handover_request WHERE handover_id = $1 ORDER BY position"
PASSED = """
SELECT e.subject_id, e.detail->>'handover' FROM audit_event e JOIN alliance a USING (alliance_id)
 WHERE a.code = $1 AND e.kind = 'approval.passed_on' ORDER BY e.sequence
"""
HISTORY = """
SELECT kind FROM audit_event WHERE subject_id = $1 ORDER BY sequence
"""


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_regional_alliance(pool, f"handed{next(_numbers)}", monthly_quota=1)


@pytest.fixture
async def alone(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance in a database of this test's own, as its clock travels."""
    return await new_regional_alliance(fresh_pool, "alone")


async def attempted(alliance: TestAlliance, by: str = "G03", number: int = 1) -> UUID:
    id = (await waits(alliance, by, number)).approval_id
    assert id is not None
    return id


async def priced(alliance: TestAlliance, by: str = "G03", phone: str = "13900139001") -> UUID:
    asked = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="老客户", phone=phone)
    answer = await request_special_price(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, ApprovalRecorded), answer
    return answer.approval.id


async def handed_over(alliance: TestAlliance, request: HandoverRequest) -> UUID:
    handover = await begun(alliance, request)
    await run_handovers(alliance.office, only=handover.id)
    return handover.id


async def shown(alliance: TestAlliance, id: UUID) -> list[str]:
    known = (await alliance.actor("HEAD")).alliance
    async with alliance.office.pool.acquire() as connection:
        now = await alliance.office.clock.now(connection)
        found = await deciders(connection, known, [id], at=now)
    return [person.code for person in found[id]]


async def test_who_has_requests_alone_hands_them_over_and_history_stays_as_it_was(
    alliance: TestAlliance,
) -> None:
    crossing, price = await attempted(alliance), await priced(alliance)
    id = await handed_over(alliance, to("G04", leaver="G03"))
    assert await rows(alliance, OUTCOMES, id) == [(crossing, "MOVED"), (price, "MOVED")]
    for request in (crossing, price):
        assert await rows(alliance, RECEIVER, request) == [("G03", "G04")]
    assert await rows(alliance, PASSED, alliance.code) == [(crossing, str(id)), (price, str(id))]
    left = await deactivate_staff(
        alliance.office, await _administrator(alliance), DeactivateStaff(staff_code="G03", reason="离职")
    )
    assert left.leaver.requests == 0  # type: ignore[union-attr]


async def _administrator(alliance: TestAlliance) -> Actor:
    await employ(alliance, ("ADM", "HQ", Role.ADMINISTRATOR), ("ADM2", "HQ", Role.ADMINISTRATOR))
    return await alliance.actor("ADM")


async def test_approved_afterwards_the_registration_is_the_colleagues_and_was_made_by_the_leaver(
    alliance: TestAlliance,
) -> None:
    crossing = await attempted(alliance)
    await handed_over(alliance, to("G04", leaver="G03"))
    answer = await decide(alliance, "PDM", crossing)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.APPROVED
    registration = answer.approval.registration_id
    assert await rows(alliance, OWNER, registration) == [("G03", "G04", True)]
    assert [kind for (kind,) in await rows(alliance, HISTORY, registration)] == [
        "registration.admitted",
        "registration.transferred",
    ]


async def test_a_salespersons_attempt_counts_in_the_month_of_who_made_it(alliance: TestAlliance) -> None:
    """N01 and N02 may register one a month each; N02 has used theirs up."""
    await employ(alliance, ("N02", "NW", Role.SALESPERSON))
    await alliance.admitted("N02", phone="13700137000", address="徐汇区漕宝路7弄6号楼302室")
    crossing = await attempted(alliance, "N01", 5)
    await handed_over(alliance, to("N02", leaver="N01"))
    answer = await decide(alliance, "PDM", crossing)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.APPROVED
    made = """SELECT s.code, t.made FROM quota_tally t JOIN staff s USING (alliance_id, staff_id)
                JOIN alliance a USING (alliance_id) WHERE a.code = $1 AND t.made > 0 ORDER BY s.code"""
    assert await rows(alliance, made, alliance.code) == [("N01", 1), ("N02", 1)]


async def test_what_the_colleague_holds_already_is_no_second_registration(alliance: TestAlliance) -> None:
    """G01's claim on the customer passes to G04, who then receives the attempt on the same customer."""
    crossing = await attempted(alliance)
    await alliance.admitted("G01", phone="13800130001", address=IN_PUDONG.format(1))
    await handed_over(alliance, to("G04", leaver="G01"))
    await handed_over(alliance, to("G04", leaver="G03"))
    answer = await decide(alliance, "PDM", crossing)
    assert isinstance(answer, ApprovalRecorded)
    assert (answer.approval.status, answer.approval.registration_id) == (ApprovalStatus.TOO_LATE, None)


async def test_a_receiver_who_has_left_receives_nothing(alliance: TestAlliance) -> None:
    crossing = await attempted(alliance)
    await handed_over(alliance, to("G04", leaver="G03"))
    await deactivate_staff(
        alliance.office, await _administrator(alliance), DeactivateStaff(staff_code="G04", reason="离职")
    )
    answer = await decide(alliance, "PDM", crossing)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.TOO_LATE


async def test_who_receives_does_not_decide(alliance: TestAlliance) -> None:
    crossing, price = await attempted(alliance), await priced(alliance)
    handover = await begun(alliance, to("PDM", "HEAD", leaver="G03"), by="HEAD2")
    await run_handovers(alliance.office, only=handover.id)
    assert (await shown(alliance, crossing), await shown(alliance, price)) == (["PDM2"], ["HEAD2"])
    for who, request in (("PDM", crossing), ("HEAD", price)):
        refused = await decide(alliance, who, request)
        assert isinstance(refused, Refused)
        assert refused.code == "OWN_CASE"


async def longer(alliance: TestAlliance) -> UUID:
    registration = await alliance.admitted("F01", phone="13900139777", address="徐汇区漕宝路8弄6号楼302室")
    asked = RequestExtension(registration_id=registration, days=5, reason="客户出差")
    answer = await request_extension(alliance.office, await alliance.actor("F01"), asked)
    assert isinstance(answer, ApprovalRecorded)
    return answer.approval.id


@pytest.mark.parametrize("kind", ["on a registration", "cross-region", "a price"])
async def test_whose_it_is_by_now_adds_to_it_and_takes_it_back_and_a_colleague_does_not(
    alliance: TestAlliance, kind: str
) -> None:
    if kind == "on a registration":
        request, request_to = await longer(alliance), to("G04", leaver="F01")
    elif kind == "cross-region":
        request, request_to = await attempted(alliance), to("G04", leaver="G03")
    else:
        request, request_to = await priced(alliance), to("G04", leaver="G03")
    office, proof = alliance.office, AttachText(approval_id=request, kind=EvidenceKind.TEXT, text="合同照片")
    before = await attach_evidence(office, await alliance.actor("G04"), proof)
    await handed_over(alliance, request_to)
    after = await attach_evidence(office, await alliance.actor("G04"), proof)
    other = await withdraw_approval(office, await alliance.actor("G01"), request)
    taken_back = await withdraw_approval(office, await alliance.actor("G04"), request)
    assert isinstance(before, Refused)
    assert isinstance(after, EvidenceAttached)
    assert isinstance(other, Refused)
    assert (before.code, other.code) == ("NOT_OWNER", "NOT_OWNER")
    assert isinstance(taken_back, ApprovalRecorded)
    assert taken_back.approval.status is ApprovalStatus.CANCELLED


async def test_the_preview_lists_them_and_a_new_one_changes_the_distribution(alliance: TestAlliance) -> None:
    crossing = await attempted(alliance)
    request, head = to("G04", leaver="G03"), await alliance.actor("HEAD")
    distribution = await preview_handover(alliance.office, head, request)
    assert isinstance(distribution, Distribution)
    assert [each.approval_id for each in distribution.passing] == [crossing]
    await priced(alliance)
    changed = await decided(alliance, request, distribution_digest=distribution.digest)
    assert isinstance(changed, Refused)
    assert changed.code == "DISTRIBUTION_CHANGED"


async def test_what_was_decided_or_given_to_nobody_stays_and_is_listed(alliance: TestAlliance) -> None:
    crossing, price = await attempted(alliance), await priced(alliance)
    handover = await begun(alliance, to("G04", leaver="G03"))
    await decide(alliance, "PDM", crossing, approve=False)
    await run_handovers(alliance.office, only=handover.id, step=1)
    assert await rows(alliance, OUTCOMES, handover.id) == [(crossing, "ENDED"), (price, "MOVED")]
    nobody = await decided(alliance, to("G01", leaver="G04", method=DistributionMethod.BY_STORE))
    assert isinstance(nobody, Refused)
    assert nobody.code == "NOTHING_TO_HAND_OVER"


async def test_what_became_of_a_request_is_written_once(alliance: TestAlliance) -> None:
    await attempted(alliance)
    id = await handed_over(alliance, to("G04", leaver="G03"))
    for statement in ("UPDATE handover_request SET outcome = 'ENDED'", "DELETE FROM handover_request"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await alliance.office.pool.execute(f"{statement} WHERE handover_id = $1", id)


async def test_it_ends_in_business_time(alone: TestAlliance) -> None:
    await attempted(alone)
    now = await alone.travel("2030-05-01T10:00:00+08:00")
    id = await handed_over(alone, to("G04", leaver="G03"))
    assert await rows(alone, "SELECT ended_at FROM handover WHERE handover_id = $1", id) == [(now,)]
