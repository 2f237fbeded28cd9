"""What to tell the person whose import could not go on."""

from typing import Final

from baobei.policy.terms import Text
from baobei.sheets.errors import SheetProblem, explain_problem
from baobei.store.import_models import ImportJob, TakenAway

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
_GONE: Final = {
    TakenAway.AGE: Text(
        zh="这次导入的文件在结束30天后已按规定删除；登记的报备都有效，各类结果的条数仍可查看。",
        en="The file of this import was taken away 30 days after its end, as all are; what it registered stands.",
    ),
    TakenAway.ERASURE: Text(
        zh="联盟应客户要求删除了个人信息，为此结束的导入文件都已删除；登记的报备都有效，各类结果的条数仍可查看。",
        en="A customer's personal data were erased, and with them the files of all imports that had ended; "
        "what they registered stands, and so do the counts.",
    ),
}
_NO_RESULT: Final = Text(
    zh="这次导入没有结果文件：它没有完成，或文件已按规定删除。",
    en="This import has no result: it failed, or its file was taken away.",
)
_UNFORESEEN: Final = Text(
    zh="导入时出了意外，到此为止；已经登记的都有效，请重新上传这个文件。",
    en="Something went wrong and the import ends here; what it registered stands. Please send the file again.",
)


def explain_import_problem(problem: str) -> Text:
    """Return the sentence for why an import failed."""
    if problem in SheetProblem.__members__:
        return explain_problem(SheetProblem(problem))
    return _SENTENCES.get(problem, _UNFORESEEN)


def explain_no_result(job: ImportJob) -> Text:
    """Return the sentence for why an import that has ended has no file to give back."""
    if job.problem is not None:
        return explain_import_problem(job.problem)
    return _NO_RESULT if job.taken_away is None else _GONE[job.taken_away]
