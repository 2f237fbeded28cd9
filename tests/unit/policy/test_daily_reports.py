"""Until when a unit's day is owed, and where its report stands."""

from datetime import date, datetime, time, timedelta

import pytest

from baobei.policy.daily_reports import ReportState, closes_at, report_clause, report_state
from baobei.policy.terms import Channel
from builders import policy

DAY = date(2026, 11, 1)
NINE = datetime.fromisoformat("2026-11-01T21:00:00+08:00")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("closing_time", "instant"),
    [
        (time(21), "2026-11-01T21:00:00+08:00"),
        (time(18, 30), "2026-11-01T18:30:00+08:00"),
        (time(0), "2026-11-02T00:00:00+08:00"),
    ],
)
def test_a_day_closes_at_the_closing_time_of_the_policy(closing_time: time, instant: str) -> None:
    assert closes_at(DAY, policy(closing_time=closing_time)) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("submitted_at", "at", "state"),
    [
        (None, NINE - SECOND, ReportState.DRAFT),
        (None, NINE, ReportState.MISSING),
        (NINE - SECOND, NINE + SECOND, ReportState.SUBMITTED),
        (NINE, NINE, ReportState.LATE),
    ],
)
def test_at_the_closing_time_itself_a_report_is_late(
    submitted_at: datetime | None, at: datetime, state: ReportState
) -> None:
    assert report_state(closes_at=NINE, submitted_at=submitted_at, at=at) is state


def test_a_store_reports_by_one_clause_and_a_department_by_another() -> None:
    assert [report_clause(channel, policy()) for channel in Channel] == ["3.1.1", "3.1.2"]
