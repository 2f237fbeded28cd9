"""How a request ended, in words."""

import pytest

from baobei.policy.explain import RequestEnd, explain_request_end
from baobei.policy.terms import Text
from builders import SHANGHAI, at

AT = at("2026-11-02 09:30")
CODES = ("AFTER_DEAL", "DUPLICATE_OWN", "ALREADY_PROTECTED", "COOLING_DOWN", "OVER_QUOTA", "INCOMPLETE")
OTHERS = (
    "UNKNOWN_STAFF",
    "NOT_APPLICABLE",
    "LIMIT",
    "TOO_LATE",
    "NOTHING_TO_HAND_OVER",
    "HANDOVER_UNDER_WAY",
)


def ended(
    end: RequestEnd, *, by: str | None = "张三", why: str | None = None, of_extension: bool = False
) -> Text:
    return explain_request_end(end, by_name=by, at=AT, why=why, of_extension=of_extension, time_zone=SHANGHAI)


@pytest.mark.parametrize(
    ("end", "zh", "en"),
    [
        (
            RequestEnd.APPROVED,
            "张三于2026年11月2日 09:30批准。",
            "Approved by 张三 at 2 Nov 2026 09:30 (Asia/Shanghai).",
        ),
        (
            RequestEnd.REJECTED,
            "张三于2026年11月2日 09:30驳回。",
            "Rejected by 张三 at 2 Nov 2026 09:30 (Asia/Shanghai).",
        ),
        (
            RequestEnd.CANCELLED,
            "张三于2026年11月2日 09:30撤回。",
            "Taken back by 张三 at 2 Nov 2026 09:30 (Asia/Shanghai).",
        ),
    ],
)
def test_it_says_who_and_when(end: RequestEnd, zh: str, en: str) -> None:
    assert ended(end) == Text(zh=zh, en=en)


def test_what_came_too_late_says_why() -> None:
    assert ended(RequestEnd.TOO_LATE, why="ALREADY_PROTECTED") == Text(
        zh="张三于2026年11月2日 09:30同意，但已经太晚，没有生效：这位客户这时已由其他同事报备，在保护期内。",
        en="张三 agreed at 2 Nov 2026 09:30 (Asia/Shanghai), but it came too late and had no effect: "
        "A colleague's registration of the customer protected by then.",
    )


@pytest.mark.parametrize("why", [*CODES, *OTHERS])
@pytest.mark.parametrize("of_extension", [False, True])
def test_every_reason_has_words_of_its_own(why: str, of_extension: bool) -> None:
    said = ended(RequestEnd.TOO_LATE, why=why, of_extension=of_extension)
    assert why not in said.zh + said.en
    assert "was not accepted" not in said.en


def test_an_erasure_takes_nothing_back() -> None:
    assert "撤回" not in ended(RequestEnd.CANCELLED, by=None, why="ERASED").zh
