"""What a queue may hold: hints, and things that are none."""

import pickle
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from baobei.clock import wall_now
from baobei_worker.hints import LATEST_MS, instant_of, read_hint

AT_MS = 1_793_498_400_000
HINT = {"t": None, "f": "look", "a": [], "k": {}, "et": AT_MS}


def read(**changes: object) -> dict[str, Any]:
    return read_hint(orjson.dumps({**HINT, **changes}))


@pytest.mark.parametrize("name", ["look", "cron:look"])
def test_a_hint_is_what_it_was(name: str) -> None:
    assert read(f=name) == {**HINT, "f": name}


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"f": "sweep_deadlines", "a": ["13800138000"]}, "sweep_deadlines", "UNKNOWN_JOB"),
        ({"f": "park"}, "park", "UNKNOWN_JOB"),
        ({"f": "look", "a": ["13800138000"]}, "look", "WRONG_ARGUMENTS"),
        ({"f": "look", "k": {"phone": "13800138000"}}, "look", "WRONG_ARGUMENTS"),
        ({"f": "look", "t": "three"}, "look", "WRONG_ARGUMENTS"),
        ({"f": "look", "version": 2}, "look", "WRONG_ARGUMENTS"),
        ({"f": ["look"]}, "unreadable", "UNKNOWN_JOB"),
    ],
)
def test_what_is_no_hint_is_to_be_parked_without_its_arguments(
    changes: dict[str, object], name: str, reason: str
) -> None:
    assert read(**changes) == {"t": None, "f": "park", "a": [name, reason, AT_MS], "k": {}, "et": AT_MS}


@pytest.mark.parametrize(
    "written",
    [b"", b"null", b"[]", b"17", b'"look"', b"\xff\xfe", b'{"f": "look"', pickle.dumps(HINT), b"[" * 5_000],
)
def test_bytes_that_are_no_job_are_to_be_parked(written: bytes) -> None:
    parked = read_hint(written)

    assert parked["f"] == "park"
    assert parked["a"][0] == "unreadable"


@pytest.mark.parametrize("given", [-1, LATEST_MS + 1, "yesterday", None, 1.5, True])
def test_an_instant_that_cannot_be_is_replaced_by_now(given: object) -> None:
    before_ms = int(wall_now().timestamp() * 1_000)

    assert before_ms <= read(f="gone", et=given)["et"] <= LATEST_MS


def test_an_instant_is_read_in_utc() -> None:
    assert instant_of(AT_MS) == datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
