"""The first nine days: who may register whom, and how many."""

from dataclasses import replace
from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import questions
from baobei_cli.demo.customers import (
    CHEN,
    FENG,
    LIN,
    SUN,
    WANG,
    WEI_HUSBAND,
    WEI_WIFE,
    WU,
    ZHAO,
    ZHENG,
    ZHOU,
    of_the_new_estate,
    of_the_store_event,
)
from baobei_cli.demo.story import (
    Kept,
    Race,
    Scene,
    Several,
    Step,
    admitted,
    at,
    decided,
    follow_up,
    look,
    not_admitted,
    order,
    protected,
    register,
)

QUOTA: Final = 20
VISITORS: Final = 21

FIRST_COME: Final = Scene(
    at=at(1, "10:00:00"),
    clause="3.3.1",
    title=Text("先报先保：后报的人让出", "First come, first protected"),
    parts=(
        register("G01", LIN, admitted(follow_up=5, lapses=12), keep="lin"),
        register(
            "G02",
            LIN.written(phone="139 0013 9001", address="上海 浦东新区 锦绣路100弄 三号楼 2单元 501 室"),
            not_admitted("ALREADY_PROTECTED", "3.3.1", until=at(12)),
        ),
        register("G01", LIN, not_admitted("DUPLICATE_OWN", "3.3.1", existing=Kept("lin", "number"))),
    ),
)

RACE: Final = Scene(
    at=at(1, "11:00:00"),
    clause="3.3.1",
    title=Text(
        "两人同时报备一位客户：只有一人报上", "Two register one customer at once: one of them is admitted"
    ),
    parts=(
        Race(
            does=Text(
                "同一秒报备，电话写法各不相同；谁快谁得，但只能有一个",
                "register in the same second, the phone spelt differently; who wins is chance, that one does is not",
            ),
            steps=(
                register("G03", CHEN.written(phone="+86-13800138002"), {}),
                register("G04", CHEN.written(phone="１３８００１３８００２"), {}),
            ),
            expected=(
                admitted(follow_up=5, lapses=12),
                not_admitted("ALREADY_PROTECTED", "3.3.1", until=at(12)),
            ),
            keep="chen",
        ),
    ),
)

THREE_FACTS: Final = Scene(
    at=at(1, "14:00:00"),
    clause="3.2.2",
    title=Text("姓名、电话、详细地址缺一不可", "Name, phone and detailed address are all required"),
    parts=(
        register(
            "G02",
            WANG.written(phone="1380013800", address="幸福小区"),
            not_admitted("INCOMPLETE", "3.2.2", fields=("address", "phone")),
        ),
        register("G02", WANG, admitted(follow_up=5, lapses=12), keep="wang"),
        register("G02", WU, admitted(follow_up=5, lapses=12), keep="wu"),
    ),
)

FIELD_STAFF: Final = Scene(
    at=at(2, "09:30:00"),
    clause="3.3.3",
    title=Text(
        "业务员报备：有名额，15天内要量尺或下定",
        "A salesperson's registration counts in the quota and has fifteen days",
    ),
    parts=(
        register("F01", ZHAO, admitted(follow_up=6, lapses=13, expires=18, used=1, limit=QUOTA), keep="zhao"),
        register("F02", SUN, admitted(follow_up=6, lapses=13, expires=18, used=1, limit=QUOTA), keep="sun"),
    ),
)

NO_QUOTA_FOR_STORES: Final = Scene(
    at=at(2, "15:00:00"),
    clause="3.4.1",
    title=Text("商场报备不限数量，也没有到期日", "A store registers any number, and nothing expires"),
    parts=(
        Several(
            does=Text(
                f"开放日一下午报备{VISITORS}位到店客户", f"registers {VISITORS} visitors of the open day"
            ),
            steps=tuple(
                register("G03", of_the_store_event(number), admitted(follow_up=6, lapses=13))
                for number in range(1, VISITORS + 1)
            ),
        ),
    ),
)

MORE_CUSTOMERS: Final = Scene(
    at=at(3, "10:00:00"),
    clause="3.3.1",
    title=Text("又有两位客户，后面会用到", "Two more customers, who come back later"),
    parts=(
        register("G04", ZHENG, admitted(follow_up=7, lapses=14), keep="zheng"),
        register("G01", FENG, admitted(follow_up=7, lapses=14), keep="feng"),
    ),
)

AFTER_THE_DEAL: Final = Scene(
    at=at(3, "16:00:00"),
    clause="3.2.1",
    title=Text("成交以后再报备，无效", "Registered after the deal: void"),
    parts=(
        order(
            "G04",
            "D-01",
            ZHOU,
            decided("TAKER", None, ("G04", 10_000, "9800.00")),
            does=Text(
                "周女士没有人报备过，当场下定，接单", "takes the order of Ms Zhou, whom nobody had registered"
            ),
            amount="9800.00",
            taken_by="G04",
        ),
        register("F03", ZHOU, not_admitted("AFTER_DEAL", "3.2.1")),
        register("G02", ZHOU, admitted(follow_up=7, lapses=14), new_need=True, keep="zhou"),
    ),
)

FOLLOWED_UP: Final = Scene(
    at=at(4, "20:00:00"),
    clause="3.3.2",
    title=Text("三天内跟进一次，期限重新起算", "A follow-up within three days starts the clocks again"),
    parts=(
        follow_up(
            "G01",
            "lin",
            Text("打电话跟进林女士", "calls Ms Lin"),
            protected(follow_up=at(8), lapses=at(15)),
        ),
    ),
)

OVERDUE: Final = Scene(
    at=at(5),
    clause="3.3.2",
    title=Text("三天没有跟进：只是提醒，还不丢单", "Three days without contact: a reminder, no loss yet"),
    parts=(
        look(
            "G02",
            "wang",
            Text("查看王先生的报备：前一秒", "looks at Mr Wang's registration: one second before"),
            protected(follow_up=at(5), lapses=at(12)),
            when=at(4, "23:59:59"),
        ),
        look(
            "G02",
            "wang",
            Text("查看王先生的报备：到点", "looks at Mr Wang's registration: at the deadline"),
            protected(follow_up=at(5), lapses=at(12), overdue=True),
        ),
    ),
)

ONE_COUPLE: Final = Scene(
    at=at(5, "10:00:00"),
    clause="3.3.1",
    title=Text("一家两口，各找了一位同事", "One couple, two colleagues"),
    parts=(
        register("G01", WEI_WIFE, admitted(follow_up=9, lapses=16), keep="wei-wife"),
        register(
            "F02",
            WEI_HUSBAND,
            admitted(follow_up=9, lapses=16, expires=21, used=2, limit=QUOTA),
            keep="wei-husband",
        ),
    ),
)

QUOTA_USED_UP: Final = Scene(
    at=at(6, "09:00:00"),
    clause="3.4.2",
    title=Text("业务员每月限额20个，超额无效", "Twenty a month for a salesperson; beyond it, void"),
    parts=(
        Several(
            does=Text(
                f"新楼盘交房，一天报备{QUOTA}位客户", f"registers {QUOTA} customers of a new estate in a day"
            ),
            steps=tuple(
                register(
                    "F03",
                    of_the_new_estate(number),
                    admitted(follow_up=10, lapses=17, expires=22, used=number, limit=QUOTA),
                    keep=f"estate-{number}",
                )
                for number in range(1, QUOTA + 1)
            ),
        ),
        register("F03", of_the_new_estate(21), not_admitted("OVER_QUOTA", "3.4.2", quota=(QUOTA, QUOTA))),
    ),
)

REPLENISHED: Final = Scene(
    at=at(9, "10:00:00"),
    clause="3.4.2",
    title=Text("成交一个，名额当场补回一个", "A deposit gives the slot back at once"),
    parts=(
        order(
            "G02",
            "D-02",
            replace(of_the_new_estate(1), address=""),
            decided(
                "REGISTRANT",
                "3.3.1",
                ("F03", 10_000, "20000.00"),
                candidates=(("F03", "PROTECTED", "3.3.1"),),
            ),
            does=Text(
                "新楼盘的1号客户到店下定，接单（只报了电话）",
                "takes an order from the estate's first customer, known by phone alone",
            ),
            amount="20000.00",
            taken_by="G02",
        ),
        Step(
            by="F03",
            does=Text("查看自己本月的名额", "looks at the month's quota"),
            question=questions.QUOTA,
            variables={},
            expected={"quota": (19, QUOTA), "remaining": 1},
        ),
        register(
            "F03",
            of_the_new_estate(21),
            admitted(follow_up=13, lapses=20, expires=25, used=20, limit=QUOTA),
        ),
    ),
)

SCENES: Final = (
    FIRST_COME,
    RACE,
    THREE_FACTS,
    FIELD_STAFF,
    NO_QUOTA_FOR_STORES,
    MORE_CUSTOMERS,
    AFTER_THE_DEAL,
    FOLLOWED_UP,
    OVERDUE,
    ONE_COUPLE,
    QUOTA_USED_UP,
    REPLENISHED,
)
