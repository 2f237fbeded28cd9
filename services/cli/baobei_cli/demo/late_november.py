"""From the sixteenth day to the thirtieth: expiries, extensions, and who is credited in the end."""

from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import questions
from baobei_cli.demo.customers import CHEN, LIN, SUN, ZHAO, ZHOU
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
    order,
    protected,
    refused,
    register,
)

FIRST_OF_DECEMBER: Final = "2026-12-01T00:00:00+08:00"

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

REGISTERED_AGAIN: Final = Scene(
    at=at(19, "10:00:00"),
    clause="3.3.1",
    title=Text("撤回以后，客户马上可以再报", "Withdrawn, the customer is free at once"),
    parts=(
        Step(
            by="G02",
            does=Text("撤回周女士的报备", "withdraws the registration of Ms Zhou"),
            question=questions.WITHDRAW,
            variables={"id": Kept("zhou"), "reason": "客户暂时没有新需求"},
            expected=ended("WITHDRAWN", "3.3.1", when=at(19, "10:00:00")),
        ),
        register("G02", ZHOU, admitted(follow_up=23, lapses=30), new_need=True),
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
                "D-03": (("G02", 5_000, "3000.00"), ("G03", 5_000, "3000.00")),
                "D-04": (("G03", 10_000, "6000.00"),),
                "D-05": (("G01", 6_000, "7680.00"), ("F02", 4_000, "5120.00")),
                "D-06": (("HEAD", 10_000, "3000.00"),),
                "D-07": (("G01", 10_000, "8800.00"),),
                "D-08": (("G01", 10_000, "5000.00"),),
                "D-09": (("F02", 10_000, "16000.00"),),
                "D-10": ((Kept("chen", "owner"), 10_000, "7000.00"),),
                "T-01": (("G01", 10_000, "9800.00"),),
                "T-02": (("G04", 10_000, "8000.00"),),
            },
        ),
    ),
)

SCENES: Final = (
    EXTENSION,
    EXPIRY,
    AFTER_EXPIRY,
    REGISTERED_AGAIN,
    MEASURED,
    STORES_DO_NOT_EXPIRE,
    LAST_ORDERS,
    MONTH_END,
)
