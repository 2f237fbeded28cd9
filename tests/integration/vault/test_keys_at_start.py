"""Keys that cannot be used, or are not those of the data: whoever starts refuses, naming them."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from alliances import TestAlliance
from baobei.operations.office import open_office
from baobei.operations.reseal import reseal
from baobei.settings import Settings, SettingsError, load_settings
from baobei.vault import VaultError
from running_service import baobei


def text(key: bytes) -> str:
    return base64.b64encode(key).decode()


ONE, TWO, INDEX = text(bytes(range(32))), text(bytes(range(1, 33))), text(bytes(range(32, 64)))
SHORT = f"1:{ONE},2:{text(bytes(31))}"


def settings(url: str, *, ring: str, index: str = INDEX) -> Settings:
    environment = {"DATABASE_URL": url, "VAULT_KEYS": ring, "VAULT_INDEX_KEY": index, "CLOCK": "travel"}
    return load_settings(environment={f"BAOBEI_{name}": value for name, value in environment.items()})


async def opened(url: str, *, ring: str, index: str = INDEX) -> None:
    async with open_office(settings(url, ring=ring, index=index)):
        pass


@pytest.mark.parametrize(
    ("ring", "found"),
    [
        (SHORT, "key 2 is not 32 bytes in base64"),
        (f"1:{ONE},1:{TWO}", "key 1 is there twice"),
        (f"65536:{ONE}", "an entry without a number from 1 to 65535"),
        (ONE, "an entry without a number from 1 to 65535"),
    ],
)
def test_a_ring_that_cannot_be_used_names_the_key_and_not_what_it_is(ring: str, found: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings("postgresql://h/d", ring=ring)
    (problem,) = refused.value.problems
    assert problem.startswith("BAOBEI_VAULT_KEYS is wrong: expected keys that seal")
    assert problem.endswith(f"(found {found})")
    assert ONE not in problem


@pytest.mark.parametrize(
    ("ring", "index", "named"),
    [
        (f"2:{TWO}", INDEX, "BAOBEI_VAULT_KEYS: expected key 1, which has sealed data, and it is not there"),
        (f"1:{TWO}", INDEX, "BAOBEI_VAULT_KEYS: key 1 is another one than that which has sealed data"),
        (f"1:{ONE}", TWO, "BAOBEI_VAULT_INDEX_KEY: expected the key that this database was begun with"),
    ],
)
async def test_keys_that_are_not_those_of_the_data_are_refused(
    fresh_database_url: str, ring: str, index: str, named: str
) -> None:
    await opened(fresh_database_url, ring=f"1:{ONE}")
    with pytest.raises(VaultError) as refused:
        await opened(fresh_database_url, ring=ring, index=index)
    assert str(refused.value) == named
    await opened(fresh_database_url, ring=f"1:{ONE}")


async def test_a_key_may_go_once_nothing_is_sealed_by_it(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    await opened(fresh_database_url, ring=f"1:{ONE}")
    await alliance.admitted("G01", phone="13800138000", address="浦东新区锦绣路100弄3号楼2单元501室")
    both = settings(fresh_database_url, ring=f"1:{ONE},2:{TWO}")
    async with open_office(both) as office:
        with pytest.raises(VaultError):
            await opened(fresh_database_url, ring=f"2:{TWO}")
        left = await reseal(office, tell=[].append)
    async with open_office(both):
        pass
    await opened(fresh_database_url, ring=f"2:{TWO}")
    assert left.unused == (1,)


async def test_a_database_that_is_not_migrated_asks_for_no_key(empty_database_url: str) -> None:
    await opened(empty_database_url, ring=f"1:{ONE}")


@pytest.mark.parametrize(
    "program",
    [
        ("uvicorn", "--factory", "baobei_api.app:create_app", "--port", "0"),
        ("arq", "baobei_worker.arq_settings.WorkerSettings"),
    ],
    ids=lambda program: program[0],
)
def test_api_and_worker_refuse_a_short_key(program: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-P", "-m", *program],
        env={
            "BAOBEI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "BAOBEI_VAULT_KEYS": SHORT,
            "BAOBEI_VAULT_INDEX_KEY": INDEX,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "BAOBEI_VAULT_KEYS is wrong" in ended.stderr
    assert "key 2 is not 32 bytes" in ended.stderr
    assert ONE not in ended.stderr


def test_up_refuses_a_short_key(tmp_path: Path) -> None:
    ended = baobei(
        "up", "--port", "0", "--data", str(tmp_path / "data"), environment={"BAOBEI_VAULT_KEYS": SHORT}
    )
    assert ended.returncode == 2
    assert "key 2 is not 32 bytes" in ended.stderr
