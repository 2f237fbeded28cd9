"""What is said of a customer: kept, sorted by, changed on record, and no way to move a deadline."""

import asyncpg
import pytest

from alliances import ADDRESS, VAULT, TestAlliance, new_alliance, publish
from baobei.operations.classify_registration import ClassifyRegistration, classify_registration
from baobei.operations.customer_profile import Details
from baobei.operations.disclosure import opened_text
from baobei.operations.erase_person import ErasePerson, erase_person
from baobei.operations.register_customer import RegistrationAdmitted, RegistrationRefused
from baobei.operations.results import Refused, RegistrationChanged
from baobei.policy.classes import ClassDays
from baobei.policy.standing import lapses_at
from baobei.store import registration_lists, registrations, texts
from baobei.store.paging import Page
from baobei.store.registration_lists import RegistrationFilter, Scope
from baobei.store.registration_models import Segment, StoredRegistration
from builders import at, policy

MORNING = "2026-11-01T10:00:00+08:00"
SAID = Details(customer_class="A", segment=Segment.PROJECT, need="三居全屋", source="网络")
ACTS = "SELECT count(*) FROM audit_event"
NEEDS = """
SELECT t.sealed IS NULL AS erased
  FROM sealed_text t
 WHERE t.text_id IN (SELECT need_id FROM attempt UNION SELECT need_id FROM registration)
"""
CLASSIFIED = """
SELECT detail ->> 'customer_class' AS customer_class, reason_id IS NOT NULL AS needed
  FROM audit_event
 WHERE kind = 'registration.classified'
 ORDER BY sequence
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    days = {"A": ClassDays(follow_up_days=1, lapse_days=7), "B": ClassDays(), "C": ClassDays()}
    await publish(made, policy(customer_classes=days))
    await made.travel(MORNING)
    return made


async def registered(alliance: TestAlliance, number: int, details: Details = SAID) -> StoredRegistration:
    answer = await alliance.register(
        "G01", phone=f"1380013800{number}", address=ADDRESS.format(number), details=details
    )
    assert isinstance(answer, RegistrationAdmitted), answer
    return answer.registration


async def classified(
    alliance: TestAlliance, by: str, stored: StoredRegistration, details: Details
) -> RegistrationChanged | Refused:
    request = ClassifyRegistration(registration_id=stored.id, details=details)
    return await classify_registration(alliance.office, await alliance.actor(by), request)


async def test_what_was_said_is_kept_with_the_need_sealed(alliance: TestAlliance) -> None:
    actor, made = await alliance.actor("G01"), await registered(alliance, 1)
    async with alliance.office.pool.acquire() as connection:
        stored = (await registrations.by_ids(connection, actor.alliance, [made.id]))[made.id]
        need_id = stored.profile.need_id
        assert need_id is not None
        need = (await texts.by_ids(connection, actor.alliance.id, [need_id]))[need_id]

    assert stored.profile == made.profile
    assert (stored.profile.customer_class, stored.profile.segment) == ("A", Segment.PROJECT)
    assert "三居".encode() not in (need.sealed or b"")
    assert opened_text(VAULT, actor.alliance.id, need) == "三居全屋"


async def test_the_clocks_go_by_the_class_given_at_registration(alliance: TestAlliance) -> None:
    made = await registered(alliance, 1)
    answer = await classified(alliance, "G01", made, Details(customer_class="B"))

    assert isinstance(answer, RegistrationChanged)
    assert answer.registration.profile.customer_class == "B"
    assert lapses_at(answer.registration.facts) == at("2026-11-09 00:00")
    assert answer.registration.facts.last_touch_at == made.registered_at


async def test_a_change_leaves_what_it_does_not_name_and_stays_on_record(alliance: TestAlliance) -> None:
    made = await registered(alliance, 1)
    await classified(alliance, "PDM", made, Details(customer_class="C"))
    answer = await classified(alliance, "G01", made, Details(need="改为两居"))

    assert isinstance(answer, RegistrationChanged)
    profile = answer.registration.profile
    assert (profile.customer_class, profile.segment, profile.source) == ("C", Segment.PROJECT, "网络")
    assert profile.need_id not in (None, made.profile.need_id)
    rows = await alliance.office.pool.fetch(CLASSIFIED)
    assert [tuple(row) for row in rows] == [("C", False), (None, True)]


@pytest.mark.parametrize(
    ("by", "details", "code"),
    [
        ("G02", Details(customer_class="B"), "NOT_OWNER"),
        ("HEAD", Details(customer_class="B"), "NOT_OWNER"),
        ("G01", Details(customer_class="Z"), "UNKNOWN_CLASS"),
        ("G01", Details(source="天上"), "UNKNOWN_SOURCE"),
    ],
)
async def test_who_may_not_and_what_the_policy_does_not_have_is_refused(
    alliance: TestAlliance, by: str, details: Details, code: str
) -> None:
    made = await registered(alliance, 1)
    before = await alliance.count(ACTS)
    answer = await classified(alliance, by, made, details)

    assert isinstance(answer, Refused)
    assert answer.code == code
    assert await alliance.count(ACTS) == before


async def test_an_attempt_with_a_class_that_the_policy_does_not_have_is_stored_and_makes_nothing(
    alliance: TestAlliance,
) -> None:
    answer = await alliance.register(
        "G01", phone="13800138001", address=ADDRESS.format(1), details=Details(customer_class="Z")
    )

    assert isinstance(answer, RegistrationRefused)
    assert (answer.code, answer.clause) == ("UNKNOWN_CLASS", None)
    assert await alliance.count("SELECT count(*) FROM registration") == 0
    assert await alliance.count("SELECT count(*) FROM attempt WHERE code = 'UNKNOWN_CLASS'") == 1


async def test_lists_are_narrowed_by_class_segment_and_source_page_by_page(alliance: TestAlliance) -> None:
    actor = await alliance.actor("OPS")
    made = [await registered(alliance, number) for number in (1, 2)]
    await registered(alliance, 3, Details(customer_class="B"))
    await registered(alliance, 4, Details())
    wanted = RegistrationFilter(customer_classes=frozenset("AC"), segment=Segment.PROJECT, source="网络")
    found, after = [], None
    async with alliance.office.pool.acquire() as connection:
        for _ in range(2):
            page, more = await registration_lists.page(
                connection,
                actor.alliance,
                scope=Scope(),
                filter=wanted,
                page=Page(first=1, after=after),
                at=at("2026-11-01 10:00"),
            )
            found += [stored.id for stored in page]
            after = found[-1]

    assert (found, more) == ([made[1].id, made[0].id], False)


async def test_an_erasure_takes_every_need_that_was_ever_said(alliance: TestAlliance) -> None:
    made = await registered(alliance, 1)
    await classified(alliance, "G01", made, Details(need="改为两居"))
    actor = await alliance.actor("G01")
    await erase_person(
        alliance.office, actor.alliance, ErasePerson(phone="13800138001", address=None, reason="本人要求")
    )

    assert [row["erased"] for row in await alliance.office.pool.fetch(NEEDS)] == [True, True]
