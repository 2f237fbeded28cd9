"""Words that people put into a cell, and what the cell says by them; what is not understood is never taken for a no."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

from baobei.policy.terms import Text
from baobei.store.registration_models import Segment

# What people put where there is nothing to put.
NOTHING: Final = frozenset({"-", "—", "/", "无", "暂无", "n/a"})

_YES: Final = frozenset(
    "是 有 对 新 新需求 是新需求 有新需求 属新需求 新增需求 √ ✓ ✔ ☑ y yes true 1 new newneed".split()  # noqa: SIM905 - read as words
)
_NO: Final = frozenset(
    "否 不是 没有 不 旧 旧需求 老需求 原需求 不是新需求 非新需求 否不是新需求 × ✗ ✘ x n no false 0 old".split()  # noqa: SIM905 - read as words
)
_SEGMENT_OF: Final[Mapping[str, Segment]] = {
    **dict.fromkeys(
        ("个人", "家庭", "家装", "零售", "散客", "业主", "住宅", "individual", "personal"), Segment.INDIVIDUAL
    ),
    **dict.fromkeys(("公司", "企业", "单位", "商户", "company", "business", "enterprise"), Segment.COMPANY),
    **dict.fromkeys(("工程", "项目", "工程项目", "project"), Segment.PROJECT),
}
_CUSTOMER: Final = re.compile("(客户|顾客)$")
_CLASS_WORD: Final = re.compile("(客户|顾客|类|级|等级|等|档|class)+$", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s，,。.、;；:：!！()（）]+")

NEW_NEED_UNCLEAR: Final = Text(
    zh="“新需求”一列只认：是、有、对、新、新需求、√、Y（表示是），否、不是、没有、×、N 或留空（表示不是）。请改后重新导入。",
    en="New need: understood are yes, y, true, 1, 是, 新需求, √ and no, n, false, 0, 否, ×, or an empty cell.",
)
SEGMENT_UNCLEAR: Final = Text(
    zh="“客户类型”一列只认：个人（家装、零售）、公司（企业、单位）、工程（项目），或留空。请改后重新导入。",
    en="Segment: understood are individual (个人), company (公司), project (工程), or an empty cell.",
)


class NotUnderstood(Exception):
    """A cell with a word that says nothing here; `problem` names those that do."""

    def __init__(self, problem: Text) -> None:
        self.problem = problem
        super().__init__(problem.en)


def new_need_of(text: str) -> bool:
    """Return what a cell says of a new need, False for an empty one; raises `NotUnderstood`."""
    word = _plain(text)
    if word in _YES:
        return True
    if word == "" or text in NOTHING or word in _NO:
        return False
    raise NotUnderstood(NEW_NEED_UNCLEAR)


def segment_of(text: str) -> Segment | None:
    """Return what kind of customer a cell says, None for an empty one; raises `NotUnderstood`."""
    if text == "" or text in NOTHING:
        return None
    found = _SEGMENT_OF.get(_CUSTOMER.sub("", _plain(text)))
    if found is None:
        raise NotUnderstood(SEGMENT_UNCLEAR)
    return found


def class_of(text: str, classes: Collection[str]) -> str:
    """Return the class that a cell means: as the policy writes it, or without 类, 级 and 客户, or in small letters.

    Raises `NotUnderstood`, with the classes that there are.
    """
    if text in classes:
        return text
    bare = _bare(text)
    meant = [name for name in classes if _bare(name) == bare]
    if len(meant) == 1:
        return meant[0]
    listed = "、".join(classes) or "（没有）"
    raise NotUnderstood(
        Text(
            zh=f"制度里没有这个客户等级；现有的等级：{listed}。请改后重新导入。",
            en=f"The policy has no such class; it has: {', '.join(classes) or 'none'}.",
        )
    )


def _bare(name: str) -> str:
    plain = _plain(name)
    return _CLASS_WORD.sub("", plain) or plain


def _plain(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).lower()
