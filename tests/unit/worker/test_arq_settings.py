"""The worker's wiring, read as arq reads it."""

import base64
import importlib

import pytest

from baobei.settings import Settings
from baobei_worker import arq_settings

KEY = base64.b64encode(bytes(32)).decode()


def test_a_redis_behind_a_socket_is_understood() -> None:
    settings = Settings(
        database_url="postgresql://unused",
        redis_url="unix:///run/redis.sock",
        vault_index_key=KEY,  # type: ignore[arg-type]
    )
    wired = arq_settings.worker_settings(settings)
    assert wired.__dict__["redis_settings"].unix_socket_path == "/run/redis.sock"


def test_jobs_travel_as_json() -> None:
    wired = arq_settings.worker_settings(Settings(database_url="postgresql://unused")).__dict__
    assert wired["job_serializer"]({"f": "look", "t": 1}) == b'{"f":"look","t":1}'


def test_a_missing_setting_is_named_and_ends_the_process_with_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BAOBEI_DATABASE_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        importlib.import_module("baobei_worker.arq_settings").WorkerSettings  # noqa: B018 - asking for it is the test
    assert ended.value.code == 2
    assert "BAOBEI_DATABASE_URL is not set" in capsys.readouterr().err
