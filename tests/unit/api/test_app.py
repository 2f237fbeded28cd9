"""The API names what is wrong with its settings before it starts."""

import pytest

from baobei_api.app import create_app


def test_a_missing_setting_is_named_and_ends_the_process_with_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BAOBEI_DATABASE_URL", "postgresql://unused")
    monkeypatch.delenv("BAOBEI_VAULT_KEYS", raising=False)
    with pytest.raises(SystemExit) as ended:
        create_app()
    assert ended.value.code == 2
    assert "BAOBEI_VAULT_KEYS is not set" in capsys.readouterr().err
