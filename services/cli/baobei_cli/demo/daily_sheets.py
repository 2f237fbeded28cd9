"""The day's sheets: submitted before closing, frozen, corrected, late or missing."""

from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import day_questions
from baobei_cli.demo.story import MONTH, Facts, Kept, Scene, Step, at, follow_up, protected, refused

CORRECTION: Final = "郑女士改约下周二"


def _sheet(
    state: str,
    clause: str,
    *lines: tuple[str, ...],
    copied_to: tuple[str, ...] = (),
    intact: bool | None = True,
    recorded_after: int = 0,
    corrections: tuple[str, ...] = (),
) -> Facts:
    return {
        "report": state,
        "clause": clause,
        # It is nobody's yet while it is not submitted.
        "sent_to": ("OPS",) if state in ("SUBMITTED", "LATE") else (),
        "copied_to": copied_to,
        "lines": lines,
        "intact": intact,
        "recorded_after": recorded_after,
        "corrections": corrections,
    }


def _submit(
    by: str, unit: str, remark: str, does: Text, expected: Facts, *, day: int = 14, keep: str | None = None
) -> Step:
    return Step(
        by=by,
        does=does,
        question=day_questions.SUBMIT,
        variables={"unit": unit, "date": f"{MONTH}-{day:02d}", "remark": remark or None},
        expected=expected,
        keep=keep,
    )


def _read_sheet(by: str, unit: str, day: int, does: Text, expected: Facts) -> Step:
    return Step(
        by=by,
        does=does,
        question=day_questions.SHEET,
        variables={"unit": unit, "date": f"{MONTH}-{day:02d}"},
        expected=expected,
    )


FIELD_SHEET: Final = Scene(
    at=at(11, "20:00:00"),
    clause="3.1.2",
    title=Text("业务部的工作日志：报送运营经理，抄送市场部经理", "The field department's log of the day"),
    parts=(
        _submit(
            "SUP",
            "YW",
            "两位都在约上门量尺",
            Text("报送业务部今天的工作日志", "submits the department's log of today"),
            _sheet("SUBMITTED", "3.1.2", ("赵女士", "CALL"), ("孙先生", "CALL"), copied_to=("MKT",)),
            day=11,
        ),
    ),
)

STORE_SHEET: Final = Scene(
    at=at(14, "20:30:00"),
    clause="3.1.1",
    title=Text(
        "门店日报：店长结业前报送，报送后不能改，只能更正", "The store's sheet: frozen once it is submitted"
    ),
    parts=(
        _submit(
            "G03",
            "XH",
            "",
            Text("导购想自己报送", "tries to submit it"),
            refused("NOT_OWNER", None),
        ),
        _submit(
            "XHM",
            "XH",
            "两位都约了周末到店",
            Text("报送徐汇店今天的意向客户跟踪表", "submits the sheet of the Xuhui store"),
            _sheet("SUBMITTED", "3.1.1", ("郑女士", "CALL"), ("冯先生", "REGISTRATION")),
            keep="sheet",
        ),
        follow_up(
            "G03",
            "feng-again",
            Text("报送以后，又给冯先生打了电话", "calls Mr Feng after that"),
            protected(follow_up=at(18), lapses=at(25)),
        ),
        _submit(
            "XHM",
            "XH",
            "两位都约了周末到店",
            Text("想重新报送一次", "tries to submit it again"),
            refused("ALREADY_SUBMITTED", None),
        ),
        Step(
            by="XHM",
            does=Text("写一条更正：原表不动", "adds a correction; the sheet stays"),
            question=day_questions.CORRECT,
            variables={"id": Kept("sheet"), "text": CORRECTION},
            expected=_sheet(
                "SUBMITTED",
                "3.1.1",
                ("郑女士", "CALL"),
                ("冯先生", "REGISTRATION"),
                recorded_after=1,
                corrections=(CORRECTION,),
            ),
        ),
        _read_sheet(
            "OPS",
            "PD",
            14,
            Text("查看浦东店的日报：还没有报送", "looks at the Pudong store's: not submitted yet"),
            _sheet("DRAFT", "3.1.1", intact=None),
        ),
    ),
)

CLOSING_TIME: Final = Scene(
    at=at(14, "21:00:00"),
    clause="3.1.1",
    title=Text("晚上九点整还没有报送：算未报", "Nine o'clock, and not submitted: it is missing"),
    parts=(
        _read_sheet(
            "OPS",
            "PD",
            14,
            Text("再看浦东店的日报", "looks at the Pudong store's again"),
            _sheet("MISSING", "3.1.1", intact=None),
        ),
    ),
)

LATE: Final = Scene(
    at=at(15, "08:40:00"),
    clause="3.1.1",
    title=Text(
        "第二天补报：算迟报，当天没有客户也要报", "Submitted the next day: late; an empty day is owed too"
    ),
    parts=(
        _submit(
            "PDM",
            "PD",
            "昨天没有新客户",
            Text("补报昨天的日报", "submits yesterday's"),
            _sheet("LATE", "3.1.1"),
        ),
    ),
)

SCENES: Final = (FIELD_SHEET, STORE_SHEET, CLOSING_TIME, LATE)
