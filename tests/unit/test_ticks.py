"""Which periods of a job are due."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from baobei.operations.ticks import Every, Job, due_periods, pause_s, period_of
from baobei.store.ticks import Tick

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def nothing(_office: object, _tick: Tick) -> dict[str, Any]:
    return {}


def job(every: Every, catch_up: int) -> Job:
    return Job(name="test", every=every, run=nothing, catch_up=catch_up)


@pytest.mark.parametrize(
    ("every", "at", "starts_at"),
    [
        (Every.MINUTE, "2026-11-01T10:00:59.999+08:00", "2026-11-01T10:00:00+08:00"),
        (Every.MINUTE, "2026-11-01T10:01:00+08:00", "2026-11-01T10:01:00+08:00"),
        (Every.HOUR, "2026-11-01T10:59:59+08:00", "2026-11-01T10:00:00+08:00"),
        (Every.DAY, "2026-11-01T23:59:59+08:00", "2026-11-01T00:00:00+08:00"),
        (Every.DAY, "2026-11-02T00:00:00+08:00", "2026-11-02T00:00:00+08:00"),
        (Every.MONTH, "2026-11-30T23:59:59+08:00", "2026-11-01T00:00:00+08:00"),
        (Every.MONTH, "2026-12-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00"),
    ],
)
def test_a_period_begins_at_its_local_beginning(every: Every, at: str, starts_at: str) -> None:
    assert period_of(every, instant(at), SHANGHAI) == instant(starts_at)


def test_a_day_with_a_change_of_clocks_begins_at_its_own_midnight() -> None:
    last_of_summer = period_of(Every.DAY, instant("2026-11-01T12:00:00-05:00"), NEW_YORK)
    assert last_of_summer == instant("2026-11-01T00:00:00-04:00")


@pytest.mark.parametrize(
    ("newest", "catch_up", "due"),
    [
        (None, 5, ["2026-11-05"]),
        ("2026-11-05", 5, []),
        ("2026-11-04", 5, ["2026-11-05"]),
        ("2026-11-02", 5, ["2026-11-03", "2026-11-04", "2026-11-05"]),
        ("2026-10-01", 3, ["2026-11-03", "2026-11-04", "2026-11-05"]),
        ("2026-10-01", 1, ["2026-11-05"]),
        ("2026-11-06", 5, []),
    ],
    ids=["never run", "up to date", "one due", "caught up", "bounded", "the current one alone", "ahead"],
)
def test_missed_periods_are_due_the_earliest_first(newest: str | None, catch_up: int, due: list[str]) -> None:
    known = None if newest is None else instant(f"{newest}T00:00:00+08:00")
    now = instant("2026-11-05T08:00:00+08:00")

    found = due_periods(job(Every.DAY, catch_up), now=now, zone=SHANGHAI, newest=known)

    assert [each.astimezone(SHANGHAI).date().isoformat() for each in found] == due


def test_pauses_grow_to_a_bound() -> None:
    assert [pause_s(attempts) for attempts in (1, 2, 3, 7, 50)] == [5, 10, 20, 300, 300]
