"""Rotating keys on a real database, beside people who work; clear texts from before are sealed on the way."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from dataclasses import replace

import asyncpg
import pytest

from alliances import ADDRESS, VAULT, TestAlliance
from baobei.operations.create_webhook import CreateWebhook, create_webhook
from baobei.operations.disclosure import opened_contact, opened_text
from baobei.operations.import_pieces import whole_file
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.reseal import Inventory, reseal, take_inventory
from baobei.operations.results import ApprovalRecorded
from baobei.operations.start_import import StartImport, start_import
from baobei.policy.terms import FollowUpKind
from baobei.store import approvals, contacts, follow_ups, sealed_values
from baobei.store.import_models import FilePart
from baobei.vault import Vault
from baobei.webhooks.targets import WebhookRules
from running_service import baobei

ONE, TWO, INDEX = bytes(range(32)), bytes(range(100, 132)), bytes(range(32, 64))
BOTH = Vault(keys={1: ONE, 2: TWO}, active=2, index_key=INDEX)
ONLY_NEW = Vault(keys={2: TWO}, active=2, index_key=INDEX)

UNDER_TWO = r"SELECT count(*) FROM contact WHERE substr(name_sealed, 1, 2) = '\x0002'"

SEALED_COLUMNS = """
SELECT table_name || '.' || column_name AS name
  FROM information_schema.columns
 WHERE table_schema = 'public'
   AND column_name LIKE '%sealed'
   AND data_type = 'bytea'
"""


def under(alliance: TestAlliance, vault: Vault) -> TestAlliance:
    return replace(alliance, office=replace(alliance.office, vault=vault))


async def some_work(alliance: TestAlliance, number: int) -> None:
    """A registration with note, follow-up and request, an attempt that is refused: all under the active key."""
    phone = f"138001380{number:02}"
    answer = await alliance.register("F01", phone=phone, address=ADDRESS.format(number), note="看中岩板")
    await alliance.register("F02", phone=phone, address=ADDRESS.format(number), note="再报一次")
    id, owner = answer.registration.id, await alliance.actor("F01")  # type: ignore[union-attr]
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="约周末到店")
    await record_follow_up(alliance.office, owner, touch)
    asked = RequestExtension(registration_id=id, days=5, reason="客户出差")
    assert isinstance(await request_extension(alliance.office, owner, asked), ApprovalRecorded)


async def rotated(alliance: TestAlliance, vault: Vault, **options: int) -> tuple[Inventory, list[int]]:
    told: list[int] = []
    return await reseal(under(alliance, vault).office, tell=told.append, **options), told


async def readable(alliance: TestAlliance, vault: Vault) -> list[str]:
    """Everything sealed, opened with a vault; raises when something cannot be."""
    pool, id = alliance.office.pool, (await alliance.actor("HEAD")).alliance.id
    async with pool.acquire() as connection:
        ids = [row[0] for row in await pool.fetch("SELECT contact_id FROM contact ORDER BY contact_id")]
        found = await contacts.by_ids(connection, id, ids)
        notes = [row[0] for row in await pool.fetch("SELECT follow_up_id FROM follow_up")]
        written = await follow_ups.by_ids(connection, id, notes)
        asked = [row[0] for row in await pool.fetch("SELECT approval_id FROM approval")]
        requests = await approvals.by_ids(connection, id, asked)
    opened = [opened_contact(vault, id, found[each]) for each in ids]
    texts = [follow_up.note for follow_up in written.values()]
    texts += [request.reason for request in requests.values()]
    return [str(contact) for contact in opened] + [opened_text(vault, id, text) for text in texts]


async def test_every_sealed_column_is_rotated(alliance: TestAlliance) -> None:
    columns = {row["name"] for row in await alliance.office.pool.fetch(SEALED_COLUMNS)}
    assert columns == {
        "contact.name_sealed",
        "contact.phone_sealed",
        "contact.address_sealed",
        "sealed_text.sealed",
        "import_piece.sealed",
        "approval_evidence.sealed",
        "webhook_subscription.secret_sealed",
        "webhook_subscription.previous_secret_sealed",
    }
    assert sum(len(kind.fields) for kind in sealed_values.KINDS) == len(columns)


async def test_all_that_an_older_key_sealed_opens_with_the_new_one_alone(alliance: TestAlliance) -> None:
    office = replace(alliance.office, webhooks=WebhookRules(allow_private_targets=True, allow_http=True))
    ops = await alliance.actor("OPS")
    await create_webhook(office, ops, CreateWebhook(url="http://127.0.0.1:9/hook", event_types=None))
    await some_work(alliance, 1)
    sheet = "姓名,电话,地址\n林女士,13800138009,锦绣路9弄\n".encode()
    sent = await start_import(office, await alliance.actor("F01"), StartImport(written=sheet))
    before = await readable(alliance, VAULT)

    counted = await take_inventory(under(alliance, BOTH).office)
    left, told = await rotated(alliance, BOTH, chunk=1)

    assert (counted.values, counted.unused) == ({1: sum(told)}, ())
    assert (left.values, left.left, left.unused) == ({2: sum(told)}, 0, (1,))
    assert await readable(alliance, ONLY_NEW) == before
    assert await whole_file(under(alliance, ONLY_NEW).office, sent.job, FilePart.FILE) == sheet
    assert set((await rotated(alliance, BOTH))[1]) == {0}
    acts = await alliance.office.pool.fetch("SELECT detail FROM audit_event WHERE kind = 'key.rotated'")
    assert [json.loads(act["detail"]) for act in acts] == [{"key": 2, "values": sum(told)}]


async def test_people_work_on_while_keys_are_rotated(alliance: TestAlliance) -> None:
    await some_work(alliance, 1)
    old, new = alliance, under(alliance, BOTH)
    going = asyncio.create_task(rotated(alliance, BOTH, chunk=1))
    await asyncio.gather(*(some_work(who, n) for n, who in enumerate((old, new, old, new, old), 2)))
    await going

    left, _ = await rotated(alliance, BOTH)

    assert (left.left, set(left.values)) == (0, {2})
    assert len(await readable(alliance, ONLY_NEW)) == 6 * 4


async def test_a_rotation_that_is_stopped_goes_on_where_it_was(alliance: TestAlliance) -> None:
    for number in range(1, 5):
        await some_work(alliance, number)

    class Stopped(Exception):
        pass

    def stop(done: int) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        await reseal(under(alliance, BOTH).office, tell=stop, chunk=2)
    half = await take_inventory(under(alliance, BOTH).office)
    left, _ = await rotated(alliance, BOTH)

    assert set(half.values) == {1, 2}
    assert half.unused == ()
    assert (left.left, left.unused) == (0, (1,))


async def test_what_a_missing_key_sealed_is_counted_and_left_alone(alliance: TestAlliance) -> None:
    await some_work(alliance, 1)
    before = await readable(alliance, VAULT)

    left, told = await rotated(alliance, ONLY_NEW)

    assert sum(told) == 0
    assert left.lost == left.values
    assert set(left.lost) == {1}
    assert await readable(alliance, VAULT) == before


CLEAR = (
    "UPDATE attempt SET note = '旧的 ' || attempt_id, note_id = NULL",
    "UPDATE follow_up SET note = '旧的 ' || follow_up_id, note_id = NULL",
    "UPDATE attribution SET reason = '旧的 ' || attribution_id, reason_id = NULL",
    "UPDATE approval SET reason = '旧的', reason_id = NULL, decision_note = '旧的', decision_note_id = NULL",
    "UPDATE audit_event SET reason = '旧的 ' || sequence, reason_id = NULL",
    "UPDATE contact SET indexed = false, phone_key = NULL, address_key = NULL",
)


async def as_it_was_before(alliance: TestAlliance) -> None:
    """Put the texts in clear, as the version before wrote them."""
    async with alliance.office.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for statement in CLEAR:
            await connection.execute(statement)


async def test_texts_in_clear_are_read_and_sealed_and_contacts_get_their_keys(
    alliance: TestAlliance, superuser_pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    await some_work(alliance, 1)
    kept = await alliance.office.pool.fetch("SELECT phone_key, address_key FROM contact ORDER BY contact_id")
    await as_it_was_before(replace(alliance, office=replace(alliance.office, pool=superuser_pool)))
    before = await readable(alliance, VAULT)
    clear = await take_inventory(alliance.office)

    left, _ = await rotated(alliance, VAULT, chunk=1)

    assert clear.clear_texts > 8
    assert clear.unindexed == 2
    assert left.left == 0
    assert await readable(alliance, VAULT) == before
    assert any("旧的" in text for text in before)
    again = await alliance.office.pool.fetch("SELECT phone_key, address_key FROM contact ORDER BY contact_id")
    assert again == kept
    assert sorted(row["phone_key"] is None for row in again) == [False, True]


async def test_an_append_only_row_allows_sealing_and_nothing_else(
    alliance: TestAlliance, superuser_pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    await some_work(alliance, 1)
    pool = alliance.office.pool
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute("UPDATE follow_up SET note = '改了'")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute(
            "UPDATE follow_up SET note_id = (SELECT min(text_id::text)::uuid FROM sealed_text)"
        )
    await as_it_was_before(replace(alliance, office=replace(alliance.office, pool=superuser_pool)))
    text = "(SELECT min(text_id::text)::uuid FROM sealed_text)"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute(f"UPDATE follow_up SET note = NULL, note_id = {text}, kind = 'SMS'")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute("UPDATE follow_up SET note = NULL")
    await pool.execute(f"UPDATE follow_up SET note = NULL, note_id = {text}")


async def test_the_commands(alliance: TestAlliance, fresh_database_url: str) -> None:
    await some_work(alliance, 1)
    one, index = base64.b64encode(ONE).decode(), base64.b64encode(INDEX).decode()
    environment = {"BAOBEI_DATABASE_URL": fresh_database_url, "BAOBEI_VAULT_INDEX_KEY": index}
    ring = {"BAOBEI_VAULT_KEYS": f"1:{one}"}

    made = baobei("keys", "new", environment=environment | ring)
    both = {"BAOBEI_VAULT_KEYS": f"1:{one},{made.stdout.strip()}"}
    counted = baobei("keys", "rotate", "--check", environment=environment | both)
    done = baobei("keys", "rotate", environment=environment | both)

    assert (made.returncode, made.stdout[:2]) == (0, "2:")
    assert (counted.returncode, counted.stdout.splitlines()) == (
        0,
        [
            "key 1: 10 values",
            "key 2: 0 values, the active one",
            "left: 10 under older keys, 0 in clear, 0 without index",
            "may be taken from the ring: none",
        ],
    )
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "key 2: 10 values, the active one",
            "left: 0 under older keys, 0 in clear, 0 without index",
            "may be taken from the ring: 1",
        ],
    )
    assert "10/10" in done.stderr


async def test_a_rotation_that_is_killed_is_run_again_without_harm(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    for number in range(1, 7):
        await some_work(alliance, number)
    before, pool = await readable(alliance, VAULT), alliance.office.pool
    ring = ",".join(f"{n}:{base64.b64encode(key).decode()}" for n, key in ((1, ONE), (2, TWO)))
    environment = {
        **os.environ,
        "BAOBEI_DATABASE_URL": fresh_database_url,
        "BAOBEI_VAULT_KEYS": ring,
        "BAOBEI_VAULT_INDEX_KEY": base64.b64encode(INDEX).decode(),
    }
    async with pool.acquire() as connection, connection.transaction():
        # Somebody holds the last row: the rotation has done the contacts, and waits.
        await connection.execute("SELECT FROM sealed_text ORDER BY text_id DESC LIMIT 1 FOR UPDATE")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "baobei_cli", "keys", "rotate",
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while await pool.fetchval(UNDER_TWO) < 12:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    half = await take_inventory(under(alliance, BOTH).office)

    left, _ = await rotated(alliance, BOTH)

    assert set(half.values) == {1, 2}
    assert (left.left, left.unused) == (0, (1,))
    assert await readable(alliance, ONLY_NEW) == before
