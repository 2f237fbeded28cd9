"""A shop brings its sheets in: over HTTP and by command, worked on by the worker, even one that dies."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from graphql_client import GraphQLClient
from running_service import RunningService, baobei
from sheet_files import ADDRESS, customer, read_back, tracking_text, tracking_workbook
from stories import make_alliance

ROWS = 400
WITHIN_S = 90.0


async def follow(client: GraphQLClient, path: str, *, until: int | None = None) -> dict[str, Any]:
    """Ask until the import has ended, or so many rows are done."""
    for _ in range(int(WITHIN_S / 0.05)):
        try:
            told: dict[str, Any] = (await client.http.get(path, headers=client.headers("G01"))).json()
        except httpx2.TransportError:
            continue
        if told["endedAt"] is not None or (until is not None and told["rowsDone"] >= until):
            return told
        await asyncio.sleep(0.05)
    raise AssertionError(f"the import does not end: {told}")


async def test_an_import_survives_a_worker_that_is_killed_in_the_middle(
    service: RunningService, client: GraphQLClient
) -> None:
    sheet = tracking_workbook(*(customer(number) for number in range(ROWS)))
    accepted = await client.http.post(
        "/v1/imports",
        files={"file": ("客户.xlsx", sheet)},
        headers=client.headers("G01"),
    )
    path = accepted.headers["location"]
    await follow(client, path, until=ROWS // 4)
    os.kill(service.pid_of("worker"), signal.SIGKILL)
    told = await follow(client, path)
    assert (told["state"], told["rowsDone"], told["counts"]) == ("DONE", ROWS, {"PROTECTED": ROWS})
    result = await client.http.get(told["result"], headers=client.headers("G01"))
    assert [row[6] for row in read_back(result.content)[2:]] == ["报备成功"] * ROWS


def command(service: RunningService, alliance: str, *arguments: str) -> tuple[int, str, str]:
    done = baobei(
        *arguments, "--alliance", alliance, "--data", str(service.data),
        environment={"PATH": os.environ["PATH"]}, within_s=WITHIN_S,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


async def test_the_command_answers_every_row_and_says_by_its_status_whether_all_were_admitted(
    service: RunningService, tmp_path: Path
) -> None:
    alliance = await make_alliance(service.database_url)
    file, result = tmp_path / "客户.csv", tmp_path / "结果.csv"
    file.write_bytes(tracking_text(customer(1), customer(2), encoding="gbk"))

    checked = command(service, alliance, "import", str(file), "--as", "G01", "--dry-run")
    assert checked[:2] == (0, f"{file}: checked 2 rows: PROTECTED 2\n")
    done = command(service, alliance, "import", str(file), "--as", "G01", "--result", str(result))
    assert done[:2] == (0, f"{file}: imported 2 rows: PROTECTED 2\n")
    assert (
        result.read_text("utf-8-sig").count("报备成功") == 4
    )  # the word, and the sentence that begins with it
    again = command(service, alliance, "import", str(file), "--as", "G01")
    assert again[0] == 0
    assert "sent before" in again[1]
    others = command(service, alliance, "import", str(file), "--as", "G02")
    assert others[:2] == (1, f"{file}: imported 2 rows: ALREADY_PROTECTED 2\n")


@pytest.mark.parametrize(
    ("content", "who", "message"),
    [
        (b"%PDF-1.7", "G01", "Only xlsx and csv files can be read"),
        ("一,二\r\n三,四".encode(), "G01", "No header in the first 20 rows"),
        (tracking_text(customer(1)), "NOBODY", "--as NOBODY"),
        (tracking_text(customer(1)), "HEAD", "--as HEAD"),
    ],
)
async def test_what_the_caller_has_to_put_right_is_named_with_status_2(
    service: RunningService, tmp_path: Path, content: bytes, who: str, message: str
) -> None:
    alliance = await make_alliance(service.database_url)
    file = tmp_path / "客户.csv"
    file.write_bytes(content)
    status, _, told = command(service, alliance, "import", str(file), "--as", who)
    assert status == 2
    assert message in told


async def test_an_alliance_begins_with_its_past_by_command(
    service: RunningService, client: GraphQLClient, tmp_path: Path
) -> None:
    file, out = tmp_path / "history.jsonl", tmp_path / "outcomes.jsonl"
    facts = {"name": "王", "phone": "13800138000", "address": ADDRESS.format(1)}
    events = [
        {"type": "register", "at": "2026-03-01T10:00:00+08:00", "id": "r1", "by": "G01", "channel": "STORE", **facts},
        {"type": "order", "at": "2026-03-02T10:00:00+08:00", "id": "o1", "taken_by": "G02", "amount": "100.00", **facts},
    ]  # fmt: skip
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    replayed = baobei("replay", str(file), "--out", "-")

    loaded = command(service, client.alliance, "history", "load", str(file), "--out", str(out))
    assert loaded[0] == 0, loaded
    assert out.read_text() == replayed.stdout
    order = await client.ask(
        "OPS", '{ order(externalRef: "o1") { placedAt amount attribution { credits { staff { code } } } } }'
    )
    assert order["order"]["placedAt"] == "2026-03-02T10:00:00+08:00"
    assert order["order"]["attribution"]["credits"] == [{"staff": {"code": "G01"}}]

    again = command(service, client.alliance, "history", "load", str(file))
    assert again[0] == 1
    assert "has registrations or orders already" in again[2]
