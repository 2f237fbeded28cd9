"""Why a file cannot be read as a sheet of customers."""

import enum

from baobei.policy.terms import Text


class SheetProblem(enum.StrEnum):
    """What is wrong with a file as a whole; a single bad row is none of these."""

    EMPTY = "EMPTY"
    NOT_A_SHEET = "NOT_A_SHEET"
    BROKEN = "BROKEN"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_ENCODING = "UNKNOWN_ENCODING"
    NO_HEADER = "NO_HEADER"


_SENTENCES = {
    SheetProblem.EMPTY: Text(zh="文件是空的。", en="The file is empty."),
    SheetProblem.NOT_A_SHEET: Text(
        zh="只能导入 xlsx 或 csv 文件；旧版 xls 或加了密码的文件，请先另存为 xlsx。",
        en="Only xlsx and csv files can be read; save an old .xls or a protected file as plain xlsx first.",
    ),
    SheetProblem.BROKEN: Text(
        zh="文件已损坏，或不是普通的 xlsx 文件，无法打开。",
        en="The file is damaged, or no ordinary xlsx file, and cannot be opened.",
    ),
    SheetProblem.TOO_LARGE: Text(
        zh="文件太大，或解压后太大：请减少行列，或分成几个文件。",
        en="The file is too large, packed or unpacked: have fewer rows and columns, or several files.",
    ),
    SheetProblem.UNKNOWN_ENCODING: Text(
        zh="无法识别文件的文字编码，请另存为 UTF-8 的 csv，或 xlsx。",
        en="The encoding of the text is none that is known; save it as csv in UTF-8, or as xlsx.",
    ),
    SheetProblem.NO_HEADER: Text(
        zh="在前20行里没有找到表头：至少要有客户姓名、电话、地址中的两列。",
        en="No header in the first 20 rows: at least two of the columns name, phone and address are needed.",
    ),
}


class SheetError(Exception):
    """A file that cannot be read as a sheet; `problem` says why, and nothing of what stands in it."""

    def __init__(self, problem: SheetProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


def explain_problem(problem: SheetProblem) -> Text:
    """Return what to tell the person whose file it is."""
    return _SENTENCES[problem]
