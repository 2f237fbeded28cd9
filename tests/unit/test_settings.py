"""Settings: what is wrong is named, with what was expected."""

import os

import pytest

from baobei.settings import SettingsError, load_settings

PRODUCTION = {
    "BAOBEI_MODE": "production",
    "BAOBEI_JWKS_URL": "https://keys.example/jwks",
    "BAOBEI_JWT_ISSUER": "https://issuer.example",
    "BAOBEI_JWT_AUDIENCE": "baobei",
}
DATABASE = {"BAOBEI_DATABASE_URL": "postgresql://baobei@localhost/baobei"}
TOKEN_KEY = "k" * 32
VAULT_KEY = "A" * 43 + "="


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("BAOBEI_"):
            monkeypatch.delenv(name)


def problems(environment: dict[str, str], *needed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load_settings(*needed, environment=environment)
    return refused.value.problems


def test_the_database_alone_is_enough() -> None:
    settings = load_settings(environment=DATABASE)

    assert (settings.mode, settings.clock) == ("development", "system")


def test_variables_of_the_process_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOBEI_DATABASE_URL", "postgresql://one@/two?host=/run")
    monkeypatch.setenv("BAOBEI_POOL_MAX_SIZE", "33")

    settings = load_settings()

    assert (settings.database_url, settings.pool_max_size) == ("postgresql://one@/two?host=/run", 33)


def test_a_missing_variable_is_named() -> None:
    (problem,) = problems({})

    assert problem == (
        "BAOBEI_DATABASE_URL is not set:"
        " expected a PostgreSQL URL, as postgresql://user:password@host:5432/baobei"
    )


def test_an_empty_variable_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOBEI_DATABASE_URL", "")

    assert problems({})[0].startswith("BAOBEI_DATABASE_URL is not set")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BAOBEI_DATABASE_URL", "mysql://localhost/baobei"),
        ("BAOBEI_REDIS_URL", "localhost:6379"),
        ("BAOBEI_MODE", "prod"),
        ("BAOBEI_CLOCK", "wall"),
        ("BAOBEI_LOG_LEVEL", "loud"),
        ("BAOBEI_DEV_TOKEN_KEY", "k" * 31),
        ("BAOBEI_JWKS_URL", "ftp://keys"),
        ("BAOBEI_VAULT_KEYS", VAULT_KEY),
        ("BAOBEI_VAULT_KEYS", f"0:{VAULT_KEY}"),
        ("BAOBEI_VAULT_INDEX_KEY", "short="),
        ("BAOBEI_POOL_MAX_SIZE", "0"),
        ("BAOBEI_POOL_ACQUIRE_TIMEOUT_S", "0"),
        ("BAOBEI_STATEMENT_TIMEOUT_MS", "5s"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    (problem,) = problems({**DATABASE, variable: value})

    assert problem.startswith(f"{variable} is wrong: expected ")


def test_all_that_is_wrong_is_named_at_once() -> None:
    named = [problem.split()[0] for problem in problems({"BAOBEI_MODE": "prod", "BAOBEI_CLOCK": "wall"})]

    assert named == ["BAOBEI_DATABASE_URL", "BAOBEI_MODE", "BAOBEI_CLOCK"]


def test_a_wrong_secret_is_not_repeated() -> None:
    (problem,) = problems({**DATABASE, "BAOBEI_DEV_TOKEN_KEY": "hunter2"})

    assert "hunter2" not in problem


def test_settings_do_not_print_secrets() -> None:
    settings = load_settings(
        environment={"BAOBEI_DATABASE_URL": "postgresql://u:hunter2@h/d", "BAOBEI_DEV_TOKEN_KEY": TOKEN_KEY}
    )

    assert "hunter2" not in repr(settings)
    assert TOKEN_KEY not in repr(settings)


def test_what_a_process_needs_must_be_there() -> None:
    (problem,) = problems(
        {**DATABASE, "BAOBEI_VAULT_KEYS": f"1:{VAULT_KEY}"}, "vault_keys", "vault_index_key"
    )

    assert problem.startswith("BAOBEI_VAULT_INDEX_KEY is not set: expected ")


def test_production_needs_the_keys_that_verify_tokens() -> None:
    (problem,) = problems({**DATABASE, "BAOBEI_MODE": "production"})
    assert problem.startswith("BAOBEI_JWKS_URL: expected an http(s) URL of the keys that verify tokens")


@pytest.mark.parametrize("variable", ["BAOBEI_JWKS_URL", "BAOBEI_JWT_ISSUER", "BAOBEI_JWT_AUDIENCE"])
def test_production_knows_whose_tokens_it_believes_and_which_are_for_it(variable: str) -> None:
    known = {name: value for name, value in PRODUCTION.items() if name != variable}
    (problem,) = problems({**DATABASE, **known})

    assert problem.startswith(f"{variable}: expected ")
    assert problem.endswith("when BAOBEI_MODE is production")
    assert problem.count("BAOBEI_MODE") == 1


def test_production_refuses_a_clock_that_travels() -> None:
    assert problems({**DATABASE, **PRODUCTION, "BAOBEI_CLOCK": "travel"}) == (
        "BAOBEI_CLOCK: expected system when BAOBEI_MODE is production",
    )


def test_production_refuses_a_development_key() -> None:
    (problem,) = problems({**DATABASE, **PRODUCTION, "BAOBEI_DEV_TOKEN_KEY": TOKEN_KEY})

    assert problem.startswith("BAOBEI_DEV_TOKEN_KEY: expected to be unset when BAOBEI_MODE is production")


def test_a_pool_has_room_for_its_smallest_size() -> None:
    assert problems({**DATABASE, "BAOBEI_POOL_MIN_SIZE": "11"}) == (
        "BAOBEI_POOL_MIN_SIZE: expected at most BAOBEI_POOL_MAX_SIZE",
    )
