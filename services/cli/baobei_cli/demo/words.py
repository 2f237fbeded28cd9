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
}
NONE: Final[Mapping[str, Text]] = {
    "expires": Text("没有到期日", "never"),
    "clause": Text("无", "none"),
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
