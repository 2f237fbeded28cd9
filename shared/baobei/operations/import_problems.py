"""What to tell the person whose import could not go on."""

from typing import Final

from baobei.policy.terms import Text
from baobei.sheets.errors import SheetProblem, explain_problem

INTERNAL: Final = "INTERNAL"
SENDER_GONE: Final = "SENDER_GONE"
FILE_GONE: Final = "FILE_GONE"

_SENTENCES: Final = {
    SENDER_GONE: Text(
        zh="上传的人已不能报备客户，导入到此为止；已经登记的都有效。",
        en="Who sent the file can no longer register customers; the import ends here, and what it registered stands.",
    ),
    FILE_GONE: Text(
        zh="文件已经不在了，导入到此为止。", en="The file is no longer there; the import ends here."
    ),
}
_UNFORESEEN: Final = Text(
    zh="导入时出了意外，到此为止；已经登记的都有效，请重新上传这个文件。",
    en="Something went wrong and the import ends here; what it registered stands. Please send the file again.",
)


def explain_import_problem(problem: str) -> Text:
    """Return the sentence for why an import failed."""
    if problem in SheetProblem.__members__:
        return explain_problem(SheetProblem(problem))
    return _SENTENCES.get(problem, _UNFORESEEN)
