"""Erasing a person: who they are goes, what was decided stays."""

import asyncio
import base64
import dataclasses
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, VAULT, TestAlliance
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.check_protection import CheckProtection, check_protection
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.erase_person import Erased, ErasePerson, erase_person
from baobei.operations.errors import UnusableInput
from baobei.operations.export_person import export_person
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.person_records import NotSealedYet, StillDisputed
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.read_import import read_import
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.register_customer import RegistrationAdmitted
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import DisputeRecorded, OrderRecorded, Refused
from baobei.operations.reveal_contact import RevealContact, reveal_contact
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.run_imports import ImportsRun, run_imports
from baobei.operations.start_import import StartImport, start_import
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.policy.terms import FollowUpKind
from baobei.store import import_files, imports
from baobei.store.import_models import ImportState, TakenAway
from baobei.store.organisation_models import Alliance
from graphql_client import ORDER, REGISTRATION
from in_process import api_on
from invariants import violations
from running_service import baobei

PHONE, HOME, NAME = "138 0013 8000", ADDRESS.format(1), "林女士"
OTHER_PHONE, OTHER_HOME = "13900139000", ADDRESS.format(2)
LEDGER = (
    "SELECT to_jsonb(a) FROM attribution a ORDER BY sequence",
    "SELECT to_jsonb(c) FROM attribution_credit c ORDER BY attribution_id, position",
    "SELECT to_jsonb(c) FROM attribution_candidate c ORDER BY attribution_id, position",
    "SELECT to_jsonb(a) FROM attempt a ORDER BY sequence",
    "SELECT to_jsonb(f) FROM follow_up f ORDER BY sequence",
    "SELECT to_jsonb(q) FROM quota_tally q ORDER BY staff_id, month",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Customer:
    """What happened with one customer, and with another beside them."""

    first: Any
    order: Any
    live: Any
    beside: Any


async def known(alliance: TestAlliance) -> Customer:
    """A customer with a credited order, a ruling, a refused attempt and a new claim; and one beside."""
    office, owner = alliance.office, await alliance.actor("F01")
    first = await alliance.register("F01", name=NAME, phone=PHONE, address=HOME, note="看中岩板")
    assert isinstance(first, RegistrationAdmitted)
    id = first.registration.id
    await alliance.register("F02", name=NAME, phone=PHONE, address=OTHER_HOME, note="再报一次")
    await record_follow_up(
        office, owner, RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="约周末到店")
    )
    await reveal_contact(
        office, await alliance.actor("OPS"), RevealContact(registration_id=id, reason="回访")
    )
    placed = await place_order(
        office,
        owner,
        PlaceOrder(external_ref="A-1", name=NAME, phone=PHONE, taken_by_code="F02", amount_fen=100),
    )
    assert isinstance(placed, OrderRecorded)
    ruling = RuleOnOrder(
        order_id=placed.order.id, credits=(CreditShare(staff_code="F03", share_bp=10_000),), reason="补签"
    )
    assert isinstance(await rule_on_order(office, await alliance.actor("HEAD"), ruling), OrderRecorded)
    quarrel = OpenDispute(order_id=placed.order.id, statement="客户先找的我")
    disputed = await open_dispute(office, await alliance.actor("F02"), quarrel)
    assert isinstance(disputed, DisputeRecorded)
    upheld = RejectDispute(dispute_id=disputed.dispute.id, reason="记录完整")
    assert isinstance(await reject_dispute(office, await alliance.actor("HEAD"), upheld), DisputeRecorded)
    again = await alliance.register("F02", name=NAME, phone=PHONE, address=HOME, new_need=True)
    assert isinstance(again, RegistrationAdmitted), again
    live = again.registration.id
    asked = RequestExtension(registration_id=live, days=5, reason="客户出差")
    await request_extension(office, await alliance.actor("F02"), asked)
    beside = await alliance.admitted("G01", phone=OTHER_PHONE, address=ADDRESS.format(3))
    return Customer(first=id, order=placed.order.id, live=live, beside=beside)


async def of(alliance: TestAlliance) -> Alliance:
    return (await alliance.actor("HEAD")).alliance


async def erased(alliance: TestAlliance, phone: str | None = PHONE, address: str | None = None) -> Erased:
    request = ErasePerson(phone=phone, address=address, reason="本人要求")
    return await erase_person(alliance.office, await of(alliance), request)


async def whole(pool: "asyncpg.Pool[asyncpg.Record]", statements: tuple[str, ...] = LEDGER) -> list[str]:
    return [row[0] for statement in statements for row in await pool.fetch(statement)]


async def test_who_a_person_is_goes_and_what_was_decided_stays(alliance: TestAlliance) -> None:
    customer, pool = await known(alliance), alliance.office.pool
    before = await whole(pool)

    done = await erased(alliance)

    assert done == Erased(contacts=4, registrations=2, withdrawn=1, requests_cancelled=1, orders=1, texts=8)
    assert await whole(pool) == before
    left = await pool.fetchrow(
        "SELECT count(*) FILTER (WHERE name_sealed IS NOT NULL OR phone_sealed IS NOT NULL"
        " OR address_sealed IS NOT NULL) AS contacts FROM contact WHERE erased_at IS NOT NULL"
    )
    assert left is not None
    assert left["contacts"] == 0
    keys = [VAULT.keyed_digest(f"phone +86{PHONE.replace(' ', '')}", alliance_id=(await of(alliance)).id)]
    assert await pool.fetchval("SELECT count(*) FROM registration WHERE phone_key = ANY($1)", keys) == 0
    assert await pool.fetchval("SELECT count(*) FROM customer_order WHERE phone_key = ANY($1)", keys) == 0
    assert await pool.fetchval("SELECT count(*) FROM contact WHERE phone_key = ANY($1)", keys) == 0
    ended = await pool.fetchrow(
        "SELECT end_kind, claimed_phone FROM registration WHERE registration_id = $1", customer.live
    )
    assert ended is not None
    assert tuple(ended) == ("WITHDRAWN", None)
    assert await pool.fetchval("SELECT status FROM approval") == "CANCELLED"
    beside = await pool.fetchval(
        "SELECT erased_at FROM registration WHERE registration_id = $1", customer.beside
    )
    assert beside is None


async def test_an_erasure_is_written_down_with_counts_and_a_repeat_changes_nothing(
    alliance: TestAlliance,
) -> None:
    await known(alliance)
    done, pool = await erased(alliance), alliance.office.pool
    acts = await pool.fetch("SELECT kind, detail::text AS detail FROM audit_event ORDER BY sequence")
    again = await erased(alliance)
    assert [json.loads(act["detail"]) for act in acts if act["kind"] == "person.erased"] == [
        dataclasses.asdict(done)
    ]
    kinds = [act["kind"] for act in acts]
    assert (kinds.count("registration.erased"), kinds.count("order.erased")) == (2, 1)
    assert again == Erased()
    assert await pool.fetchval("SELECT count(*) FROM audit_event") == len(acts)


async def test_everything_reads_on_after_an_erasure(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    customer = await known(alliance)
    await erased(alliance)
    async with api_on(fresh_pool, alliance.code) as api:
        seen = await api.one(
            "HEAD",
            f"query ($id: ID!) {{ registration(id: $id) {{ {REGISTRATION} customer {{ erased }}"
            " followUps { edges { node { note } } } } }",
            id=str(customer.first),
        )
        order = await api.one(
            "HEAD", f"query ($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}", id=str(customer.order)
        )
        listed = await api.one("HEAD", "{ registrations { edges { node { customer { name masked } } } } }")
        await api.one(
            "HEAD", "{ orders { edges { node { customer { name } attribution { explanation } } } } }"
        )
        asked = await api.one("HEAD", "{ approvals { status reason } }")
    gone = {"name": "已删除", "phone": "", "address": "", "masked": True}
    assert seen["customer"] == gone | {"erased": True}
    assert seen["standing"]["status"] == "CONVERTED"
    assert [edge["node"]["note"] for edge in seen["followUps"]["edges"]] == ["已删除"]
    assert order["customer"] == gone
    assert order["attribution"]["ruling"]["reason"] == "已删除"
    assert order["attribution"]["credits"][0]["staff"] == {"code": "F03"}
    assert [edge["node"]["customer"]["masked"] for edge in listed["edges"]] == [False, True, True]
    assert asked == [{"status": "CANCELLED", "reason": "已删除"}]


async def test_nothing_can_be_done_with_an_erased_customer_and_the_person_is_free(
    alliance: TestAlliance,
) -> None:
    customer, office = await known(alliance), alliance.office
    await erased(alliance)
    owner = await alliance.actor("F02")
    touch = RecordFollowUp(registration_id=customer.live, kind=FollowUpKind.CALL, note="回访")
    late = RequestExtension(registration_id=customer.live, days=5, reason="再等等")
    look = RevealContact(registration_id=customer.live, reason="看看")
    same = PlaceOrder(external_ref="A-1", name=NAME, phone=PHONE, taken_by_code="F02", amount_fen=100)
    answers = [
        await record_follow_up(office, owner, touch),
        await request_extension(office, owner, late),
        await reveal_contact(office, owner, look),
        await place_order(office, owner, same),
    ]
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == [
        "NOT_LIVE",
        "NOT_LIVE",
        "NOT_APPLICABLE",
        "EXTERNAL_REF_REUSED",
    ]
    free = await check_protection(office, await alliance.actor("G02"), CheckProtection(phone=PHONE))
    assert free.available
    assert isinstance(await alliance.register("G02", phone=PHONE, address=HOME), RegistrationAdmitted)


async def test_an_erased_order_is_closed_and_cancelled_like_any_other(alliance: TestAlliance) -> None:
    customer, office, pool = await known(alliance), alliance.office, alliance.office.pool
    await erased(alliance)
    ops = await alliance.actor("OPS")
    closed = await close_order(office, ops, CloseOrder(order_id=customer.order))
    cancelled = await cancel_order(office, ops, CancelOrder(order_id=customer.order, reason="退单"))
    assert isinstance(closed, OrderRecorded)
    assert isinstance(cancelled, OrderRecorded)
    ended = await pool.fetchrow(
        "SELECT end_kind, claimed_phone FROM registration WHERE registration_id = $1", customer.first
    )
    assert ended is not None
    assert tuple(ended) == ("LOST", None)
    tally = await pool.fetchval("SELECT converted FROM quota_tally WHERE converted <> 0")
    assert tally is None


async def test_an_erased_registration_that_had_expired_cannot_be_extended(alliance: TestAlliance) -> None:
    await alliance.travel("2026-11-01T10:00:00+08:00")
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    await alliance.travel("2026-11-18T10:00:00+08:00")
    assert (await erased(alliance)).withdrawn == 0
    asked = RequestExtension(registration_id=id, days=15, reason="客户回来了")
    answer = await request_extension(alliance.office, await alliance.actor("F01"), asked)
    assert isinstance(answer, Refused)
    assert answer.code == "NOT_LIVE"


async def test_by_phone_alone_a_home_is_left_to_whoever_else_lives_there(alliance: TestAlliance) -> None:
    await alliance.admitted("F01", phone=PHONE, address=HOME)
    placed = await place_order(
        alliance.office,
        await alliance.actor("F01"),
        PlaceOrder(external_ref="A-1", name="陈先生", phone=OTHER_PHONE, address=HOME),
    )
    assert isinstance(placed, OrderRecorded)
    assert (await erased(alliance)).orders == 0
    assert (await erased(alliance, phone=None, address=HOME)).orders == 1


@pytest.mark.parametrize(
    ("phone", "address"), [("12", None), (None, "幸福小区"), (None, None), (PHONE, "幸福小区")]
)
async def test_a_person_who_cannot_be_found_is_named_as_such(
    alliance: TestAlliance, phone: str | None, address: str | None
) -> None:
    await alliance.admitted("F01", phone=PHONE, address=HOME)
    with pytest.raises(UnusableInput):
        await erased(alliance, phone=phone, address=address)
    assert await alliance.count("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL") == 0


async def test_nobody_is_erased_by_half_while_something_stands_in_clear(
    alliance: TestAlliance, superuser_pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    await known(alliance)
    async with superuser_pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE follow_up SET note = '旧的', note_id = NULL")
    with pytest.raises(NotSealedYet):
        await erased(alliance)
    assert await alliance.count("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL") == 0


async def test_an_erasure_keeps_what_must_hold(alliance: TestAlliance) -> None:
    await known(alliance)
    await erased(alliance)
    async with alliance.office.pool.acquire() as connection:
        assert await violations(connection) == {}


async def test_erased_in_the_middle_of_work_on_the_customer(alliance: TestAlliance) -> None:
    customer, office = await known(alliance), alliance.office
    owner, ops = await alliance.actor("F02"), await alliance.actor("OPS")
    touch = RecordFollowUp(registration_id=customer.live, kind=FollowUpKind.CALL, note="回访")
    works: list[Awaitable[object]] = [erased(alliance), erased(alliance)]
    works += [record_follow_up(office, owner, touch) for _ in range(3)]
    works += [
        place_order(
            office, ops, PlaceOrder(external_ref=f"B-{n}", name=NAME, phone=OTHER_PHONE, address=HOME)
        )
        for n in range(3)
    ]
    works += [alliance.register("G03", phone=PHONE, address=ADDRESS.format(9)) for _ in range(2)]
    works.append(close_order(office, ops, CloseOrder(order_id=customer.order)))

    await asyncio.gather(*works)
    await erased(alliance)

    key = VAULT.keyed_digest(f"phone +86{PHONE.replace(' ', '')}", alliance_id=(await of(alliance)).id)
    assert await office.pool.fetchval("SELECT count(*) FROM registration WHERE phone_key = $1", key) == 0
    async with office.pool.acquire() as connection:
        assert await violations(connection) == {}


async def test_an_export_has_all_that_is_held_and_nothing_of_anybody_else(alliance: TestAlliance) -> None:
    customer = await known(alliance)
    found = await export_person(alliance.office, await of(alliance), phone=PHONE, address=None)
    text = json.dumps(found, ensure_ascii=False)
    for word in (
        "看中岩板",
        "再报一次",
        "约周末到店",
        "补签",
        "客户先找的我",
        "客户出差",
        "回访",
        PHONE,
        HOME,
        OTHER_HOME,
        NAME,
    ):
        assert word in text, word
    assert [each["id"] for each in found["registrations"]] == [str(customer.first), str(customer.live)]
    assert [each["code"] for each in found["attempts"]] == ["PROTECTED", "ALREADY_PROTECTED", "PROTECTED"]
    assert [each["kind"] for each in found["acts_on_contacts"]] == ["contact.revealed"]
    assert OTHER_PHONE not in text
    await erased(alliance)
    empty = await export_person(alliance.office, await of(alliance), phone=PHONE, address=None)
    assert [empty[name] for name in ("registrations", "attempts", "orders", "acts_on_contacts")] == [
        [],
        [],
        [],
        [],
    ]


def keys() -> dict[str, str]:
    """The keys of the tests' vault, as settings."""
    return {
        "BAOBEI_VAULT_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
        "BAOBEI_VAULT_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    }


async def test_the_commands(alliance: TestAlliance, fresh_database_url: str, tmp_path: Path) -> None:
    await known(alliance)
    environment = {"BAOBEI_DATABASE_URL": fresh_database_url, **keys()}
    one, out = ("--alliance", alliance.code, "--phone", PHONE), tmp_path / "person.json"
    erase = ("person", "erase", *one, "--reason", "本人要求")

    exported = baobei("person", "export", *one, "--out", str(out), environment=environment)
    asked = baobei(*erase, environment=environment)
    untouched = await alliance.count("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL")
    done = baobei(*erase, "--yes", "--by", "OPS", environment=environment)
    wrong = baobei(
        "person", "erase", "--alliance", "nobody", "--reason", "x", "--phone", PHONE, environment=environment
    )

    assert (exported.returncode, exported.stderr) == (0, "")
    assert len(json.loads(out.read_text())["registrations"]) == 2
    assert out.stat().st_mode & 0o077 == 0
    assert (asked.returncode, untouched) == (1, 0)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("contacts 4, registrations 2 (withdrawn 1), requests cancelled 1, orders 1")
    assert (wrong.returncode, wrong.stderr) == (2, "baobei: --alliance nobody: no such alliance\n")


async def test_the_files_of_past_imports_go_with_a_person(alliance: TestAlliance) -> None:
    await known(alliance)
    seller = await alliance.actor("F01")
    sheet = f"姓名,电话,地址\n{NAME},{PHONE},{HOME}\n".encode()
    sent = await start_import(alliance.office, seller, StartImport(written=sheet))
    await run_imports(alliance.office)

    done = await erased(alliance)

    assert done.files == 1
    assert await alliance.count("SELECT count(*) FROM import_piece") == 0
    job = await read_import(alliance.office, seller, sent.job.id)
    assert job is not None
    assert (job.purged_at is not None, job.taken_away) == (True, TakenAway.ERASURE)
    again = await start_import(alliance.office, seller, StartImport(written=sheet))
    assert (again.repeated, again.job.id) == (True, job.id)


@pytest.mark.parametrize("under_way", [False, True])
async def test_the_file_of_an_import_that_has_not_ended_goes_when_it_ends(
    alliance: TestAlliance, under_way: bool
) -> None:
    """And there is no result of it, with a row of the person: whether it waits or somebody works on it."""
    office, seller = alliance.office, await alliance.actor("F01")
    await known(alliance)
    sheet = f"姓名,电话,地址\n{NAME},{PHONE},{HOME}\n李女士,13700137000,{ADDRESS.format(7)}\n".encode()
    sent = await start_import(office, seller, StartImport(written=sheet))
    if under_way:
        # It gives way to somebody else's after its first row.
        others = StartImport(written=f"姓名,电话,地址\n赵女士,13700137001,{ADDRESS.format(8)}\n".encode())
        await start_import(office, await alliance.actor("F03"), others)
        run = await run_imports(office, only=sent.job.id, turn_s=-1, step=1)
        assert run == ImportsRun(rows=1, more=True)

    assert (await erased(alliance)).files == 0
    while (await run_imports(office)).more:
        pass

    job = await read_import(office, seller, sent.job.id)
    assert job is not None
    assert (job.state, job.rows_done) == (ImportState.DONE, 2)
    assert (job.purged_at is not None, job.taken_away) == (True, TakenAway.ERASURE)
    assert await alliance.count("SELECT count(*) FROM import_piece") == 0
    again = await start_import(office, seller, StartImport(written=sheet))
    assert (again.repeated, again.job.id) == (True, job.id)


async def test_an_import_that_ends_during_an_erasure_keeps_no_file(alliance: TestAlliance) -> None:
    """Whichever of the two is first: here the erasure, and the end of the import waits for it."""
    office, seller = alliance.office, await alliance.actor("F01")
    sheet = f"姓名,电话,地址\n{NAME},{PHONE},{HOME}\n".encode()
    sent = await start_import(office, seller, StartImport(written=sheet))
    async with office.pool.acquire() as connection, connection.transaction():
        claimed = await imports.claim(connection, lease_s=60, only=sent.job.id)
    assert claimed is not None

    async def end() -> bool:
        async with office.pool.acquire() as connection, connection.transaction():
            return await imports.end(connection, claimed, state=ImportState.DONE, answers_repeats=True)

    async with office.pool.acquire() as connection, connection.transaction():
        assert await import_files.take_away(connection, seller.alliance.id) == 0
        ending = asyncio.create_task(end())
        await waiting(alliance, for_somebody=1)

    assert await ending
    job = await read_import(office, seller, sent.job.id)
    assert job is not None
    assert (job.state, job.taken_away) == (ImportState.DONE, TakenAway.ERASURE)
    assert job.purged_at is not None
    assert await alliance.count("SELECT count(*) FROM import_piece") == 0


async def test_whom_an_open_dispute_rests_on_is_erased_when_it_has_ended(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    """By the order's phone, and by the home of an attempt that only shares the order's phone."""
    office = alliance.office
    await alliance.admitted("F01", phone=PHONE, address=HOME)
    await alliance.register("F02", phone=PHONE, address=OTHER_HOME)
    placed = await place_order(
        office, await alliance.actor("OPS"), PlaceOrder(external_ref="A-1", name=NAME, phone=PHONE)
    )
    assert isinstance(placed, OrderRecorded)
    quarrel = OpenDispute(order_id=placed.order.id, statement="客户先找的我")
    disputed = await open_dispute(office, await alliance.actor("F02"), quarrel)
    assert isinstance(disputed, DisputeRecorded)
    before = await whole(office.pool)

    for phone, address in ((PHONE, None), (None, OTHER_HOME)):
        with pytest.raises(StillDisputed) as refused:
            await erased(alliance, phone, address)
        assert refused.value.external_refs == ("A-1",)
    command = baobei(
        *("person", "erase", "--alliance", alliance.code, "--phone", PHONE, "--reason", "本人要求", "--yes"),
        environment={"BAOBEI_DATABASE_URL": fresh_database_url, **keys()},
    )

    assert command.returncode == 1
    assert "A-1 is disputed" in command.stderr
    assert "come again when" in command.stderr
    assert await alliance.count("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL") == 0
    assert await alliance.count("SELECT count(*) FROM audit_event WHERE kind = 'person.erased'") == 0
    assert await whole(office.pool) == before
    back = WithdrawDispute(dispute_id=disputed.dispute.id, reason="谈妥")
    await withdraw_dispute(office, await alliance.actor("F02"), back)
    assert (await erased(alliance)).orders == 1


async def waiting(alliance: TestAlliance, *, for_somebody: int) -> None:
    """Wait until so many transactions wait for a lock."""
    statement = """SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    for _ in range(1_000):
        if await alliance.count(statement) >= for_somebody:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize(("phone", "address"), [(PHONE, None), (None, OTHER_HOME)])
async def test_an_erasure_waits_for_a_dispute_that_is_being_opened_and_is_refused(
    alliance: TestAlliance, phone: str | None, address: str | None
) -> None:
    office, opener = alliance.office, await alliance.actor("F02")
    await alliance.admitted("F01", phone=PHONE, address=HOME)
    await alliance.register("F02", phone=PHONE, address=OTHER_HOME)
    placed = await place_order(
        office, await alliance.actor("OPS"), PlaceOrder(external_ref="A-1", name=NAME, phone=PHONE)
    )
    assert isinstance(placed, OrderRecorded)
    quarrel = OpenDispute(order_id=placed.order.id, statement="客户先找的我")

    async with office.pool.acquire() as connection, connection.transaction():
        # It stops before its end: the dispute is stored and not committed.
        await connection.execute("LOCK TABLE dispute_statement IN SHARE MODE")
        opening = asyncio.create_task(open_dispute(office, opener, quarrel))
        await waiting(alliance, for_somebody=1)
        erasing = asyncio.create_task(erased(alliance, phone, address))
        done, _ = await asyncio.wait({erasing}, timeout=0.5)
        assert not done
    assert isinstance(await opening, DisputeRecorded)
    with pytest.raises(StillDisputed):
        await erasing
    assert await alliance.count("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL") == 0
    assert await alliance.count("SELECT count(*) FROM audit_event WHERE kind = 'person.erased'") == 0


async def test_taking_a_copy_is_written_down(alliance: TestAlliance) -> None:
    await known(alliance)

    await export_person(alliance.office, await of(alliance), phone=PHONE, address=None)

    (act,) = await alliance.office.pool.fetch("SELECT detail FROM audit_event WHERE kind = 'person.exported'")
    detail = json.loads(act["detail"])
    assert (len(detail["contacts"]), detail["registrations"], detail["orders"]) == (4, 2, 1)
