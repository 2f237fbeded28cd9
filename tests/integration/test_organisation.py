"""Organisation files and policy versions, applied to a real database."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from alliances import ADDRESS, document_of, new_alliance, office_on, organisation_of
from baobei.operations.apply_organisation import TimeZoneFixed, apply_organisation
from baobei.operations.publish_policy import PolicyNotPublishable, PublishPolicy, publish_policy
from baobei.operations.register_customer import RegistrationAdmitted, RegistrationRefused
from baobei.organisation_file import OrganisationFileError, read_organisation
from baobei.policy.yaml_lines import PolicyDocumentError
from builders import policy

ACTS = """
SELECT e.kind, e.origin, e.detail::text AS detail
  FROM audit_event e
  JOIN alliance a ON a.alliance_id = e.alliance_id
 WHERE a.code = $1
 ORDER BY e.sequence
"""
SAMPLE = Path(__file__).parents[2] / "services/cli/baobei_cli/data/org-sample.yaml"


async def test_the_sample_alliance_applied_twice_changes_nothing(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    file = read_organisation(SAMPLE)
    first = await apply_organisation(office_on(pool), file)
    second = await apply_organisation(office_on(pool), file)
    assert first.summary == "alliance created; 4 units and 16 staff created or updated"
    assert second.summary == "nothing changed"


async def test_a_staff_member_who_left_is_updated_and_the_others_are_not(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    file = organisation_of("leaver", guides=["G01"], salespeople=["F01"])
    await apply_organisation(office_on(pool), file)
    left = [member.model_copy(update={"active": member.code != "G01"}) for member in file.staff]
    applied = await apply_organisation(office_on(pool), file.model_copy(update={"staff": left}))
    assert (applied.units, applied.staff) == (0, 1)


async def test_what_a_file_changed_is_written_down_with_where_it_came_from_and_no_name(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    file = organisation_of("written", guides=["G01"], salespeople=["F01"])
    office = replace(office_on(pool), origin="cli:somebody")
    await apply_organisation(office, file)
    changes = {"G01": {"active": False}, "F01": {"name": "另一个名字"}}
    staff = [member.model_copy(update=changes.get(member.code, {})) for member in file.staff]
    alliance = file.alliance.model_copy(update={"closing_time": "20:30"})
    await apply_organisation(office, file.model_copy(update={"staff": staff, "alliance": alliance}))

    acts = await pool.fetch(ACTS, "written")
    assert [act["kind"] for act in acts[:3]] == ["alliance.created", "policy.published", "unit.changed"]
    assert {act["origin"] for act in acts} == {"cli:somebody"}
    again = [(act["kind"], json.loads(act["detail"])) for act in acts[-4:]]
    assert [(kind, detail.get("code"), detail.get("changed")) for kind, detail in again] == [
        ("alliance.changed", "written", ["closing_time"]),
        ("staff.changed", "G01", ["active"]),
        ("staff.changed", "F01", ["name"]),
        ("staff.deactivated", None, None),
    ]
    assert not any("名字" in act["detail"] or "导购" in act["detail"] for act in acts)


async def test_the_time_zone_of_an_alliance_stays(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await apply_organisation(office_on(pool), organisation_of("zone", guides=["G01"], salespeople=[]))
    moved = organisation_of("zone", guides=["G01"], salespeople=[], time_zone="Europe/Berlin")
    with pytest.raises(TimeZoneFixed, match="expected Asia/Shanghai"):
        await apply_organisation(office_on(pool), moved)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alliance: [", "line 1: file: expected YAML"),
        ("- 1", "line 1: file: Input should be a valid dictionary"),
        ("alliance: {code: a, name: A}\nunits: []\nstaff: []", "line 2: units: List should have at least 1"),
        (
            "alliance: {code: a, name: A}\nunits:\n  - {code: HQ, name: H, kind: SHOP, region: R}\nstaff: []",
            "line 3: units.0.kind: Input should be 'HEADQUARTERS', 'STORE' or 'FIELD_DEPARTMENT', got 'SHOP'",
        ),
        (
            (
                "alliance: {code: a, name: A}\nunits:\n  - {code: HQ, name: H, kind: STORE, region: R}\n"
                "staff:\n  - {code: X, name: X, unit: PD, roles: [GUIDE]}"
            ),
            "file: staff X: expected a unit of this file, got PD",
        ),
        (
            (
                "alliance: {code: a, name: A, time_zone: Mars/Base}\nunits:\n"
                "  - {code: HQ, name: H, kind: STORE, region: R}\nstaff: []"
            ),
            "line 1: alliance.time_zone: expected an IANA time zone, such as Asia/Shanghai, got 'Mars/Base'",
        ),
    ],
)
def test_a_broken_organisation_file_names_the_line_the_field_and_what_was_expected(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "org.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OrganisationFileError) as refused:
        read_organisation(file)
    assert said in str(refused.value)


async def test_a_published_policy_counts_from_its_instant_on_and_leaves_the_past_alone(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await alliance.admitted("F01", phone="13800138001", address=ADDRESS.format(1))
    document = document_of(policy(monthly_quota=1, lapse_days=5))
    change = datetime(2026, 11, 2, tzinfo=UTC)
    await publish_policy(
        alliance.office,
        PublishPolicy(
            alliance_code=alliance.code, document=document, name="next.yaml", effective_from=change
        ),
    )
    before = await alliance.register("F01", phone="13800138002", address=ADDRESS.format(2))
    await alliance.travel(change)
    refused = await alliance.register("F01", phone="13800138003", address=ADDRESS.format(3))
    after = await alliance.register("G01", phone="13800138003", address=ADDRESS.format(3))
    assert isinstance(before, RegistrationAdmitted)
    assert isinstance(refused, RegistrationRefused)
    assert isinstance(after, RegistrationAdmitted)
    assert before.registration.facts.policy.lapse_days == 10
    assert refused.code == "OVER_QUOTA"
    assert after.registration.facts.policy.lapse_days == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"effective_from": datetime(2020, 1, 1, tzinfo=UTC)}, "expected an instant that is not past"),
        ({"alliance_code": "nobody"}, "no alliance 'nobody'"),
        ({"document": document_of(policy(time_zone="Europe/Berlin"))}, "expected Asia/Shanghai"),
    ],
)
async def test_a_policy_that_cannot_be_the_next_is_refused(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", change: dict[str, object], said: str
) -> None:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    fields: dict[str, object] = {
        "alliance_code": alliance.code,
        "document": document_of(policy()),
        "name": "next.yaml",
        "effective_from": datetime(2027, 1, 1, tzinfo=UTC),
    }
    with pytest.raises(PolicyNotPublishable, match=said):
        await publish_policy(alliance.office, PublishPolicy(**{**fields, **change}))  # type: ignore[arg-type]


async def test_a_broken_document_is_not_published(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await new_alliance(fresh_pool)
    request = PublishPolicy(
        alliance_code=alliance.code,
        document=document_of(policy()).replace("lapse_days: 10", "lapse_days: 0"),
        name="next.yaml",
        effective_from=datetime(2099, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(PolicyDocumentError, match="lapse_days"):
        await publish_policy(alliance.office, request)
