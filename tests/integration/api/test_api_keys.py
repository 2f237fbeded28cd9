"""API keys: made, presented, acting for somebody, and out as soon as they are to be."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance
from baobei.clock import new_id, wall_now
from baobei.operations.actor import Actor
from baobei.operations.api_key_text import PresentedKey, digest_of, new_secret, read_key, write_key
from baobei.operations.create_api_key import MAX_KEYS
from baobei.operations.use_api_key import use_api_key
from baobei.store import api_keys
from baobei.store.api_key_models import ApiKey, KeyScope
from baobei.store.organisation_models import Role
from graphql_client import GraphQLClient
from in_process import api_on
from staffed import ask_by_key, employ, issued, staffed_alliance

ME = "{ me { code } }"
REFUSED = "... on Refused { code message(language: EN) zh: message clause { number } }"
KEY = "id name scopes forEverybody good staff { code } createdBy { code } forStaff { code } forUnits { code } expiresAt revokedAt lastUsedAt"
CREATE = f"""mutation ($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ __typename
  ... on ApiKeyIssued {{ secret key {{ {KEY} }} }} {REFUSED} }} }}"""
REVOKE = f"""mutation ($id: ID!) {{ revokeApiKey(apiKeyId: $id) {{ __typename
  ... on ApiKeyRevoked {{ key {{ {KEY} }} }} {REFUSED} }} }}"""
KEYS = f"query ($revoked: Boolean) {{ apiKeys(includeRevoked: $revoked) {{ {KEY} }} }}"
ROWS = "SELECT count(*) FROM api_key JOIN alliance USING (alliance_id) WHERE code = $1"
ACTS = """SELECT kind, actor_id FROM audit_event JOIN alliance USING (alliance_id)
           WHERE code = $1 AND subject_kind = 'api_key' ORDER BY sequence"""
OUT = {"code": "UNAUTHENTICATED"}
NOT_FOR_THEM = {"code": "FORBIDDEN"}


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await staffed_alliance(pool)


@pytest.fixture
async def client(
    alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> AsyncIterator[GraphQLClient]:
    async with api_on(pool, alliance.code) as client:
        yield client


async def who(client: GraphQLClient, text: str, act_as: str | None = None) -> Any:
    """The code of whom a key asks for, or the extensions of why it may not."""
    answer = (await ask_by_key(client, text, ME, act_as)).json()
    return answer["errors"][0]["extensions"] if "errors" in answer else answer["data"]["me"]["code"]


async def test_a_key_is_shown_once_and_asks_as_the_integration_that_it_is(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    made = await client.one("ADM", CREATE, input={"name": "CRM", "scopes": ["READ"], "staffCode": "CRM"})
    assert await who(client, made["secret"]) == "CRM"
    (listed,) = (await client.ask("ADM", KEYS))["apiKeys"]
    assert made["secret"] not in str(listed)
    assert listed["lastUsedAt"] is not None
    assert listed | {"id": None, "lastUsedAt": None} == {
        "id": None,
        "name": "CRM",
        "scopes": ["READ"],
        "forEverybody": False,
        "good": True,
        "staff": {"code": "CRM"},
        "createdBy": {"code": "ADM"},
        "forStaff": [],
        "forUnits": [],
        "expiresAt": None,
        "revokedAt": None,
        "lastUsedAt": None,
    }


async def test_of_a_secret_only_a_digest_is_kept(
    alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance)
    presented = read_key(made.text)
    assert presented is not None
    assert presented.secret not in repr(made) + repr(presented)
    row = await pool.fetchrow(
        "SELECT k::text AS whole, secret_digest FROM api_key k WHERE api_key_id = $1", made.key.id
    )
    assert row["secret_digest"] == hashlib.sha256(presented.secret.encode()).digest()
    assert presented.secret not in row["whole"]


async def test_a_key_that_is_not_quite_it_is_none(client: GraphQLClient, alliance: TestAlliance) -> None:
    text = (await issued(alliance)).text
    presented = read_key(text)
    assert presented is not None
    other = PresentedKey(
        alliance_id=presented.alliance_id + 1_000, key_id=presented.key_id, secret=presented.secret
    )
    unknown = PresentedKey(alliance_id=presented.alliance_id, key_id=new_id(), secret=presented.secret)
    wrong = PresentedKey(alliance_id=presented.alliance_id, key_id=presented.key_id, secret=new_secret())
    for tried in (
        write_key(other),
        write_key(unknown),
        write_key(wrong),
        text[:-1],
        text + "A",
        "bk_" + text[3:].upper(),
        "bk_",
        "bk_9999999999-" + "0" * 32 + "_" + "A" * 43,
        "bk_" + "9" * 4_000,
    ):
        answer = await ask_by_key(client, tried, ME)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
            401,
            "the API key is not one of this service",
        ), tried


async def test_a_revoked_key_is_out_at_once_and_stays_so(
    client: GraphQLClient, alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance)
    assert await who(client, made.text) == "CRM"
    revoked = await client.one("ADM2", REVOKE, id=str(made.key.id))
    assert await who(client, made.text) == OUT
    again = await client.one("ADM", REVOKE, id=str(made.key.id))
    assert again["key"]["revokedAt"] == revoked["key"]["revokedAt"] is not None
    assert (await client.ask("ADM", KEYS))["apiKeys"] == []
    assert len((await client.ask("ADM", KEYS, revoked=True))["apiKeys"]) == 1
    acts = [(row["kind"], row["actor_id"]) for row in await pool.fetch(ACTS, alliance.code)]
    assert acts == [
        ("api_key.created", (await alliance.actor("ADM")).staff.id),
        ("api_key.revoked", (await alliance.actor("ADM2")).staff.id),
    ]


@pytest.mark.parametrize(("seconds", "seen"), [(-1, OUT), (3_600, "CRM")], ids=["over", "to come"])
async def test_a_key_expires(client: GraphQLClient, alliance: TestAlliance, seconds: int, seen: Any) -> None:
    at, actor, secret = wall_now(), await alliance.actor("CRM"), new_secret()
    key = ApiKey(
        id=new_id(),
        name="old",
        scopes=frozenset({KeyScope.READ}),
        staff_id=actor.staff.id,
        for_everybody=False,
        for_staff_ids=frozenset(),
        for_unit_ids=frozenset(),
        created_by_id=None,
        created_at=at,
        expires_at=at + timedelta(seconds=seconds),
        revoked_at=None,
        last_used_at=None,
    )
    async with alliance.office.pool.acquire() as connection:
        await api_keys.insert(connection, actor.alliance.id, key, secret_digest=digest_of(secret))
    text = write_key(PresentedKey(alliance_id=actor.alliance.id, key_id=key.id, secret=secret))
    assert await who(client, text) == seen


async def test_a_key_goes_with_the_integration_that_it_is(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    text = (await issued(alliance, for_staff_codes=("G01",))).text
    await employ(alliance, ("CRM", "HQ", Role.FINANCE))
    assert [await who(client, text), await who(client, text, "G01")] == [OUT, OUT]
    await employ(alliance, ("CRM", "HQ", Role.INTEGRATION))
    assert await who(client, text) == "CRM"
    await employ(alliance, ("CRM", "HQ", Role.INTEGRATION), active=False)
    assert [await who(client, text), await who(client, text, "G01")] == [OUT, OUT]


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        ({"staff_code": "CRM"}, {}),
        ({"staff_code": "CRM", "for_staff_codes": ("G01", "HEAD")}, {"G01", "HEAD"}),
        ({"for_unit_codes": ("PD",)}, {"G01", "G02", "PDM"}),
        ({"for_everybody": True}, {"G01", "G02", "PDM", "F01", "HEAD", "ADM", "CRM"}),
    ],
    ids=["nobody", "a list", "a unit", "everybody"],
)
async def test_for_whom_a_key_acts(
    client: GraphQLClient, alliance: TestAlliance, more: dict[str, Any], seen: set[str]
) -> None:
    text = (await issued(alliance, **more)).text
    people = ["G01", "G02", "PDM", "F01", "HEAD", "ADM", "CRM"]
    assert {person: await who(client, text, person) for person in people} == {
        person: person if person in seen else NOT_FOR_THEM for person in people
    }


async def test_whoever_may_not_be_acted_for_looks_like_nobody_at_all(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    text = (await issued(alliance, for_everybody=True)).text
    await employ(alliance, ("G02", "PD", Role.GUIDE), active=False)
    answers = [(await ask_by_key(client, text, ME, code)).json() for code in ("G02", "G99", "", "x" * 65)]
    assert answers == [answers[0]] * 4
    assert answers[0]["errors"][0]["extensions"] == NOT_FOR_THEM


async def test_a_person_who_left_is_out_by_key_too(client: GraphQLClient, alliance: TestAlliance) -> None:
    text = (await issued(alliance, for_unit_codes=("PD",))).text
    assert await who(client, text, "G01") == "G01"
    await employ(alliance, ("G01", "PD", Role.GUIDE), active=False)
    assert await who(client, text, "G01") == NOT_FOR_THEM


async def test_a_key_of_the_alliance_always_acts_for_somebody(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    text = (await issued(alliance, for_everybody=True)).text
    assert await who(client, text) == {"code": "FORBIDDEN"}


async def test_an_act_names_the_person_and_its_origin_the_key(
    client: GraphQLClient, alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance, for_everybody=True)
    presented = read_key(made.text)
    assert presented is not None
    actor = await use_api_key(alliance.office, presented, for_staff_code="G01")
    assert isinstance(actor, Actor)
    assert (actor.staff.code, actor.origin, actor.scopes) == (
        "G01",
        f"key:{made.key.id}",
        frozenset(KeyScope),
    )
    mutation = """mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
                    ... on RegistrationAdmitted { registration { id owner { code } } } } }"""
    customer = {"name": "王小明", "phone": "13800138000", "address": ADDRESS.format(1)}
    answer = (await ask_by_key(client, made.text, mutation, "G01", input=customer)).json()
    registration = answer["data"]["registerCustomer"]["registration"]
    assert registration["owner"] == {"code": "G01"}
    actor_id = await pool.fetchval(
        "SELECT actor_id FROM audit_event WHERE subject_id = $1 AND kind = 'registration.admitted'",
        registration["id"],
    )
    assert actor_id == actor.staff.id


async def test_its_use_is_noted_once_a_minute(
    client: GraphQLClient, alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance)
    used = "SELECT last_used_at FROM api_key WHERE api_key_id = $1"
    assert await pool.fetchval(used, made.key.id) is None
    for _ in range(3):
        assert await who(client, made.text) == "CRM"
    half_a_minute_ago, long_ago = wall_now() - timedelta(seconds=30), wall_now() - timedelta(seconds=61)
    back = "UPDATE api_key SET last_used_at = $2 WHERE api_key_id = $1"
    await pool.execute(back, made.key.id, half_a_minute_ago)
    assert await who(client, made.text) == "CRM"
    assert await pool.fetchval(used, made.key.id) == half_a_minute_ago
    await pool.execute(back, made.key.id, long_ago)
    assert await who(client, made.text) == "CRM"
    assert await pool.fetchval(used, made.key.id) > half_a_minute_ago


async def test_nobody_waits_to_note_a_use(
    client: GraphQLClient, alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM api_key WHERE api_key_id = $1 FOR UPDATE", made.key.id)
        assert await who(client, made.text) == "CRM"
    assert await pool.fetchval("SELECT last_used_at FROM api_key WHERE api_key_id = $1", made.key.id) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"staffCode": "CRM9"}, "UNKNOWN_STAFF"),
        ({"staffCode": "G01"}, "NOT_AN_INTEGRATION"),
        ({"forStaffCodes": ["G01", "G99"]}, "UNKNOWN_STAFF"),
        ({"forUnitCodes": ["PD", "XX"]}, "UNKNOWN_UNIT"),
    ],
)
async def test_a_key_for_whom_there_is_not_is_refused(
    client: GraphQLClient, alliance: TestAlliance, changes: dict[str, Any], code: str
) -> None:
    answer = await client.one("ADM", CREATE, input={"name": "CRM", "scopes": ["READ"], **changes})
    assert (answer["__typename"], answer["code"], answer["clause"]) == ("Refused", code, None)
    assert answer["message"].endswith(".")
    assert answer["zh"].endswith("。")
    assert await alliance.count(ROWS, alliance.code) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "input.scopes"),
        ({"name": " "}, "input.name"),
        ({"staffCode": None}, "input.staffCode"),
        ({"forEverybody": True, "forStaffCodes": ["G01"]}, "input.forEverybody"),
        ({"forStaffCodes": ["G01"] * 101}, "input.forStaffCodes"),
        ({"forStaffCodes": ["G01"] * 60, "forUnitCodes": ["PD"] * 60}, "input.forStaffCodes"),
        ({"expiresAt": "2020-01-01T00:00:00+08:00"}, "input.expiresAt"),
        ({"expiresAt": "tomorrow"}, "input.expiresAt"),
    ],
)
async def test_a_key_that_could_do_nothing_is_named(
    client: GraphQLClient, alliance: TestAlliance, changes: dict[str, Any], field: str
) -> None:
    whole = {"name": "CRM", "scopes": ["READ"], "staffCode": "CRM", **changes}
    assert await client.error("ADM", CREATE, input=whole) == {"code": "BAD_USER_INPUT", "field": field}
    assert await alliance.count(ROWS, alliance.code) == 0


async def test_an_alliance_has_so_many_keys_and_no_more(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    made = [await issued(alliance) for _ in range(MAX_KEYS)]
    asked = {"name": "CRM", "scopes": ["READ"], "staffCode": "CRM"}
    assert (await client.one("ADM", CREATE, input=asked))["code"] == "TOO_MANY_API_KEYS"
    await client.one("ADM", REVOKE, id=str(made[0].key.id))
    assert (await client.one("ADM", CREATE, input=asked))["__typename"] == "ApiKeyIssued"


async def test_only_administrators_have_to_do_with_keys(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    made = await issued(alliance)
    asked: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"input": {"name": "CRM", "scopes": ["READ"], "staffCode": "CRM"}}),
        (REVOKE, {"id": str(made.key.id)}),
        (KEYS, {}),
    ]
    for staff in ("HEAD", "OPS", "PDM", "SUP", "G01", "F01", "CRM"):
        for query, variables in asked:
            assert await client.error(staff, query, **variables) == {"code": "FORBIDDEN"}, (staff, query)
    assert await who(client, made.text) == "CRM"
    assert await alliance.count(ROWS, alliance.code) == 1


async def test_one_alliance_never_sees_the_keys_of_another(
    client: GraphQLClient, alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    made = await issued(alliance)
    async with api_on(pool, (await staffed_alliance(pool)).code) as others:
        assert (await others.ask("ADM", KEYS))["apiKeys"] == []
        assert (await others.one("ADM", REVOKE, id=str(made.key.id)))["code"] == "UNKNOWN_API_KEY"
        assert (await others.one("ADM", REVOKE, id="no id"))["code"] == "UNKNOWN_API_KEY"
    assert await who(client, made.text) == "CRM"


async def test_what_a_key_may_is_fixed_when_it_is_made(
    alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    await issued(alliance)
    for statement in (
        "UPDATE api_key SET scopes = scopes",
        "UPDATE api_key SET for_everybody = true",
        "UPDATE api_key SET secret_digest = secret_digest",
        "DELETE FROM api_key",
        "TRUNCATE api_key",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
            await pool.execute(statement)
