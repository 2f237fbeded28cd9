"""The words of the page: facts and codes as a sales manager says them, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from baobei.policy.terms import Text

FACTS: Final[Mapping[str, Text]] = {
    "outcome": Text("结果", "outcome"),
    "status": Text("状态", "standing"),
    "verdict": Text("界定", "verdict"),
    "order": Text("订单", "order"),
    "refused": Text("拒绝", "refused"),
    "error": Text("拒绝", "error"),
    "approval": Text("申请", "request"),
    "clause": Text("条款", "clause"),
    "follow_up": Text("跟进期限", "follow up before"),
    "overdue": Text("跟进逾期", "overdue"),
    "lapses": Text("失效", "lapses"),
    "expires": Text("到期", "expires"),
    "ended": Text("结束于", "ended"),
    "until": Text("保护到", "protected until"),
    "fields": Text("要补正", "to complete"),
    "existing": Text("原报备", "existing"),
    "quota": Text("名额", "quota"),
    "remaining": Text("还剩", "left"),
    "credits": Text("业绩归", "credited"),
    "candidates": Text("看过的报备", "looked at"),
    "review": Text("请复核", "to review"),
    "days": Text("天数", "days"),
    "jobs": Text("任务", "jobs"),
    "list_price": Text("标价", "list price"),
    "asked_price": Text("特价", "special price"),
    "violation": Text("低于标价且未经批准", "below the list without approval"),
    "approved": Text("特价已批准", "under an approved special price"),
    "waiting": Text("待我审批", "waiting for a decision"),
    "case_events": Text("案情", "case events"),
    "evidence": Text("凭据", "evidence"),
    "dispute": Text("异议", "dispute"),
    "opened_by": Text("提出人", "opened by"),
    "statements": Text("陈述人", "statements by"),
    "precedents": Text("先例", "precedents"),
    "active": Text("在职", "works here"),
    "registrations": Text("报备数", "registrations"),
    "requests": Text("未决申请", "open requests"),
    "movable": Text("可交接", "can pass on"),
    "shares": Text("各得", "who gets how many"),
    "handover": Text("交接", "handover"),
    "moved": Text("已转交", "passed on"),
    "skipped": Text("未转交", "left as they were"),
    "report": Text("日报", "report"),
    "sent_to": Text("报送", "sent to"),
    "copied_to": Text("抄送", "copied to"),
    "lines": Text("表内客户", "on the sheet"),
    "intact": Text("内容未变", "unchanged"),
    "recorded_after": Text("报送后又记", "recorded since"),
    "corrections": Text("更正", "corrections"),
    "tasks": Text("待办", "to do"),
    "at_risk": Text("快要失效（还剩几小时）", "about to be lost (hours left)"),
    "news": Text("订单消息", "news of orders"),
    "class": Text("客户等级", "class"),
    "found": Text("查到", "found"),
    "unit": Text("门店", "unit"),
    "target": Text("目标", "target"),
    "reached": Text("完成", "reached"),
    "lapsed": Text("失效过", "lapsed"),
    "converted": Text("成单", "converted"),
    "met": Text("按时跟进率", "followed up in time"),
    "disputes": Text("提出异议", "disputes"),
    "orders": Text("订单数", "orders"),
    "credited": Text("业绩", "credited"),
}
CODES: Final[Mapping[str, Text]] = {
    "PROTECTED": Text("受保护", "protected"),
    "INCOMPLETE": Text("资料不全", "incomplete"),
    "AFTER_DEAL": Text("成交后报备", "after the deal"),
    "DUPLICATE_OWN": Text("自己已报备", "already one's own"),
    "ALREADY_PROTECTED": Text("他人保护期内", "already protected"),
    "OVER_QUOTA": Text("超额", "over quota"),
    "LAPSED": Text("失效", "lapsed"),
    "EXPIRED": Text("到期失效", "expired"),
    "SUPERSEDED": Text("被接替", "superseded"),
    "CONVERTED": Text("已成单", "converted"),
    "LOST": Text("未得单", "lost"),
    "WITHDRAWN": Text("已撤回", "withdrawn"),
    "COOLING_DOWN": Text("冷却期内", "cooling down"),
    "UNASSIGNED": Text("待裁决", "unassigned"),
    "REGISTRANT": Text("归报备人", "to the registrant"),
    "TAKER": Text("归接单人", "to the taker"),
    "RULED": Text("裁决", "ruled"),
    "REVERSED": Text("已撤销", "reversed"),
    "PLACED": Text("已下定", "placed"),
    "CANCELLED": Text("已退单", "cancelled"),
    "PENDING": Text("待批", "pending"),
    "APPROVED": Text("已批准", "approved"),
    "LIMIT": Text("超出上限", "beyond the limit"),
    "NOT_LIVE": Text("报备已结束", "not live"),
    "OWN_CASE": Text("本人的单", "own case"),
    "FORBIDDEN": Text("没有权限", "forbidden"),
    "name": Text("姓名", "name"),
    "phone": Text("电话", "phone"),
    "address": Text("详细地址", "address"),
    "sweep_deadlines": Text("补记期限", "sweep of deadlines"),
    "plan_follow_ups": Text("安排跟进", "planning of follow-ups"),
    "run_handovers": Text("办理交接", "handovers"),
    "NOT_CONSIDERED": Text("未受理", "not considered"),
    "NOT_OWNER": Text("不是本人的事", "not one's own"),
    "NOT_APPLICABLE": Text("不适用", "not applicable"),
    "NOT_FOUND": Text("查不到", "not found"),
    "TOO_LATE": Text("已过期限", "too late"),
    "ALREADY_SUBMITTED": Text("已经报送", "already submitted"),
    "SPECIAL_PRICE": Text("特价", "special price"),
    "TEXT": Text("文字说明", "text"),
    "OPEN": Text("待裁决", "open"),
    "UPHELD": Text("维持原界定", "upheld"),
    "REGISTERED": Text("报备", "registered"),
    "ORDER_PLACED": Text("下定", "order placed"),
    "DECIDED": Text("按办法界定", "decided"),
    "DISPUTED": Text("提出异议", "disputed"),
    "STATEMENT": Text("陈述", "statement"),
    "DONE": Text("已完成", "done"),
    "DRAFT": Text("未报送", "draft"),
    "SUBMITTED": Text("已报送", "submitted"),
    "LATE": Text("迟报", "late"),
    "MISSING": Text("过时未报", "missing"),
    "REGISTRATION": Text("报备", "registration"),
    "CALL": Text("电话", "call"),
    "INDIVIDUAL": Text("个人", "individual"),
    "visit_sms": Text("离店短信", "SMS after the visit"),
    "first_call": Text("第一个电话", "first call"),
    "call_sms": Text("电话后短信", "SMS after the call"),
    "second_call": Text("第二个电话", "second call"),
    "monday_sms": Text("周一短信", "Monday's SMS"),
    "weekly_email": Text("每周邮件", "the week's e-mail"),
}
# What a scene may be about that is no clause of the policy document: the parts of the alliance's rules that it rests on.
RULES: Final[Mapping[str, Text]] = {
    "B.5.3": Text("低于标价，先批后卖", "Below the list only with approval"),
    "E": Text("离职交接", "A leaver's customers pass on"),
}
NONE: Final[Mapping[str, Text]] = {
    "expires": Text("没有到期日", "never"),
    "clause": Text("无", "none"),
    "intact": Text("尚未报送", "not submitted yet"),
    "approved": Text("否", "no"),
}
ABSENT: Final = Text("没有答复", "not answered")
NOTHING: Final = Text("无", "none")
NOBODY: Final = Text("无人", "nobody")
NO_LIMIT: Final = Text("不限", "no limit")
YES: Final = Text("是", "yes")
NO: Final = Text("否", "no")

EXPECTED: Final = Text("应为", "expected")
GOT: Final = Text("实际", "got")
ANSWERS: Final = Text("服务答复：", "the service answers: ")
WORKER: Final = Text("后台任务", "the worker")
RIGHT: Final = "✓"
WRONG: Final = "✗"

TITLE: Final = Text(
    "报备演示：一个销售联盟的三十天", "Baobei, a demonstration: thirty days of a sales alliance"
)
BEGINNING: Final = Text(
    "下面每一步都由真实运行的服务作答（PostgreSQL、Redis、接口、后台任务），时钟由演示拨动。\n"
    "每一步都按办法条款写明了应有的结果，与服务给出的结果逐项比对：✓ 分毫不差，✗ 列出“应为”与“实际”。",
    "A real service answers every step below (PostgreSQL, Redis, API, worker); the demo sets its clock.\n"
    "For every step the clauses say what is to come out: ✓ it did, to the second; ✗ shows what was expected and got.",
)
SUMMARY: Final = Text("逐条核对", "Clause by clause")
DAY: Final = Text("第{day}天", "Day {day}")
ALL_RIGHT: Final = Text("全部 {count} 项结果都与办法一致。", "All {count} outcomes are what the policy says.")
SOME_WRONG: Final = Text(
    "{count} 项结果中有 {wrong} 项与办法不一致：", "{wrong} of {count} outcomes are not what the policy says:"
)
TOTALS: Final = Text("本月业绩（元）", "Credited this month (yuan)")

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = tuple(
    zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
)


def instant_words(written: str) -> Text:
    """Return an instant as people say it; seconds only where there are any."""
    instant = datetime.fromisoformat(written)
    clock = f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
    return Text(
        f"{instant.month}月{instant.day}日 {clock}", f"{instant.day} {_MONTHS[instant.month - 1]} {clock}"
    )


def day_words(instant: datetime) -> Text:
    """Return the heading of a scene: which day of the story it is, the date, the weekday and the time."""
    told, day = instant_words(instant.isoformat()), instant.day
    chinese, english = _WEEKDAYS[instant.weekday()]
    date, clock = told.zh.split()
    return Text(
        f"{DAY.zh.format(day=day)} · {date}（星期{chinese}）{clock}",
        f"{DAY.en.format(day=day)} · {english} {told.en}",
    )
