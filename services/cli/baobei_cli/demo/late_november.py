"""From the tenth day to the thirtieth: what deadlines do, and who is credited."""

from dataclasses import replace
from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import questions
from baobei_cli.demo.customers import (
    CHEN,
    CHU,
    FENG,
    LIN,
    SUN,
    WANG,
    WEI_HUSBAND,
    WEI_WIFE,
    WU,
    ZHAO,
    ZHENG,
)
from baobei_cli.demo.story import (
    Kept,
    NightJobs,
    Scene,
    Statement,
    Step,
    admitted,
    ask_for_days,
    at,
    decided,
    ended,
    follow_up,
    lapsed,
    look,
    not_admitted,
    order,
    protected,
    refused,
    register,
    rule,
)

FIRST_OF_DECEMBER: Final = "2026-12-01T00:00:00+08:00"

CALLED_OFF: Final = Scene(
    at=at(10, "10:00:00"),
    clause="3.4.2",
    title=Text(
        "退单：报备恢复，名额收回",
        "An order is called off: the registration is back, the slot is taken again",
    ),
    parts=(
        Step(
            by="G02",
            does=Text("给昨天的 D-02 办退单", "calls yesterday's D-02 off"),
            question=questions.CANCEL_ORDER,
            variables={"id": Kept("D-02"), "reason": "客户改变主意"},
            expected=decided(
                "REVERSED", None, candidates=(("F03", "PROTECTED", "3.3.1"),), order="CANCELLED"
            ),
        ),
        look(
            "F03",
            "estate-1",
            Text(
                "查看这位客户的报备：从退单起重新保护，付过定金就不再到期",
                "looks: protected again from today, and it never expires",
            ),
            protected(follow_up=at(14), lapses=at(21)),
        ),
        Step(
            by="F03",
            does=Text("查看自己本月的名额", "looks at the month's quota"),
            question=questions.QUOTA,
            variables={},
            expected={"quota": (21, 20), "remaining": 0},
        ),
    ),
)

KEPT_WARM: Final = Scene(
    at=at(11, "09:00:00"),
    clause="3.3.3",
    title=Text("跟进能延长保护，但不能延长到期日", "A follow-up renews the protection, not the expiry"),
    parts=(
        follow_up(
            "F01",
            "zhao",
            Text("打电话跟进赵女士", "calls Ms Zhao"),
            protected(follow_up=at(15), lapses=at(22), expires=18),
        ),
        follow_up(
            "F02",
            "sun",
            Text("打电话跟进孙先生", "calls Mr Sun"),
            protected(follow_up=at(15), lapses=at(22), expires=18),
        ),
    ),
)

LAST_SECOND: Final = Scene(
    at=at(11, "23:59:59"),
    clause="3.3.2",
    title=Text(
        "第十天的最后一秒：业绩还是报备人的", "The last second of the tenth day: still the registrant's"
    ),
    parts=(
        order(
            "G03",
            "D-03",
            WU,
            decided(
                "REGISTRANT",
                "3.3.1",
                ("G02", 10_000, "6000.00"),
                candidates=(("G02", "PROTECTED", "3.3.1"),),
            ),
            does=Text(
                "吴女士（导购·乙报备后一直没跟进）在本店下定，接单",
                "takes the order of Ms Wu, whom G02 registered and never called",
            ),
            amount="6000.00",
            taken_by="G03",
        ),
    ),
)

TEN_DAYS: Final = Scene(
    at=at(12),
    clause="3.3.2",
    title=Text(
        "一秒之后：十天没有跟进，业绩归接单的同事",
        "One second later: ten days without contact, the colleague is credited",
    ),
    parts=(
        order(
            "G03",
            "D-04",
            WANG,
            decided(
                "TAKER",
                "3.3.2",
                ("G03", 10_000, "6000.00"),
                candidates=(("G02", "LAPSED", "3.3.2"),),
            ),
            does=Text(
                "王先生（同样没有人跟进过）在本店下定，接单",
                "takes the order of Mr Wang, whom nobody had called either",
            ),
            amount="6000.00",
            taken_by="G03",
        ),
        look(
            "G02",
            "wang",
            Text("查看王先生的报备", "looks at the registration of Mr Wang"),
            ended("LOST", None, when=at(12)),
        ),
    ),
)

RULING: Final = Scene(
    at=at(13, "10:00:00"),
    clause="3.3.2",
    title=Text("特殊情况：由部门负责人裁决", "A special case: the department head rules"),
    parts=(
        order(
            "G04",
            "D-05",
            replace(WEI_WIFE, phone=WEI_HUSBAND.phone),
            decided(
                "REGISTRANT",
                "3.3.1",
                ("G01", 10_000, "12800.00"),
                candidates=(("G01", "PROTECTED", "3.3.1"), ("F02", "PROTECTED", "3.3.1")),
                review=True,
            ),
            does=Text(
                "卫家下定，接单：地址是太太报的，电话是先生报的",
                "takes the couple's order: the wife's home, the husband's phone",
            ),
            amount="12800.00",
            taken_by="G04",
        ),
        rule(
            "G01",
            "D-05",
            {"G01": 10_000},
            Text("想自己裁定", "tries to rule on it herself"),
            {"error": "FORBIDDEN"},
        ),
        rule(
            "HEAD",
            "D-05",
            {"G01": 6_000, "F02": 4_000},
            Text("裁决：甲六成，己四成", "rules: sixty to forty"),
            decided(
                "RULED",
                "3.3.2",
                ("G01", 6_000, "7680.00"),
                ("F02", 4_000, "5120.00"),
                candidates=(("G01", "PROTECTED", "3.3.1"), ("F02", "PROTECTED", "3.3.1")),
            ),
        ),
    ),
)

OWN_CASE: Final = Scene(
    at=at(13, "15:00:00"),
    clause="3.3.2",
    title=Text("谁也不能裁决自己的单", "Nobody rules on their own case"),
    parts=(
        order(
            "HEAD",
            "D-06",
            CHU,
            decided("TAKER", None, ("HEAD", 10_000, "3000.00")),
            does=Text("亲自接了褚先生的单", "takes the order of Mr Chu in person"),
            amount="3000.00",
            taken_by="HEAD",
        ),
        rule(
            "HEAD",
            "D-06",
            {"G02": 10_000},
            Text("想把这一单裁给导购·乙", "wants to rule it over to G02"),
            refused("OWN_CASE", "3.3.2"),
        ),
    ),
)

CURED: Final = Scene(
    at=at(14, "10:00:00"),
    clause="3.3.2",
    title=Text(
        "失效了，趁没人报备赶紧跟进：恢复保护",
        "Lapsed, but called before anybody else registered: protected again",
    ),
    parts=(
        look(
            "G04",
            "zheng",
            Text("查看郑女士的报备", "looks at the registration of Ms Zheng"),
            lapsed(follow_up=7, lapses=14),
        ),
        follow_up(
            "G04",
            "zheng",
            Text("打电话跟进郑女士", "calls Ms Zheng"),
            protected(follow_up=at(18), lapses=at(25)),
        ),
        register("G01", ZHENG, not_admitted("ALREADY_PROTECTED", "3.3.1", until=at(25))),
    ),
)

SUPERSEDED: Final = Scene(
    at=at(14, "11:00:00"),
    clause="3.3.2",
    title=Text(
        "失效了，被同事报备：原来的报备终止",
        "Lapsed, and a colleague registers: the old registration is over",
    ),
    parts=(
        register("G03", FENG, admitted(follow_up=18, lapses=25), keep="feng-again"),
        look(
            "G01",
            "feng",
            Text("查看冯先生的报备", "looks at the registration of Mr Feng"),
            ended("SUPERSEDED", "3.3.2", when=at(14, "11:00:00")),
        ),
        follow_up(
            "G01",
            "feng",
            Text("补打电话，想补记跟进", "calls now, and tries to record it"),
            refused("NOT_LIVE", "3.3.2"),
        ),
    ),
)

EXTENSION: Final = Scene(
    at=at(16, "10:00:00"),
    clause="3.3.3",
    title=Text(
        "特殊情况可以申请延期，由部门负责人批准",
        "An extension in a special case, approved by the department head",
    ),
    parts=(
        ask_for_days(
            "F02",
            "sun",
            16,
            Text("为孙先生申请延期16天", "asks for 16 more days for Mr Sun"),
            refused("LIMIT", "3.3.3"),
        ),
        ask_for_days(
            "F02",
            "sun",
            7,
            Text("改为申请延期7天", "asks for 7 more days instead"),
            {"approval": "PENDING", "days": 7},
            keep="request",
        ),
        Step(
            by="HEAD",
            does=Text("批准延期", "approves the request"),
            question=questions.DECIDE,
            variables={"id": Kept("request"), "note": "情况属实，同意"},
            expected={"approval": "APPROVED", "days": 7},
        ),
        look(
            "F02",
            "sun",
            Text(
                "查看孙先生的报备：到期日从18日顺延7天",
                "looks at Mr Sun's: the expiry has moved from the 18th by 7 days",
            ),
            protected(follow_up=at(20), lapses=at(27), expires=25),
        ),
        ask_for_days(
            "F02",
            "sun",
            1,
            Text("再申请延期1天", "asks for one more day"),
            refused("LIMIT", "3.3.3"),
        ),
    ),
)

EXPIRY: Final = Scene(
    at=at(18),
    clause="3.3.3",
    title=Text(
        "15天没有量尺也没有下定：到点自动失效",
        "Fifteen days without measurement or deposit: it ends by itself",
    ),
    parts=(
        look(
            "F01",
            "zhao",
            Text("查看赵女士的报备：前一秒", "looks at Ms Zhao's: one second before"),
            protected(follow_up=at(15), lapses=at(22), expires=18, overdue=True),
            when=at(17, "23:59:59"),
        ),
        look(
            "F01",
            "zhao",
            Text("查看赵女士的报备：到点", "looks at Ms Zhao's: at the deadline"),
            ended("EXPIRED", "3.3.3", when=at(18)),
        ),
        NightJobs(
            does=Text(
                "把到期补记下来；有没有它，结论都一样", "writes the expiry down; nothing depends on it"
            ),
            expected=("sweep_deadlines",),
        ),
        look(
            "F01",
            "zhao",
            Text("再看一次：还是那个时刻到期的", "looks again: it ended when it ended"),
            ended("EXPIRED", "3.3.3", when=at(18)),
        ),
        follow_up(
            "F01",
            "zhao",
            Text("想补记一次跟进", "tries to record a follow-up"),
            refused("NOT_LIVE", "3.3.3"),
        ),
    ),
)

AFTER_EXPIRY: Final = Scene(
    at=at(18, "10:00:00"),
    clause="3.3.3",
    title=Text("到期以后下定，业绩不归报备人", "An order after the expiry is not the registrant's"),
    parts=(
        order(
            "G01",
            "D-07",
            ZHAO,
            decided(
                "TAKER",
                "3.3.3",
                ("G01", 10_000, "8800.00"),
                candidates=(("F01", "EXPIRED", "3.3.3"),),
            ),
            does=Text("赵女士到店下定，接单", "takes the order of Ms Zhao"),
            amount="8800.00",
            taken_by="G01",
        ),
    ),
)

MEASURED: Final = Scene(
    at=at(20, "14:00:00"),
    clause="3.3.3",
    title=Text("上门量尺以后，不再到期", "Once measured, it never expires"),
    parts=(
        Step(
            by="F02",
            does=Text("上门给孙先生家量尺", "measures at Mr Sun's home"),
            question=questions.MEASURE,
            variables={"id": Kept("sun")},
            expected=protected(follow_up=at(24), lapses=FIRST_OF_DECEMBER),
        ),
    ),
)

STORES_DO_NOT_EXPIRE: Final = Scene(
    at=at(26, "10:00:00"),
    clause="3.4.1",
    title=Text(
        "商场报备不到期：失效只在同事接单时吃亏",
        "A store's registration never expires; a lapse costs only when a colleague takes the order",
    ),
    parts=(
        look(
            "G01",
            "lin",
            Text("查看25天前的林女士的报备", "looks at Ms Lin's, 25 days old"),
            lapsed(follow_up=8, lapses=15),
        ),
        order(
            "G01",
            "D-08",
            LIN,
            decided(
                "REGISTRANT",
                "3.3.1",
                ("G01", 10_000, "5000.00"),
                candidates=(("G01", "LAPSED", "3.3.1"),),
            ),
            does=Text("林女士下定，自己接单", "takes the order of Ms Lin herself"),
            amount="5000.00",
            taken_by="G01",
        ),
    ),
)

LAST_ORDERS: Final = Scene(
    at=at(27, "11:00:00"),
    clause="3.3.1",
    title=Text("最后两单", "The last two orders"),
    parts=(
        order(
            "G02",
            "D-09",
            SUN,
            decided(
                "REGISTRANT",
                "3.3.1",
                ("F02", 10_000, "16000.00"),
                candidates=(("F02", "PROTECTED", "3.3.1"),),
            ),
            does=Text("孙先生到店下定，接单", "takes the order of Mr Sun"),
            amount="16000.00",
            taken_by="G02",
        ),
        order(
            "OPS",
            "D-10",
            CHEN,
            decided(
                "REGISTRANT",
                "3.3.1",
                (Kept("chen", "owner"), 10_000, "7000.00"),
                candidates=((Kept("chen", "owner"), "LAPSED", "3.3.1"),),
            ),
            does=Text(
                "陈先生网上下定，没有人接单：第一天报上的那位虽已失效，没有同事接单就不丢",
                "records Mr Chen's order over the internet, taken by nobody: no colleague took it, so the lapse costs nothing",
            ),
            amount="7000.00",
            taken_by=None,
        ),
    ),
)

MONTH_END: Final = Scene(
    at=at(30, "18:00:00"),
    clause="3.3.1",
    title=Text("月底对账：每一单归谁，为什么", "The end of the month: who is credited with what, and why"),
    parts=(
        Statement(
            by="HEAD",
            does=Text("打开全部订单", "opens all orders"),
            credits={
                "D-01": (("G04", 10_000, "9800.00"),),
                "D-02": (),
                "D-03": (("G02", 10_000, "6000.00"),),
                "D-04": (("G03", 10_000, "6000.00"),),
                "D-05": (("G01", 6_000, "7680.00"), ("F02", 4_000, "5120.00")),
                "D-06": (("HEAD", 10_000, "3000.00"),),
                "D-07": (("G01", 10_000, "8800.00"),),
                "D-08": (("G01", 10_000, "5000.00"),),
                "D-09": (("F02", 10_000, "16000.00"),),
                "D-10": ((Kept("chen", "owner"), 10_000, "7000.00"),),
            },
        ),
    ),
)

SCENES: Final = (
    CALLED_OFF,
    KEPT_WARM,
    LAST_SECOND,
    TEN_DAYS,
    RULING,
    OWN_CASE,
    CURED,
    SUPERSEDED,
    EXTENSION,
    EXPIRY,
    AFTER_EXPIRY,
    MEASURED,
    STORES_DO_NOT_EXPIRE,
    LAST_ORDERS,
    MONTH_END,
)
