"""Who is credited is disputed: both sides are heard, and the department head rules."""

from collections.abc import Mapping
from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import case_questions, questions
from baobei_cli.demo.questions import Question
from baobei_cli.demo.story import Facts, Kept, Scene, Step, at, decided, refused


def _dispute(
    by: str, ref: str, statement: str, does: Text, expected: Facts, *, keep: str | None = None
) -> Step:
    return Step(
        by=by,
        does=does,
        question=case_questions.OPEN_DISPUTE,
        variables={"input": {"externalRef": ref, "statement": statement}},
        expected=expected,
        keep=keep,
    )


def _heard(status: str, opened_by: str, *statements: str) -> Facts:
    return {"dispute": status, "opened_by": opened_by, "statements": statements}


def _head(question: Question, variables: Mapping[str, object], does: Text, expected: Facts) -> Step:
    return Step(by="HEAD", does=does, question=question, variables=variables, expected=expected)


DISPUTED: Final = Scene(
    at=at(15, "09:00:00"),
    clause="3.3.2",
    title=Text(
        "不服业绩界定：七天内提出异议，各方陈述",
        "Who is credited is disputed within seven days, and both sides are heard",
    ),
    parts=(
        _dispute(
            "G04",
            "D-03",
            "我觉得不公平",
            Text("想替同事出头，对 D-03 提异议", "tries to dispute D-03 for a colleague"),
            refused("NOT_OWNER", None),
        ),
        _dispute(
            "G03",
            "D-03",
            "吴女士三次进店都是我接待，方案也是我做的；报备人一次也没有联系过她。",
            Text("对 D-03 提出异议：三次进店都是我接待", "disputes D-03: every visit was mine"),
            _heard("OPEN", "G03", "G03"),
            keep="dispute-3",
        ),
        Step(
            by="G02",
            does=Text("补充陈述：客户是我请进店的", "answers: it was I who brought her in"),
            question=case_questions.SAY,
            variables={
                "input": {"disputeId": Kept("dispute-3"), "text": "客户是我请进店的，跟进过，只是没有录入。"}
            },
            expected=_heard("OPEN", "G03", "G03", "G02"),
        ),
        _dispute(
            "G02",
            "D-04",
            "11日晚上我给王先生打过电话，忘了录入。",
            Text("对 D-04 提出异议：打过电话，忘了录入", "disputes D-04: called him, forgot to record it"),
            _heard("OPEN", "G02", "G02"),
            keep="dispute-4",
        ),
    ),
)

HEARD: Final = Scene(
    at=at(16, "15:00:00"),
    clause="3.3.2",
    title=Text(
        "部门负责人看过案情和先例，再作裁决",
        "The department head looks at the case and precedents, and rules",
    ),
    parts=(
        _head(
            case_questions.CASE_EVENTS,
            {"id": Kept("dispute-3")},
            Text("查看 D-03 的案情：系统自己收齐", "reads the case of D-03, gathered by the service"),
            {
                "case_events": (
                    ("REGISTERED", "G02"),
                    ("ORDER_PLACED", "G03"),
                    ("DECIDED", None),
                    ("CONVERTED", "G02"),
                    ("DISPUTED", "G03"),
                    ("STATEMENT", "G03"),
                    ("STATEMENT", "G02"),
                )
            },
        ),
        _head(
            case_questions.PRECEDENTS,
            {"id": Kept("dispute-3")},
            Text("查看同一条款下以前怎样裁决", "reads earlier rulings under the same clause"),
            {"precedents": (("3.3.1", ("G01", "60%"), ("F02", "40%")),)},
        ),
        _head(
            questions.RULE,
            {
                "id": Kept("D-03"),
                "credits": [{"staffCode": "G02", "shareBp": 5_000}, {"staffCode": "G03", "shareBp": 5_000}],
                "reason": "报备有效，但接待和方案都由丙完成，各半",
            },
            Text("裁决 D-03：乙、丙各半", "rules on D-03: half and half"),
            decided(
                "RULED",
                "3.3.2",
                ("G02", 5_000, "3000.00"),
                ("G03", 5_000, "3000.00"),
                candidates=(("G02", "PROTECTED", "3.3.1"),),
            ),
        ),
        Step(
            by="G02",
            does=Text("查看 D-03 的异议", "looks at the dispute of D-03"),
            question=case_questions.DISPUTE,
            variables={"id": Kept("dispute-3")},
            expected=_heard("RULED", "G03", "G03", "G02"),
        ),
        _head(
            case_questions.REJECT,
            {"id": Kept("dispute-4"), "reason": "没有录入的跟进不算数"},
            Text("维持 D-04 的界定", "upholds the decision on D-04"),
            _heard("UPHELD", "G02", "G02"),
        ),
        _dispute(
            "G02",
            "D-04",
            "请再看一次",
            Text("想对 D-04 再提一次", "tries to dispute D-04 again"),
            refused("NOT_APPLICABLE", "3.3.2"),
        ),
    ),
)

DISPUTED_TOO_LATE: Final = Scene(
    at=at(21),
    clause="3.3.2",
    title=Text("七天一过，不再受理异议", "After seven days it is too late"),
    parts=(
        _dispute(
            "F02",
            "D-05",
            "四成太少",
            Text("对13日裁决的 D-05 提异议", "disputes D-05, ruled on the 13th"),
            refused("TOO_LATE", "3.3.2"),
        ),
    ),
)

SCENES: Final = (DISPUTED, HEARD, DISPUTED_TOO_LATE)
