"""Settings: environment variables ``BAOBEI_*``, read once at start and checked there.

The fields below are the one place where each is documented: a field ``x`` is the variable ``BAOBEI_X``.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "BAOBEI_"

# 32 bytes in base64, with the number that sealed values name; the last of several seals, all of them open.
VAULT_KEY = r"[A-Za-z0-9+/]{43}="
VAULT_KEY_NUMBER = r"[1-9]\d{0,4}"
LARGEST_KEY_NUMBER = 65_535

# Hosts and origins, comma-separated.
_HOST = r"(\*\.)?[A-Za-z0-9.-]+"
HOSTS = rf"^(\*|{_HOST}(,{_HOST})*)$"
_ORIGIN = r"https?://[A-Za-z0-9.-]+(:\d{1,5})?"
ORIGINS = rf"^{_ORIGIN}(,{_ORIGIN})*$"


def _whole_match(pattern: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, secret.get_secret_value()):
            raise ValueError("something else")
        return secret

    return AfterValidator(check)


def _key_ring(secret: SecretStr) -> SecretStr:
    """Check a ring of keys; what is wrong names the number of a key and never says anything of the key itself."""
    seen: set[str] = set()
    for entry in secret.get_secret_value().split(","):
        number, _, key = entry.partition(":")
        if not re.fullmatch(VAULT_KEY_NUMBER, number) or int(number) > LARGEST_KEY_NUMBER:
            raise ValueError(f"an entry without a number from 1 to {LARGEST_KEY_NUMBER}")
        if not re.fullmatch(VAULT_KEY, key):
            raise ValueError(f"key {number} is not 32 bytes in base64")
        if number in seen:
            raise ValueError(f"key {number} is there twice")
        seen.add(number)
    return secret


PostgresUrl = Annotated[str, StringConstraints(pattern=r"^postgres(ql)?://\S+$")]
RedisUrl = Annotated[str, StringConstraints(pattern=r"^(rediss?|unix)://\S+$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class SettingsError(Exception):
    """Settings that cannot be used; each problem names its variable and what is expected of it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class Settings(BaseSettings):
    """What the API, the worker and the command need to know about the place where they run."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    database_url: PostgresUrl = Field(
        repr=False, description="a PostgreSQL URL, as postgresql://user:password@host:5432/baobei"
    )
    redis_url: RedisUrl = Field(
        repr=False,
        default="redis://127.0.0.1:6379/0",
        description="a Redis URL, as redis://host:6379/0 or unix:///path/to/redis.sock; it holds nothing that is missed",
    )
    mode: Literal["development", "production"] = Field(
        default="development",
        description="development or production; production has no GraphiQL and refuses development keys and clocks",
    )
    clock: Literal["system", "travel"] = Field(
        default="system",
        description="system (wall time) or travel (stands still until POST /dev/clock sets it)",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )

    dev_token_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None,
        description="a secret of at least 32 characters that signs HS256 tokens; development only",
    )
    jwks_url: HttpUrl | None = Field(
        default=None,
        description="an http(s) URL of the JWKS whose keys verify tokens; must be set in production",
    )
    jwt_issuer: str | None = Field(
        default=None, description="the issuer that tokens must name in iss; must be set in production"
    )
    jwt_audience: str | None = Field(
        default=None, description="the audience that tokens must name in aud; must be set in production"
    )

    vault_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = Field(
        default=None,
        description="keys that seal personal data, as 1:BASE64,2:BASE64, each 32 bytes; the last one seals",
    )
    vault_index_key: Annotated[SecretStr, _whole_match(VAULT_KEY)] | None = Field(
        default=None, description="the key by which customers are found, 32 bytes in base64; it never changes"
    )

    worker_http_host: str = Field(
        default="127.0.0.1", min_length=1, description="the address on which a worker tells how it is"
    )
    worker_http_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="the port of a worker's /healthz, /readyz and /metrics, 0 for a free one; none unless it is set",
    )

    pool_min_size: int = Field(
        default=2, ge=0, le=1_000, description="connections a process keeps open, 0 to 1000"
    )
    pool_max_size: int = Field(
        default=10, ge=1, le=1_000, description="connections a process may open, 1 to 1000"
    )
    pool_acquire_timeout_s: float = Field(
        default=5, gt=0, le=300, description="seconds to wait for a free connection, above 0, at most 300"
    )
    command_timeout_s: float = Field(
        default=10,
        gt=0,
        le=3_600,
        description="seconds after which the client gives a statement up, at most 3600",
    )
    statement_timeout_ms: int = Field(
        default=5_000, ge=1, le=3_600_000, description="milliseconds a statement may run, 1 to 3600000"
    )
    lock_timeout_ms: int = Field(
        default=2_000,
        ge=1,
        le=3_600_000,
        description="milliseconds a statement may wait for a lock, 1 to 3600000",
    )
    idle_in_transaction_timeout_ms: int = Field(
        default=10_000,
        ge=1,
        le=3_600_000,
        description="milliseconds a transaction may sit idle, 1 to 3600000",
    )
    transaction_timeout_ms: int = Field(
        default=30_000,
        ge=1,
        le=3_600_000,
        description="milliseconds a transaction may take in all, 1 to 3600000",
    )

    operation_timeout_s: float = Field(
        default=10,
        gt=0,
        le=300,
        description="seconds that a GraphQL request may take in all, its statements too, at most 300",
    )
    https: bool = Field(
        default=False,
        description="true says that clients reach the API by https alone: answers then carry Strict-Transport-Security",
    )
    trusted_hosts: Annotated[str, StringConstraints(pattern=HOSTS)] = Field(
        default="*",
        description="names by which the API answers, as api.example.com,*.example.org, or * for any; this machine's own always",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="reverse proxies in front, each of which appends to X-Forwarded-For; 0 does not read it",
    )
    cors_origins: Annotated[str, StringConstraints(pattern=ORIGINS)] | None = Field(
        default=None,
        description="origins whose pages may ask the API, each SCHEME://HOST:PORT, with commas between; none unless it is set",
    )
    reads_per_minute: int = Field(
        default=12_000,
        ge=1,
        le=10_000_000,
        description="queries a minute that one caller may ask; a document that is refused counts as 20",
    )
    sign_in_failures_per_minute: int = Field(
        default=120,
        ge=1,
        le=10_000_000,
        description="tokens a minute from one address that are not believed, before it is told to wait",
    )
    checks_per_minute: int = Field(
        default=30,
        ge=1,
        le=1_000,
        description="customers a minute that one person may ask about with checkProtection, 1 to 1000",
    )
    probing_checks: int = Field(
        default=60,
        ge=1,
        le=1_000,
        description="customers asked about within 24 hours from which on few registrations look like probing, 1 to 1000",
    )
    probing_registrations_percent: int = Field(
        default=10,
        ge=0,
        le=100,
        description="registrations, in percent of such checks, below which probing is suspected; 0 never suspects",
    )
    dry_run_checks_per_day: int = Field(
        default=50,
        ge=0,
        le=1_000,
        description="customers a day that a person's dry runs compare with those of others, checkProtection counted, 0 to 1000",
    )

    event_streams_max: int = Field(
        default=200,
        ge=0,
        le=10_000,
        description="streams of events that an API process keeps open at once, 0 to 10000",
    )
    webhook_allow_private_targets: bool = Field(
        default=False,
        description="true lets webhooks go to private addresses, this machine and any port; never where tenants make them",
    )
    webhook_allow_http: bool = Field(
        default=False, description="true lets webhooks go out unencrypted, by http"
    )
    webhook_timeout_s: float = Field(
        default=15,
        gt=0,
        le=30,
        description="seconds that an attempt to deliver a webhook may take in all, above 0, at most 30",
    )

    @model_validator(mode="after")
    def _pool_has_room(self) -> Self:
        if self.pool_min_size > self.pool_max_size:
            raise ValueError("BAOBEI_POOL_MIN_SIZE: expected at most BAOBEI_POOL_MAX_SIZE")
        return self

    @model_validator(mode="after")
    def _production_knows_who_asks(self) -> Self:
        if self.mode != "production":
            return self
        # Without issuer and audience a token that the same keys sign for another service would be believed.
        needed = {
            "BAOBEI_JWKS_URL: expected an http(s) URL of the keys that verify tokens": self.jwks_url,
            "BAOBEI_JWT_ISSUER: expected the issuer that tokens must name in iss": self.jwt_issuer,
            "BAOBEI_JWT_AUDIENCE: expected the audience that tokens must name in aud": self.jwt_audience,
        }
        missing = [
            f"{problem} when BAOBEI_MODE is production" for problem, value in needed.items() if not value
        ]
        if missing:
            raise ValueError("; ".join(missing))
        return self

    @model_validator(mode="after")
    def _production_is_no_playground(self) -> Self:
        if self.mode == "production" and self.clock == "travel":
            raise ValueError("BAOBEI_CLOCK: expected system when BAOBEI_MODE is production")
        if self.mode == "production" and self.dev_token_key is not None:
            raise ValueError(
                "BAOBEI_DEV_TOKEN_KEY: expected to be unset when BAOBEI_MODE is production (set BAOBEI_JWKS_URL)"
            )
        return self


def load_settings(*needed: str, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process's environment.

    ``needed`` names optional fields that this process cannot do without, as ``"vault_keys"``; ``environment``
    holds variables that go before those of the process.

    Raises :class:`SettingsError`, which names every variable that is missing or wrong and what is expected.
    """
    try:
        settings = Settings(**_fields(environment or {}))
    except ValidationError as error:
        raise SettingsError(tuple(_problem(details) for details in error.errors())) from None
    missing = tuple(_not_set(field) for field in needed if getattr(settings, field) is None)
    if missing:
        raise SettingsError(missing)
    return settings


def _problem(details: ErrorDetails) -> str:
    if not details["loc"]:
        return str(details["msg"]).removeprefix("Value error, ")
    field = str(details["loc"][0])
    if details["type"] == "missing":
        return _not_set(field)
    found = str(details["msg"]).removeprefix("Value error, ") if details["type"] == "value_error" else ""
    told = f" (found {found})" if found else ""
    return f"{_variable(field)} is wrong: expected {Settings.model_fields[field].description}{told}"


def _not_set(field: str) -> str:
    return f"{_variable(field)} is not set: expected {Settings.model_fields[field].description}"


def _fields(environment: Mapping[str, str]) -> dict[str, Any]:
    return {variable.removeprefix(PREFIX).lower(): value for variable, value in environment.items()}


def _variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"
