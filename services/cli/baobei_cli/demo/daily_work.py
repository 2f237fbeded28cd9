"""What fills a day: classes of customers and what is to be done; and the figures of the month."""

from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import day_questions
from baobei_cli.demo.customers import ZHU
from baobei_cli.demo.story import (
    MONTH,
    Kept,
    NightJobs,
    Profile,
    Scene,
    Several,
    Step,
    admitted,
    at,
    follow_up,
    not_admitted,
    protected,
    register,
)

FIRST_OF_MONTH: Final = f"{MONTH}-01"
NEED: Final = "全屋定制，月底交房"


def _my_tasks(does: Text, *tasks: tuple[str, str, str]) -> Step:
    return Step(
        by="G01",
        does=does,
        question=day_questions.MY_TASKS,
        variables={},
        expected={"tasks": tasks},
        settles=True,
    )


TARGETS: Final = Scene(
    at=at(2, "09:00:00"),
    clause="3.3.2",
    title=Text("月初给各店定目标", "Targets at the beginning of the month"),
    parts=(
        Several(
            does=Text(
                "定本月目标：浦东店40000元，徐汇店和业务部各30000元",
                "sets targets: 40,000 yuan for the Pudong store, 30,000 for the others",
            ),
            steps=tuple(
                Step(
                    by="OPS",
                    does=Text(f"给{unit}定目标", f"sets the target of {unit}"),
                    question=day_questions.SET_TARGET,
                    variables={"input": {"unitCode": unit, "month": FIRST_OF_MONTH, "amount": amount}},
                    expected={"unit": unit, "target": amount},
                )
                for unit, amount in (("PD", "40000.00"), ("XH", "30000.00"), ("YW", "30000.00"))
            ),
        ),
    ),
)

CLASSES: Final = Scene(
    at=at(3, "11:00:00"),
    clause="3.3.2",
    title=Text("客户分等级，按等级查找", "Customers have a class, and are found by it"),
    parts=(
        register(
            "G01",
            ZHU,
            not_admitted("NOT_CONSIDERED", None),
            profile=Profile(customer_class="VIP", segment="INDIVIDUAL", source="小区推广", need=NEED),
        ),
        register(
            "G01",
            ZHU,
            admitted(follow_up=7, lapses=14),
            profile=Profile(customer_class="A", segment="INDIVIDUAL", source="小区推广", need=NEED),
            keep="zhu",
        ),
        Step(
            by="PDM",
            does=Text("查找本店的A级客户", "looks for the store's class A customers"),
            question=day_questions.OF_CLASS,
            variables={"class": "A"},
            expected={"found": (("朱先生", "A", "INDIVIDUAL", "小区推广", NEED),)},
        ),
    ),
)

THE_MORNING: Final = Scene(
    at=at(4, "08:30:00"),
    clause="D.1",
    title=Text("早上打开“我的一天”：先做什么", "The morning: what is to be done first"),
    parts=(
        NightJobs(
            does=Text("按跟进计划排出各人的待办", "makes the tasks of the follow-up plan"),
            expected=("plan_follow_ups",),
        ),
        _my_tasks(
            Text(
                "打开“我的一天”：一次性的在前，每周的在后；各自先是今天要做的，再是耽误了的",
                "opens the day: what is due once first, then the weekly; of each today's, then what is overdue",
            ),
            ("冯先生", "second_call", at(5)),
            ("朱先生", "second_call", at(5)),
            ("朱先生", "visit_sms", at(3, "11:10:00")),
            ("冯先生", "visit_sms", at(3, "10:10:00")),
            ("林女士", "second_call", at(3)),
            ("林女士", "weekly_email", at(9)),
            ("林女士", "monday_sms", at(3)),
        ),
        follow_up(
            "G01",
            "zhu",
            Text("打电话跟进朱先生", "calls Mr Zhu"),
            protected(follow_up=at(8), lapses=at(15)),
        ),
        Step(
            by="G01",
            does=Text(
                "朱先生不急：改为B级，已有的期限不变",
                "Mr Zhu is in no hurry: class B from now on, his deadlines stay",
            ),
            question=day_questions.CLASSIFY,
            variables={"input": {"registrationId": Kept("zhu"), "customerClass": "B"}},
            expected={"class": "B", **protected(follow_up=at(8), lapses=at(15))},
        ),
        NightJobs(
            does=Text("排出电话以后要做的事", "makes what comes after the call"),
            expected=("plan_follow_ups",),
        ),
        _my_tasks(
            Text(
                "再看一次：电话已销，多了一条电话后的短信",
                "looks again: the call is done, an SMS comes after it",
            ),
            ("冯先生", "second_call", at(5)),
            ("朱先生", "call_sms", at(5)),
            ("冯先生", "visit_sms", at(3, "10:10:00")),
            ("林女士", "second_call", at(3)),
            ("林女士", "weekly_email", at(9)),
            ("林女士", "monday_sms", at(3)),
        ),
    ),
)

WARNED: Final = Scene(
    at=at(11, "08:30:00"),
    clause="D.1",
    title=Text("快要失效的客户，当天早上就提醒", "What is about to be lost is told on the morning before"),
    parts=(
        Step(
            by="G02",
            does=Text("打开“我的一天”：还剩几小时", "opens the day: how many hours are left"),
            question=day_questions.MY_RISKS,
            variables={},
            expected={
                "at_risk": (
                    ("王先生", "LAPSED", at(12), 15),
                    ("吴女士", "LAPSED", at(12), 15),
                    ("周女士", "LAPSED", at(14), 63),
                ),
                "news": (("D-02", "REVERSED"),),
            },
        ),
    ),
)

FIGURES: Final = Scene(
    at=at(30, "18:30:00"),
    clause="3.3.2",
    title=Text(
        "这个月做得怎样：每个数都能从记录里重新数出来", "The month in figures, each counted from the records"
    ),
    parts=(
        Step(
            by="G02",
            does=Text(
                "看自己的月报：四份报备，没有一次按时跟进",
                "reads her own: four registrations, none followed up in time",
            ),
            question=day_questions.OF_A_PERSON,
            variables={"month": FIRST_OF_MONTH, "staff": "G02"},
            expected={
                "registrations": 4,
                "lapsed": 3,
                "converted": 1,
                "met": 0,
                "disputes": 1,
                "orders": 1,
                "credited": "3000.00",
            },
        ),
        Step(
            by="G02",
            does=Text("想看同事的月报", "tries to read a colleague's"),
            question=day_questions.OF_A_PERSON,
            variables={"month": FIRST_OF_MONTH, "staff": "G03"},
            expected={"error": "NOT_FOUND"},
        ),
        Step(
            by="PDM",
            does=Text("看本店的月报：完成目标多少", "reads the store's: how much of the target is reached"),
            question=day_questions.OF_MANY,
            variables={"month": FIRST_OF_MONTH, "by": "UNIT", "unit": "PD"},
            expected={"orders": 5, "credited": "34280.00", "target": "40000.00", "reached": 8_570},
        ),
        Step(
            by="FIN",
            does=Text(
                "看全联盟的月报：与对账单一分不差", "reads the alliance's: to the fen what the orders say"
            ),
            question=day_questions.OF_MANY,
            variables={"month": FIRST_OF_MONTH, "by": "ALLIANCE"},
            expected={"orders": 11, "credited": "92200.00", "target": "100000.00", "reached": 9_220},
        ),
    ),
)

SCENES: Final = (
    TARGETS,
    CLASSES,
    THE_MORNING,
    WARNED,
    FIGURES,
)
