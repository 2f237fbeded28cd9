"""An import whose database dies in the middle, with rows that were not on disk yet."""

from pathlib import Path

import asyncpg
import httpx2

from baobei.store.numbers import number_of
from baobei_api.tokens import issue_token
from invariants import violations
from running_service import RunningService, eventually, kill, running_service
from sheet_files import customer, read_back, tracking_workbook
from stories import make_alliance

ROWS = 400
RECOVERS_WITHIN_S = 60.0
STATED = "SELECT count(*) AS attempts, count(DISTINCT registration_id) AS registrations FROM attempt"


def token(service: RunningService, alliance: str) -> str:
    key = (service.data / "secrets" / "dev_token_key").read_text().strip()
    return issue_token(key=key, staff_code="G01", alliance=alliance, expires_in_s=3_600)


async def test_an_import_survives_a_database_that_dies_and_registers_each_row_once(tmp_path: Path) -> None:
    with running_service(tmp_path / "data") as service:
        alliance = await make_alliance(service.database_url)
        headers = {
            "authorization": f"Bearer {token(service, alliance)}",
            "content-type": "application/octet-stream",
        }
        with httpx2.Client(base_url=service.base_url, headers=headers, timeout=30) as client:
            sheet = tracking_workbook(*(customer(number) for number in range(ROWS)))
            path = client.post("/v1/imports", content=sheet).headers["location"]

            def told(key: str) -> object:
                try:
                    return client.get(path).json().get(key)
                except httpx2.TransportError:
                    return None

            def has_come(rows: int) -> bool:
                done = told("rowsDone")
                return isinstance(done, int) and done >= rows

            assert eventually(lambda: has_come(ROWS // 2), within_s=RECOVERS_WITHIN_S)
            assert kill(service, "backend")
            assert eventually(lambda: told("endedAt") is not None, within_s=2 * RECOVERS_WITHIN_S)
            assert told("counts") == {"PROTECTED": ROWS}
            result = read_back(client.get(f"{path}/result").content)
        connection = await asyncpg.connect(service.database_url)
        counted = await connection.fetchrow(STATED)
        assert counted is not None
        assert dict(counted) == {"attempts": ROWS, "registrations": ROWS}
        numbers = await connection.fetch("SELECT sequence FROM registration")
        assert {row[9] for row in result[2:]} == {number_of(row["sequence"]) for row in numbers}
        assert await violations(connection) == {}
        await connection.close()
