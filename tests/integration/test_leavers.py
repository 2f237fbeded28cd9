"""Leavers: out at once, given nothing more, still in what was decided, and what there is to hand over."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, organisation_of
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.deactivate_staff import DeactivateStaff, StaffDeactivated, deactivate_staff
from baobei.operations.errors import Forbidden
from baobei.operations.register_customer import RegisterCustomer, RegistrationRefused, register_customer
from baobei.operations.results import Refused, RegistrationChanged
from baobei.operations.staff_changes import LastOfRole
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.organisation_file import StaffEntry
from baobei.store import leavers, organisation
from baobei.store.organisation_models import Role
from baobei.vault import TEXT_FIELD
from graphql_client import REQUEST_EXTENSION, GraphQLClient, change
from in_process import api_on
from staffed import employ, staffed_alliance

REFUSED = "... on Refused { code message(language: EN) zh: message }"
LEAVER = """staff { code active } registrationCount requestCount decisionCount
            registrations { owner { code } customer { masked } } requests { kind requestedBy { code } }
            decisions { kind requestedBy { code } }"""
DEACTIVATE = f"""mutation ($code: String!) {{ deactivateStaff(staffCode: $code, reason: "合同到期") {{ __typename
  ... on StaffDeactivated {{ leaver {{ {LEAVER} }} }} {REFUSED} }} }}"""
REACTIVATE = f"""mutation ($code: String!) {{ reactivateStaff(staffCode: $code, reason: "又回来了") {{ __typename
  ... on StaffReactivated {{ staff {{ code active roles unit {{ code }} }} }} {REFUSED} }} }}"""
FIND = f"query ($code: String!) {{ leaver(staffCode: $code) {{ {LEAVER} }} }}"
TRANSFER = change(
    "transferRegistration", "$registrationId: ID!, $toStaffCode: String!, $reason: String!", of="registration"
)
RULE = change("ruleOnOrder", "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!", of="order")
ACTIVE = """SELECT s.code FROM staff s JOIN alliance a USING (alliance_id)
             WHERE a.code = $1 AND s.active ORDER BY s.code"""
STAFF_ACTS = """SELECT e.kind, s.code, e.alliance_id, e.reason_id, t.sealed, by.code AS by
                  FROM audit_event e
                  JOIN alliance a USING (alliance_id)
                  JOIN staff s ON s.alliance_id = e.alliance_id AND s.staff_id = e.subject_id
                  LEFT JOIN staff by ON by.alliance_id = e.alliance_id AND by.staff_id = e.actor_id
                  LEFT JOIN sealed_text t ON t.alliance_id = e.alliance_id AND t.text_id = e.reason_id
                 WHERE a.code = $1 AND e.kind LIKE 'staff.%activated' ORDER BY e.sequence"""


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await staffed_alliance(pool)


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as client:
        yield client


async def active(alliance: TestAlliance) -> set[str]:
    return {row["code"] for row in await alliance.office.pool.fetch(ACTIVE, alliance.code)}


async def staff_acts(alliance: TestAlliance) -> list[tuple[str, str, str | None, str | None]]:
    rows = await alliance.office.pool.fetch(STAFF_ACTS, alliance.code)
    vault = alliance.office.vault
    return [
        (
            row["kind"],
            row["code"],
            None
            if row["reason_id"] is None
            else vault.open(
                row["sealed"],
                alliance_id=row["alliance_id"],
                record_id=row["reason_id"],
                field=TEXT_FIELD,
            ),
            row["by"],
        )
        for row in rows
    ]


def customer(number: int) -> dict[str, str]:
    return {"name": "王小明", "phone": f"1380013{number:04}", "address": ADDRESS.format(number)}


async def test_a_leaver_is_out_at_once_and_what_they_leave_behind_is_named(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    first = await client.admitted("F01", **customer(1))
    await client.admitted("F01", **customer(2))
    await client.admitted("F02", **customer(3))
    gone = await client.admitted("F01", **customer(4))
    withdraw = change("withdrawRegistration", "$registrationId: ID!, $reason: String!", of="registration")
    await client.one("F01", withdraw, registrationId=gone["id"], reason="不要了")
    asked = {"registrationId": first["id"], "days": 5, "reason": "出差"}
    assert (await client.one("F01", REQUEST_EXTENSION, input=asked))["__typename"] == "ApprovalRecorded"

    before = (await client.ask("HEAD", FIND, code="F01"))["leaver"]
    answer = await client.one("ADM", DEACTIVATE, code="F01")

    left = {
        "staff": {"code": "F01", "active": False},
        "registrationCount": 2,
        "requestCount": 1,
        "decisionCount": 0,
        "registrations": [{"owner": {"code": "F01"}, "customer": {"masked": True}}] * 2,
        "requests": [{"kind": "EXTENSION", "requestedBy": {"code": "F01"}}],
        "decisions": [],
    }
    assert answer == {"__typename": "StaffDeactivated", "leaver": left}
    # The department head sees the customers in full.
    in_full = [{"owner": {"code": "F01"}, "customer": {"masked": False}}] * 2
    assert before == left | {"staff": {"code": "F01", "active": True}, "registrations": in_full}
    assert (await client.post("F01", "{ me { code } }")).status_code == 401
    assert await staff_acts(alliance) == [("staff.deactivated", "F01", "合同到期", "ADM")]


async def test_a_leaver_is_given_nothing_more(client: GraphQLClient, alliance: TestAlliance) -> None:
    registration = await client.admitted("G01", **customer(10))
    await client.one("ADM", DEACTIVATE, code="G02")

    moved = {"registrationId": registration["id"], "toStaffCode": "G02", "reason": "调整"}
    assert (await client.one("HEAD", TRANSFER, **moved))["code"] == "UNKNOWN_STAFF"
    assert (await client.register("PDM", forStaffCode="G02", **customer(11)))["code"] == "UNKNOWN_STAFF"
    order = {"externalRef": "SO-1", "name": "王", "phone": "13800130012", "takenByCode": "G02"}
    assert (await client.place_order("OPS", **order))["code"] == "UNKNOWN_STAFF"
    owners = """SELECT DISTINCT s.code FROM registration r JOIN alliance a USING (alliance_id)
                  JOIN staff s ON s.alliance_id = r.alliance_id AND s.staff_id = r.owner_id WHERE a.code = $1"""
    assert [row["code"] for row in await alliance.office.pool.fetch(owners, alliance.code)] == ["G01"]


async def test_a_leaver_is_still_credited_with_what_they_earned(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await client.admitted("G02", **customer(20))
    await client.one("ADM", DEACTIVATE, code="G02")
    decided = await client.placed("OPS", externalRef="SO-2", takenByCode="G01", **customer(20))
    assert decided["attribution"]["credits"] == [
        {"staff": {"code": "G02"}, "shareBp": 10_000, "amount": None}
    ]
    other = await client.placed("OPS", externalRef="SO-3", takenByCode="G01", **customer(21))
    credits = [{"staffCode": "G02", "shareBp": 10_000}]
    ruled = await client.one("HEAD", RULE, orderId=other["id"], credits=credits, reason="由G02接待")
    assert ruled["order"]["attribution"]["credits"][0]["staff"] == {"code": "G02"}


async def test_the_last_department_head_stays_and_so_does_the_last_administrator(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    assert (await client.one("ADM", DEACTIVATE, code="HEAD2"))["__typename"] == "StaffDeactivated"
    refused = await client.one("ADM", DEACTIVATE, code="HEAD")
    assert refused["code"] == "LAST_OF_ROLE"
    assert (refused["message"][-1], refused["zh"][-1]) == (".", "。")
    await employ(alliance, ("ADM3", "HQ", Role.ADMINISTRATOR))
    for code in ("ADM2", "ADM3"):
        assert (await client.one("ADM", DEACTIVATE, code=code))["__typename"] == "StaffDeactivated"
    assert {"ADM", "HEAD"} <= await active(alliance)
    assert len(await staff_acts(alliance)) == 3


async def test_nobody_lets_themselves_go(client: GraphQLClient, alliance: TestAlliance) -> None:
    assert (await client.one("ADM", DEACTIVATE, code="ADM"))["code"] == "OWN_CASE"
    assert "ADM" in await active(alliance)
    assert await staff_acts(alliance) == []


async def test_only_administrators_let_people_go_and_in_again(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    before = await active(alliance)
    for staff in ("HEAD", "OPS", "PDM", "SUP", "G01", "CRM"):
        for query in (DEACTIVATE, REACTIVATE):
            assert await client.error(staff, query, code="G02") == {"code": "FORBIDDEN"}, staff
    for query in (DEACTIVATE, REACTIVATE):
        assert (await client.one("ADM", query, code="G99"))["code"] == "UNKNOWN_STAFF"
    assert await active(alliance) == before


async def test_twice_is_once_and_who_comes_back_is_who_they_were(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    for query in (DEACTIVATE, DEACTIVATE, REACTIVATE, REACTIVATE):
        answer = await client.one("ADM", query, code="G01")
        assert answer["__typename"] != "Refused"
    assert answer["staff"] == {"code": "G01", "active": True, "roles": ["GUIDE"], "unit": {"code": "PD"}}
    assert [act[:3] for act in await staff_acts(alliance)] == [
        ("staff.deactivated", "G01", "合同到期"),
        ("staff.reactivated", "G01", "又回来了"),
    ]
    assert (await client.post("G01", "{ me { code } }")).status_code == 200


@pytest.mark.parametrize(
    ("viewer", "person", "seen"),
    [
        ("ADM", "F01", True),
        ("HEAD", "F01", True),
        ("OPS", "F01", True),
        ("SUP", "F01", True),
        ("PDM", "F01", False),
        ("F02", "F01", False),
        ("F01", "F01", False),
        ("ADM", "F99", False),
    ],
)
async def test_who_reads_what_a_leaver_leaves_behind(
    client: GraphQLClient, viewer: str, person: str, seen: bool
) -> None:
    answer = (await client.ask(viewer, FIND, code=person))["leaver"]
    assert (None if answer is None else answer["staff"]["code"]) == (person if seen else None)


async def test_what_only_they_could_decide_is_named(client: GraphQLClient, alliance: TestAlliance) -> None:
    registration = await client.admitted("F01", **customer(30))
    asked = {"registrationId": registration["id"], "days": 5, "reason": "出差"}
    await client.one("F01", REQUEST_EXTENSION, input=asked)
    assert (await client.ask("ADM", FIND, code="HEAD"))["leaver"]["decisionCount"] == 0
    await client.one("ADM", DEACTIVATE, code="HEAD2")
    alone = (await client.ask("ADM", FIND, code="HEAD"))["leaver"]
    assert (alone["decisionCount"], alone["decisions"]) == (
        1,
        [{"kind": "EXTENSION", "requestedBy": {"code": "F01"}}],
    )


async def test_ended_registrations_are_not_handed_over(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await staffed_alliance(fresh_pool)
    async with api_on(fresh_pool, alliance.code) as client:
        await client.admitted("F03", **customer(31))
        assert (await client.ask("ADM", FIND, code="F03"))["leaver"]["registrationCount"] == 1
        await alliance.travel("2026-12-31T10:00:00+08:00")  # expired, whether or not anybody has looked
        left = (await client.ask("ADM", FIND, code="F03"))["leaver"]
    assert (left["registrationCount"], left["registrations"]) == (0, [])


async def let_go(alliance: TestAlliance, by: str, code: str) -> StaffDeactivated | Refused | Forbidden:
    try:
        request = DeactivateStaff(staff_code=code, reason="离职")
        return await deactivate_staff(alliance.office, await alliance.actor(by), request)
    except Forbidden as forbidden:
        return forbidden


async def test_of_two_administrators_who_let_each_other_go_at_once_one_remains(
    alliance: TestAlliance,
) -> None:
    answers = await asyncio.gather(let_go(alliance, "ADM", "ADM2"), let_go(alliance, "ADM2", "ADM"))
    assert [isinstance(answer, StaffDeactivated) for answer in answers].count(True) == 1
    assert len({"ADM", "ADM2"} & await active(alliance)) == 1


async def test_who_was_let_go_a_moment_ago_lets_nobody_go(alliance: TestAlliance) -> None:
    stale = await alliance.actor("ADM2")
    await employ(alliance, ("ADM3", "HQ", Role.ADMINISTRATOR))
    assert isinstance(await let_go(alliance, "ADM", "ADM2"), StaffDeactivated)
    with pytest.raises(Forbidden):
        await deactivate_staff(alliance.office, stale, DeactivateStaff(staff_code="ADM3", reason="离职"))
    assert "ADM3" in await active(alliance)


async def test_what_is_passed_to_a_leaver_at_that_moment_is_refused_or_handed_over(
    alliance: TestAlliance,
) -> None:
    id = await alliance.admitted("F01", phone="13800130040", address=ADDRESS.format(40))
    head = await alliance.actor("HEAD")
    for target in ("F02", "F03", "G01", "G02", "G03"):
        request = TransferRegistration(registration_id=id, to_staff_code=target, reason="调整")
        moved, left = await asyncio.gather(
            transfer_registration(alliance.office, head, request), let_go(alliance, "ADM", target)
        )
        assert isinstance(left, StaffDeactivated)
        was_moved = isinstance(moved, RegistrationChanged)
        assert left.leaver.registrations == (1 if was_moved else 0), target


async def test_whoever_is_being_given_something_cannot_leave_before_they_have_it(
    alliance: TestAlliance,
) -> None:
    actor = await alliance.actor("F02")
    async with alliance.office.pool.acquire() as connection:
        async with connection.transaction():
            await organisation.hold_staff_by_code(connection, actor.alliance.id, "F02")
            leaving = asyncio.create_task(let_go(alliance, "ADM", "F02"))
            done, _ = await asyncio.wait({leaving}, timeout=0.3)
            assert not done
        assert isinstance(await leaving, StaffDeactivated)


@pytest.mark.parametrize("for_code", [None, "F01"])
async def test_who_was_let_go_a_moment_ago_registers_nobody(
    alliance: TestAlliance, for_code: str | None
) -> None:
    """Neither an unknown customer nor one who is looked at, for themselves or as a manager for others."""
    stale, office = await alliance.actor("F02" if for_code is None else "SUP"), alliance.office
    await alliance.admitted("G01", phone="13800130061", address=ADDRESS.format(61))
    assert isinstance(await let_go(alliance, "ADM", stale.staff.code), StaffDeactivated)
    registered = await alliance.count("SELECT count(*) FROM registration")
    for number in (60, 61):
        request = RegisterCustomer(
            name="王小明",
            phone=f"138001300{number}",
            address=ADDRESS.format(number),
            for_staff_code=for_code,
            new_need=True,
        )
        answer = await register_customer(office, stale, request)
        assert isinstance(answer, RegistrationRefused)
        assert answer.code == "UNKNOWN_STAFF"
    assert await alliance.count("SELECT count(*) FROM registration") == registered


async def test_a_claim_waits_for_whoever_is_leaving_and_comes_to_nothing(alliance: TestAlliance) -> None:
    """The same in the one round trip of an unknown customer: they leave while it is under way."""
    leaving = await alliance.actor("F02")
    async with alliance.office.pool.acquire() as connection, connection.transaction():
        await leavers.set_active(connection, leaving.alliance.id, leaving.staff.id, active=False)
        claiming = asyncio.create_task(
            alliance.register("F02", phone="13800130062", address=ADDRESS.format(62))
        )
        done, _ = await asyncio.wait({claiming}, timeout=0.5)
        assert not done
    assert isinstance(await claiming, RegistrationRefused)


def with_staff(alliance: TestAlliance, **entry: Any) -> Any:
    file = organisation_of(alliance.code, guides=[], salespeople=[])
    whole = {"name": "员工", "unit": "HQ", "roles": [Role.DEPARTMENT_HEAD]} | entry
    return file.model_copy(update={"staff": [StaffEntry(**whole)]})


async def test_an_organisation_file_lets_go_and_in_again_only_when_it_says_so(
    alliance: TestAlliance,
) -> None:
    guide = {"code": "G01", "unit": "PD", "roles": [Role.GUIDE]}
    works = []
    for said in (False, None, True, None):
        file = with_staff(alliance, active=said, name=f"改名{len(works)}", **guide)
        await apply_organisation(alliance.office, file)
        works.append("G01" in await active(alliance))
    assert works == [False, False, True, True]
    assert await staff_acts(alliance) == [
        ("staff.deactivated", "G01", None, None),
        ("staff.reactivated", "G01", None, None),
    ]


@pytest.mark.parametrize("change", [{"active": False}, {"roles": [Role.FINANCE]}], ids=["leaves", "moves on"])
async def test_an_organisation_file_leaves_nobody_to_rule_only_over_a_refusal(
    alliance: TestAlliance, change: dict[str, Any]
) -> None:
    await apply_organisation(alliance.office, with_staff(alliance, code="HEAD2", active=False))
    acts = await staff_acts(alliance)
    with pytest.raises(LastOfRole, match="expected an active DEPARTMENT_HEAD"):
        await apply_organisation(alliance.office, with_staff(alliance, code="HEAD", **change))
    assert "HEAD" in await active(alliance)
    assert await staff_acts(alliance) == acts
