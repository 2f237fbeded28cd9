"""`baobei apikey` and `baobei org apply`, as an operator runs them against a database."""

import asyncio
from pathlib import Path

import asyncpg
import yaml

from alliances import organisation_of
from in_process import api_on
from running_service import baobei
from staffed import ask_by_key, staffed_alliance

ME = "{ me { code } }"


async def run(database_url: str, *arguments: str) -> tuple[int, str, str]:
    done = await asyncio.to_thread(baobei, *arguments, environment={"BAOBEI_DATABASE_URL": database_url})
    return done.returncode, done.stdout.strip(), done.stderr.strip()


async def test_an_operator_makes_lists_and_revokes_a_key(
    database_url: str, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    alliance = await staffed_alliance(pool)
    of = ("--alliance", alliance.code)
    made = await run(
        database_url,
        "apikey",
        "create",
        "CRM",
        *of,
        "--scope",
        "read",
        "--scope",
        "orders",
        "--act-as",
        "G01",
    )
    assert (made[0], made[2]) == (0, "")
    text = made[1]
    async with api_on(pool, alliance.code) as client:
        assert (await ask_by_key(client, text, ME, "G01")).json() == {"data": {"me": {"code": "G01"}}}
        status, listed, _ = await run(database_url, "apikey", "list", *of)
        id, state, scopes, used, name = listed.split("\t")
        assert (status, state, scopes, name) == (0, "good", "orders,read", "CRM")
        assert used != "-"
        assert text.rpartition("_")[2] not in listed
        assert await run(database_url, "apikey", "revoke", id, *of) == (0, f"{id} revoked", "")
        assert (await ask_by_key(client, text, ME, "G01")).status_code == 401
    assert await run(database_url, "apikey", "list", *of) == (0, "", "")


async def test_what_an_operator_has_to_put_right_is_named(
    database_url: str, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    alliance = await staffed_alliance(pool)
    make = ("apikey", "create", "CRM", "--scope", "read", "--alliance")
    for arguments, said in (
        ((*make, "nowhere", "--staff", "CRM"), "baobei: --alliance nowhere: no such alliance"),
        (
            (*make, alliance.code),
            "baobei: staffCode: expected the integration that the key is, or for whom it may act",
        ),
        (
            (*make, alliance.code, "--staff", "G01"),
            "baobei: NOT_AN_INTEGRATION: An API key can only be a staff member who works here in the role INTEGRATION.",
        ),
    ):
        assert await run(database_url, *arguments) == (2, "", said)
    assert (
        await alliance.count(
            "SELECT count(*) FROM api_key JOIN alliance USING (alliance_id) WHERE code = $1", alliance.code
        )
        == 0
    )


async def test_an_organisation_file_without_anybody_to_rule_is_refused(
    database_url: str, pool: "asyncpg.Pool[asyncpg.Record]", tmp_path: Path
) -> None:
    alliance = await staffed_alliance(pool)
    file = organisation_of(alliance.code, guides=[], salespeople=[]).model_dump(mode="json")
    file["staff"] = [
        {"code": code, "name": code, "unit": "HQ", "roles": ["DEPARTMENT_HEAD"], "active": False}
        for code in ("HEAD", "HEAD2")
    ]
    path = tmp_path / "org.yaml"
    path.write_text(yaml.safe_dump(file, allow_unicode=True), encoding="utf-8")
    said = f"baobei: {path}: staff: expected an active DEPARTMENT_HEAD of {alliance.code} to remain"
    assert await run(database_url, "org", "apply", str(path)) == (2, "", said)
    assert (await alliance.actor("HEAD")).staff.active
