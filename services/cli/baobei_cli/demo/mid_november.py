"""From the tenth day to the fourteenth: what ten days without contact cost, and who rules."""

from dataclasses import replace
from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import questions
from baobei_cli.demo.customers import CHU, FENG, WANG, WEI_HUSBAND, WEI_WIFE, WU, ZHENG
from baobei_cli.demo.story import (
    Kept,
    Scene,
    Step,
    admitted,
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

SCENES: Final = (
    CALLED_OFF,
    KEPT_WARM,
    LAST_SECOND,
    TEN_DAYS,
    RULING,
    OWN_CASE,
    CURED,
    SUPERSEDED,
)
