"""`/v1/imports` over HTTP: who may, what is refused with which status, and what is told."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.run_imports import run_imports
from baobei.operations.start_import import MOST_DRY_RUNS
from baobei.sheets.archives import LARGEST_FILE_BYTES
from graphql_client import GraphQLClient
from in_process import api_on
from sheet_files import bomb, customer, far_apart, read_back, tracking_text, tracking_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE = tracking_workbook(customer(1), customer(2))
NO_IMPORT = "01a208f4-5673-748b-81ff-ac5154d01830"


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance of this test's own."""
    return await new_alliance(pool)


@pytest.fixture
async def client(
    pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> AsyncIterator[GraphQLClient]:
    """The alliance's API in this process."""
    async with api_on(pool, alliance.code) as opened:
        yield opened


async def upload(client: GraphQLClient, written: bytes, *, by: str = "G01", **fields: str) -> httpx2.Response:
    files = {"file": ("客户.xlsx", written, XLSX)}
    return await client.http.post("/v1/imports", files=files, data=fields, headers=client.headers(by))


async def raw(
    client: GraphQLClient, written: bytes, kind: str = XLSX, *, by: str = "G01", query: str = ""
) -> httpx2.Response:
    headers = {**client.headers(by), "content-type": kind}
    return await client.http.post(f"/v1/imports{query}", content=written, headers=headers)


async def get(client: GraphQLClient, path: str, *, by: str = "G01") -> httpx2.Response:
    return await client.http.get(path, headers=client.headers(by))


async def run(alliance: TestAlliance, accepted: httpx2.Response) -> None:
    """Work on an import, as a worker does."""
    await run_imports(alliance.office, only=UUID(accepted.json()["id"]))


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    assert error["message"]
    return answer.status_code, error["extensions"]["code"]


async def jobs(alliance: TestAlliance) -> int:
    return await alliance.count(
        "SELECT count(*) FROM import_job WHERE alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)",
        alliance.code,
    )


async def test_a_file_is_accepted_followed_and_given_back(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    accepted = await upload(client, FILE)
    told = accepted.json()
    path = accepted.headers["location"]
    assert accepted.status_code == 202
    assert (told["state"], told["rowsDone"], told["result"], told["dryRun"]) == ("WAITING", 0, None, False)
    assert path == f"/v1/imports/{told['id']}"
    waiting = await get(client, f"{path}/result")
    assert (waiting.status_code, waiting.json()["state"]) == (202, "WAITING")

    await run(alliance, accepted)
    done = (await get(client, path)).json()
    assert (done["state"], done["rowsTotal"], done["rowsDone"]) == ("DONE", 2, 2)
    assert (done["sheet"], done["headerRow"]) == (1, 2)
    assert done["counts"] == {"PROTECTED": 2}
    assert done["rowsPerSecond"] > 0
    result = await get(client, done["result"])
    assert result.headers["content-type"] == XLSX
    assert result.headers["content-disposition"].startswith('attachment; filename="result.xlsx"')
    assert [row[6] for row in read_back(result.content)[2:]] == ["报备成功", "报备成功"]

    again = await upload(client, FILE)
    assert (again.status_code, again.json()["id"]) == (200, told["id"])


@pytest.mark.parametrize(
    ("form", "query"), [({"dry_run": "true"}, ""), (None, "?dry_run=true")], ids=["form", "raw"]
)
async def test_a_dry_run_is_asked_for_in_the_form_or_beside_a_bare_file(
    alliance: TestAlliance, client: GraphQLClient, form: dict[str, str] | None, query: str
) -> None:
    answer = await raw(client, FILE, query=query) if form is None else await upload(client, FILE, **form)
    assert (answer.status_code, answer.json()["dryRun"]) == (202, True)
    await run(alliance, answer)
    assert (await get(client, answer.headers["location"])).json()["counts"] == {"PROTECTED": 2}
    assert await alliance.count("SELECT count(*) FROM attempt WHERE attempted_at IS NULL") == 0


@pytest.mark.parametrize(
    ("written", "kind", "status"),
    [
        (b"", XLSX, 400),
        (FILE[:-100], XLSX, 400),
        (bomb(), XLSX, 413),
        (b"%PDF-1.7", "application/octet-stream", 415),
        (bytes(range(256)) * 9, "text/csv", 415),
        (FILE, "application/json", 415),
        (FILE, "", 415),
        (b"x" * (LARGEST_FILE_BYTES + 1), "text/csv", 413),
    ],
    ids=["empty", "torn", "bomb", "pdf", "binary", "json", "no type", "large"],
)
async def test_a_bad_file_is_refused_at_once_and_nothing_is_kept(
    alliance: TestAlliance, client: GraphQLClient, written: bytes, kind: str, status: int
) -> None:
    assert error_of(await raw(client, written, kind)) == (status, "BAD_USER_INPUT")
    assert await jobs(alliance) == 0


@pytest.mark.parametrize(
    "parts",
    [
        {"files": {"sheet": ("a.csv", b"x", "text/csv")}},
        {"files": {"file": ("a.csv", b"x", "text/csv")}, "data": {"dry_run": "perhaps"}},
        {"files": {"file": ("a.csv", b"x", "text/csv")}, "data": {"more": "x"}},
        {"files": [("file", ("a.csv", b"x")), ("file", ("b.csv", b"y"))]},
        {"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}},
    ],
)
async def test_a_form_that_is_none_is_refused(
    alliance: TestAlliance, client: GraphQLClient, parts: dict[str, Any]
) -> None:
    headers = client.headers("G01") | parts.pop("headers", {})
    answer = await client.http.post("/v1/imports", headers=headers, **parts)
    assert error_of(answer) == (400, "BAD_USER_INPUT")
    assert await jobs(alliance) == 0


@pytest.mark.parametrize(
    "query", ["?dryRun=true", "?dry_run=", "?dry_run=true&dry_run=false", "?dry_run=true&x=1"]
)
async def test_a_parameter_that_is_not_understood_begins_no_import_in_earnest(
    alliance: TestAlliance, client: GraphQLClient, query: str
) -> None:
    assert error_of(await raw(client, FILE, query=query)) == (400, "BAD_USER_INPUT")
    form = {"files": {"file": ("客户.xlsx", FILE, XLSX)}, "headers": client.headers("G01")}
    assert error_of(await client.http.post(f"/v1/imports{query}", **form)) == (400, "BAD_USER_INPUT")
    assert error_of(await upload(client, FILE, dry_run="")) == (400, "BAD_USER_INPUT")
    assert await jobs(alliance) == 0


async def test_what_cannot_be_is_said_in_both_languages(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    for number in range(MOST_DRY_RUNS):
        await run(alliance, await upload(client, tracking_workbook(customer(number)), dry_run="true"))
    answers = {
        403: await upload(client, FILE, by="HEAD"),
        404: await get(client, f"/v1/imports/{NO_IMPORT}"),
        413: await raw(client, b"x" * (LARGEST_FILE_BYTES + 1), "text/csv"),
        415: await raw(client, FILE, "application/json"),
        429: await upload(client, tracking_workbook(customer(99)), dry_run="true"),
    }
    for status, answer in answers.items():
        (error,) = answer.json()["errors"]
        assert answer.status_code == status
        assert re.search("[\u4e00-\u9fff].* [A-Za-z]{2}", error["message"])
    (late,) = answers[429].json()["errors"]
    assert "约24小时" in late["message"]
    assert "seconds" not in late["message"]
    assert 86_000 < late["extensions"]["retryAfterS"] <= 86_400


async def test_what_only_the_worker_can_see_fails_the_import_with_a_sentence(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    for written, problem in ((far_apart(), "TOO_LARGE"), (tracking_text().replace(b",", b" "), "NO_HEADER")):
        accepted = await raw(client, written, "application/octet-stream")
        assert accepted.status_code == 202
        await run(alliance, accepted)
        told = (await get(client, accepted.headers["location"])).json()
        assert (told["state"], told["problem"]["code"]) == ("FAILED", problem)
        assert told["problem"]["message"]
        assert error_of(await get(client, accepted.headers["location"] + "/result")) == (404, "NOT_FOUND")


async def test_who_has_no_token_or_no_customers_is_refused(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    paths = ("/v1/imports", f"/v1/imports/{NO_IMPORT}", f"/v1/imports/{NO_IMPORT}/result")
    for path, method in zip(paths, ("POST", "GET", "GET"), strict=True):
        answer = await client.http.request(method, path)
        assert error_of(answer) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert error_of(await upload(client, FILE, by="HEAD")) == (403, "FORBIDDEN")
    assert await jobs(alliance) == 0


@pytest.mark.parametrize("id", [NO_IMPORT, "nonsense", "'%20OR%201", "%00"])
async def test_an_import_that_there_is_not_is_not_found(client: GraphQLClient, id: str) -> None:
    for path in (f"/v1/imports/{id}", f"/v1/imports/{id}/result"):
        assert error_of(await get(client, path)) == (404, "NOT_FOUND")


async def test_the_import_of_a_colleague_looks_like_one_that_there_is_not(
    client: GraphQLClient,
) -> None:
    accepted = await upload(client, FILE)
    unknown = await get(client, f"/v1/imports/{NO_IMPORT}")
    for code in ("G02", "PDM", "HEAD"):
        answer = await get(client, accepted.headers["location"], by=code)
        assert (answer.status_code, answer.json()) == (404, unknown.json())


async def test_the_routes_are_described(client: GraphQLClient) -> None:
    paths = (await client.http.get("/openapi.json")).json()["paths"]
    assert set(paths["/v1/imports"]["post"]["responses"]) == {
        "200", "202", "400", "401", "403", "413", "415", "429",
    }  # fmt: skip
    assert set(paths["/v1/imports/{id}/result"]["get"]["responses"]) == {"200", "202", "401", "404"}
