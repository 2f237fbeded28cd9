"""`baobei audit`: what it prints of an audit that is whole, tampered with or cut off, and its exit status."""

import asyncio
import base64
import json
from pathlib import Path
from subprocess import CompletedProcess

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from running_service import baobei

RING = f"1:{base64.b64encode(bytes(range(32))).decode()}"
INDEX_KEY = base64.b64encode(bytes(range(32, 64))).decode()


class Auditor:
    """Runs the command on a database as somebody who has its keys."""

    def __init__(self, alliance: TestAlliance, url: str) -> None:
        self.alliance = alliance
        self._environment = {
            "BAOBEI_DATABASE_URL": url,
            "BAOBEI_VAULT_KEYS": RING,
            "BAOBEI_VAULT_INDEX_KEY": INDEX_KEY,
        }

    async def run(self, *arguments: str) -> CompletedProcess[str]:
        command = ("audit", *arguments, "--alliance", self.alliance.code)
        return await asyncio.to_thread(baobei, *command, environment=self._environment)

    async def tamper(self, *statements: str) -> None:
        async with self.alliance.office.pool.acquire() as connection, connection.transaction():
            for table in ("audit_event", "audit_seal"):
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                await connection.execute(statement)


@pytest.fixture
async def auditor(fresh_pool: "asyncpg.Pool[asyncpg.Record]", fresh_database_url: str) -> Auditor:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    return Auditor(alliance, fresh_database_url)


async def test_a_whole_audit_is_ok_with_and_without_a_head_that_was_kept(
    auditor: Auditor, tmp_path: Path
) -> None:
    kept = tmp_path / "head.json"
    printed = await auditor.run("head")
    kept.write_text(printed.stdout)
    verified = await auditor.run("verify", "--head", str(kept))

    head = json.loads(printed.stdout)
    assert (head["alliance"], head["seal_number"]) == (auditor.alliance.code, 1)
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.endswith(f"0 not sealed yet; newest seal 1 {head['hash']}\n")


async def test_an_event_that_was_edited_is_named_with_status_1(auditor: Auditor) -> None:
    await auditor.run("head")
    sequence = await auditor.alliance.count("SELECT max(sequence) FROM audit_event")
    await auditor.tamper(f"UPDATE audit_event SET actor_id = NULL WHERE sequence = {sequence}")

    verified = await auditor.run("verify")

    first, last = verified.stdout.splitlines()
    assert first == f"EDITED: an event is not as it was written (event {sequence}, seal 1)"
    assert (last.partition(":")[0], verified.returncode) == ("1 things are wrong", 1)


async def test_a_cut_tail_is_found_by_the_head_that_was_kept(auditor: Auditor, tmp_path: Path) -> None:
    kept = tmp_path / "head.json"
    kept.write_text((await auditor.run("head")).stdout)
    await auditor.tamper("DELETE FROM audit_seal", "DELETE FROM audit_event")

    without, with_head = await auditor.run("verify"), await auditor.run("verify", "--head", str(kept))

    assert without.returncode == 0
    assert (with_head.returncode, with_head.stdout.partition(":")[0]) == (1, "HEAD_MISSING")


async def test_a_head_that_is_none_is_refused_with_status_2(auditor: Auditor, tmp_path: Path) -> None:
    kept = tmp_path / "head.json"
    kept.write_text('{"seal_number": 1}')

    refused = await auditor.run("verify", "--head", str(kept))

    assert refused.returncode == 2
    assert "expected what `baobei audit head` printed" in refused.stderr
