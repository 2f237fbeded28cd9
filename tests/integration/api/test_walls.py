"""What every answer says to a browser, as which host we answer, whose pages may ask, and what each mode shows."""

import re

import asyncpg
import httpx2
import pytest

from alliances import TestAlliance, new_alliance
from in_process import api_on, settings_of

ON_EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCHEMA = "{ __schema { queryType { name } } }"
PRODUCTION = {
    "mode": "production", "clock": "system", "dev_token_key": None, "jwks_url": "https://keys.example/jwks",
    "jwt_issuer": "https://keys.example", "jwt_audience": "baobei"
}  # fmt: skip


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_alliance(pool)


def said(answer: httpx2.Response) -> dict[str, str]:
    return {name: answer.headers.get(name, "") for name in ON_EVERY_ANSWER}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("POST", "/graphql", 401),
        ("GET", "/graphql", 401),
        ("PUT", "/graphql", 405),
        ("GET", "/nothing", 404),
        ("POST", "/dev/clock", 400),
        ("GET", "/dev/clock", 405),
    ],
)
async def test_every_answer_has_the_headers(
    alliance: TestAlliance, method: str, path: str, status: int
) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        answer = await client.http.request(method, path)
    assert answer.status_code == status
    assert said(answer) == ON_EVERY_ANSWER
    assert "strict-transport-security" not in answer.headers


async def test_an_answer_to_a_staff_member_and_one_that_nobody_foresaw_have_them_too(
    alliance: TestAlliance,
) -> None:
    pool = await asyncpg.create_pool(alliance.office.pool._connect_args[0], min_size=1, max_size=1)
    async with api_on(pool, alliance.code) as client:
        answered = await client.post("G01", "{ me { code } }")
        await pool.close()
        unavailable = await client.http.post("/dev/jobs")
    assert (answered.status_code, unavailable.status_code) == (200, 503)
    assert said(answered) == said(unavailable) == ON_EVERY_ANSWER


async def test_behind_https_every_answer_says_so(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code, https=True) as client:
        answer = await client.http.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 200),
        ("api.example.com:8443", 200),
        ("crm.example.org", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("example.com", 400),
        ("api.example.com.evil.example", 400),
        ("", 400),
    ],
)
async def test_a_request_to_another_host_is_refused(alliance: TestAlliance, host: str, status: int) -> None:
    hosts = "api.example.com,*.example.org"
    async with api_on(alliance.office.pool, alliance.code, trusted_hosts=hosts) as client:
        answer = await client.http.get("/healthz", headers={"host": host})
    assert answer.status_code == status
    assert said(answer) == ON_EVERY_ANSWER


async def preflight(client: httpx2.AsyncClient, origin: str) -> httpx2.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    return await client.options("/graphql", headers=headers)


async def test_no_page_from_elsewhere_may_ask_unless_it_is_configured(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        asked = await preflight(client.http, "https://crm.example.com")
        answered = await client.http.get("/healthz", headers={"origin": "https://crm.example.com"})
    assert asked.status_code == 405
    assert not [name for name in (*asked.headers, *answered.headers) if name.startswith("access-control")]


async def test_a_configured_origin_may_ask_with_a_token_and_no_other_may(alliance: TestAlliance) -> None:
    origins = "https://crm.example.com,http://localhost:3000"
    async with api_on(alliance.office.pool, alliance.code, cors_origins=origins) as client:
        asked = await preflight(client.http, "https://crm.example.com")
        other = await preflight(client.http, "https://evil.example")
        answer = await client.http.post(
            "/graphql",
            json={"query": "{ me { code } }"},
            headers=client.headers("G01") | {"origin": "http://localhost:3000"},
        )
    assert (asked.status_code, other.status_code) == (200, 400)
    assert asked.headers["access-control-allow-origin"] == "https://crm.example.com"
    assert "authorization" in asked.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in asked.headers
    assert "access-control-allow-origin" not in other.headers
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


async def test_graphiql_is_one_page_that_loads_nothing_from_anywhere(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        first, second = [await client.http.get("/graphql", headers=BROWSER) for _ in range(2)]
    assert "<title>GraphiQL" in first.text
    assert re.findall(r"(?:https?:)?//[\w.]+|\bsrc=|url\(|@import|\son\w+=|\sstyle=", first.text) == []
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', first.text))
    assert first.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert nonce not in second.text
    assert said(first) | {"content-security-policy": ""} == ON_EVERY_ANSWER | {"content-security-policy": ""}


async def test_development_shows_the_schema_and_suggests_names(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        shown = await client.ask("G01", SCHEMA)
        mistaken = (await client.post("G01", "{ registratons { edges { cursor } } }")).json()
    assert shown == {"__schema": {"queryType": {"name": "Query"}}}
    assert "Did you mean 'registrations'" in mistaken["errors"][0]["message"]


async def test_production_has_no_page(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code, **PRODUCTION) as client:
        answer = await client.http.get("/graphql", headers=BROWSER)
    assert answer.status_code == 401
    assert "<html" not in answer.text


def test_production_takes_no_development_token() -> None:
    with pytest.raises(ValueError, match="BAOBEI_DEV_TOKEN_KEY"):
        settings_of(**{**PRODUCTION, "dev_token_key": "x" * 32})
