"""A daily report in words, as it stands on the sheet that is printed: in Chinese, as the shops keep it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import MOST_CORRECTIONS, DailyReport
from baobei.operations.disclosure import Disclosure
from baobei.operations.shown_reports import ShownEntry, ShownLine, shown_after, shown_lines
from baobei.operations.transaction import lent
from baobei.policy.calendar import MIDNIGHT
from baobei.policy.daily_reports import ReportState
from baobei.policy.terms import FollowUpKind, StandingStatus
from baobei.sheets.daily_sheet import DailySheet, SheetLine
from baobei.store import daily_reports, organisation
from baobei.store.organisation_models import Staff, UnitKind
from baobei.store.report_models import MEASURED, REGISTERED, Correction

_GAP: Final = "　　"
_SHOWN_DIGEST_CHARS: Final = 12
_TITLES: Final = {UnitKind.STORE: "意向客户跟踪表", UnitKind.FIELD_DEPARTMENT: "工作日志汇总"}
_STATES: Final = {
    ReportState.DRAFT: "草稿（未报送）",
    ReportState.SUBMITTED: "已报送",
    ReportState.LATE: "迟报",
    ReportState.MISSING: "未报送（已过报送时间）",
}
_STANDINGS: Final = {
    StandingStatus.PROTECTED: "保护中",
    StandingStatus.LAPSED: "未跟进失效",
    StandingStatus.EXPIRED: "到期失效",
    StandingStatus.SUPERSEDED: "由他人报备",
    StandingStatus.CONVERTED: "已成单",
    StandingStatus.LOST: "未取得订单",
    StandingStatus.WITHDRAWN: "已撤回",
}
_KINDS: Final = {
    REGISTERED: "报备",
    MEASURED: "量尺",
    FollowUpKind.CALL.value: "电话",
    FollowUpKind.SMS.value: "短信",
    FollowUpKind.WECHAT.value: "微信",
    FollowUpKind.EMAIL.value: "邮件",
    FollowUpKind.STORE_VISIT.value: "到店",
    FollowUpKind.HOME_VISIT.value: "上门",
    FollowUpKind.OTHER.value: "其他",
}


async def sheet_of(office: Office, actor: Actor, report: DailyReport) -> DailySheet:
    """Return the sheet of a report that the actor may read, with customers as they may see them."""
    alliance, submitted = actor.alliance, report.submitted
    lines = await shown_lines(office, actor, report)
    after = await shown_after(office, actor, report)
    added: tuple[Correction, ...] = ()
    people: dict[UUID, Staff] = {}
    async with lent(office, actor) as connection:
        if submitted is not None:
            added = await daily_reports.corrections(
                connection, alliance.id, submitted.id, at_most=MOST_CORRECTIONS
            )
            ids = {
                submitted.submitted_by_id,
                *submitted.recipient_ids,
                *submitted.copied_ids,
                *(each.corrected_by_id for each in added),
            }
            people.update(await organisation.staff_by_ids(connection, alliance.id, ids))
    disclosure = Disclosure(vault=office.vault, alliance_id=alliance.id, viewer=actor.staff)
    zone = alliance.time_zone
    notes: list[str] = []
    if submitted is not None and submitted.remark is not None:
        writer = people[submitted.submitted_by_id]
        notes.append(f"备注：{disclosure.text(submitted.remark, owner=writer)}")
    for each in added:
        writer = people[each.corrected_by_id]
        said = disclosure.text(each.text, owner=writer)
        notes.append(f"更正（{_moment(each.corrected_at, zone)} {writer.name}）：{said}")
    return DailySheet(
        title=_TITLES[report.unit.kind],
        heading=f"{alliance.name} · {report.unit.name}（{report.unit.code}）",
        facts=_facts(report, people, zone),
        lines=tuple(_line(line, zone) for line in lines),
        later=tuple(_line(line, zone) for line in after),
        notes=tuple(notes),
        footer="" if submitted is None else f"校验码 {submitted.digest.hex()}",
    )


def _facts(report: DailyReport, people: dict[UUID, Staff], zone: ZoneInfo) -> tuple[str, ...]:
    """Return the rows above the table: the day and its state, and of a submitted one whom it went to."""
    submitted = report.submitted
    first = [f"日期：{report.day.isoformat()}", f"状态：{_STATES[report.state]}"]
    if submitted is None:
        return (_GAP.join([*first, f"应在 {_moment(report.closes_at, zone)} 前报送"]),)
    who = people[submitted.submitted_by_id].name
    first.append(f"报送：{who} {_moment(submitted.submitted_at, zone)}")
    second = [f"呈送：{_names(submitted.recipient_ids, people)}"]
    if submitted.copied_ids:
        second.append(f"抄送：{_names(submitted.copied_ids, people)}")
    second.append(f"校验码：{submitted.digest.hex()[:_SHOWN_DIGEST_CHARS]}")
    return _GAP.join(first), _GAP.join(second)


def _names(ids: Sequence[UUID], people: dict[UUID, Staff]) -> str:
    return "、".join(people[id].name for id in ids)


def _line(line: ShownLine, zone: ZoneInfo) -> SheetLine:
    names = list(dict.fromkeys(entry.recorded_by for entry in line.entries))
    return SheetLine(
        number=line.position,
        time=f"{line.entries[0].recorded_at.astimezone(zone):%H:%M}",
        name=line.customer.name,
        phone=line.customer.phone,
        address=line.customer.address,
        source=line.source,
        need=line.need,
        said="\n".join(_said(entry, zone) for entry in line.entries),
        next_step=_next_step(line, zone),
        standing=_STANDINGS[line.status],
        days_left=line.days_left,
        staff="、".join(names),
    )


def _said(entry: ShownEntry, zone: ZoneInfo) -> str:
    when = f"{entry.recorded_at.astimezone(zone):%H:%M} {_KINDS.get(entry.kind, entry.kind)}"
    return f"{when}：{entry.said}" if entry.said else when


def _next_step(line: ShownLine, zone: ZoneInfo) -> str:
    """Return until when the customer is to be followed up; empty once there is nothing to do."""
    if line.follow_up_due_at is None:
        return ""
    due = line.follow_up_due_at.astimezone(zone)
    if due.time() == MIDNIGHT:
        last = due - timedelta(days=1)
        return f"最晚{last.month}月{last.day}日跟进"
    return f"最晚{due.month}月{due.day}日{due:%H:%M}前跟进"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%m-%d %H:%M}"
