"""What a row of an import is answered: by the same decision and the same sentence as a single registration."""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.operations.attempt_answers import RegistrationAdmitted, RegistrationRefused
from baobei.policy.admission import Admission, Admitted, DuplicateOwn
from baobei.policy.document import Policy
from baobei.policy.explain import explain_admission, explain_refusal
from baobei.policy.phrases import instant_text
from baobei.policy.records import Registration
from baobei.policy.standing import standing
from baobei.policy.terms import AdmissionOutcome, ClauseNumber, Text
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.import_models import RowAnswer
from baobei.store.registration_models import StoredRegistration

# Answers of a row that no policy was asked about.
BAD_ROW: Final = "BAD_ROW"
ROW_FAILED: Final = "INTERNAL"
CHECKED_LATER: Final = "CHECKED_LATER"
# Rows of a dry run that would make a registration, as far as it looked.
IMAGINED: Final = frozenset({AdmissionOutcome.PROTECTED.value, CHECKED_LATER})
GOOD: Final = frozenset({AdmissionOutcome.PROTECTED.value, AdmissionOutcome.DUPLICATE_OWN.value})

HEADINGS: Final = ("结果", "原因", "条款", "报备编号", "保护到期")
_WORDS: Final = {
    "PROTECTED": "报备成功",
    "DUPLICATE_OWN": "本人已报备",
    "ALREADY_PROTECTED": "已在保护期",
    "INCOMPLETE": "资料不完整",
    "AFTER_DEAL": "已成交",
    "COOLING_DOWN": "暂不能再报",
    "OVER_QUOTA": "名额用完",
    "AWAITING_APPROVAL": "等待跨区审批",
    "UNKNOWN_STAFF": "没有这个人员",
    "NOT_OWNER": "不能代为报备",
    "NO_CHANNEL": "不能报备",
    CHECKED_LATER: "登记时再核对",
    BAD_ROW: "无法读取",
    ROW_FAILED: "没有登记",
}
_WOULD_BE_ADMITTED: Final = "可以报备"
_NOT_ADMITTED: Final = "没有报备"
_CHECKED: Final = "检查通过，按目前情况可以报备；这只是检查，没有登记。"
_SAME_AS_ROW: Final = "与本文件第{}行是同一位客户。"
_LATER: Final = "这一行本身没有问题；今天能提前核对的客户数已用完，是否已被他人报备，正式导入时才会核对。"
_WAITS: Final = "这次报备的编号是{}，申请跨区时要用；也可以在表里加一列“跨区理由”，导入时就一并申请。"
_ASKED: Final = "已按您写的理由向当地店长申请。"
_YOU: Final = "您"
_BROKEN: Final = "登记这一行时出了意外，没有登记；请重新导入这个文件。"
# The id of a registration that a dry run only imagined, by the row that would make it.
_ROW: Final = "row "


def answer_of_registration(
    row_number: int, answer: RegistrationAdmitted | RegistrationRefused, *, of: str | None = None
) -> RowAnswer:
    """Return what a row is told of its registration; of somebody else's claim nothing but what the refusal says.

    `of` is the code of whose registration it is, None for the sender's own.
    """
    match answer:
        case RegistrationAdmitted(registration=made):
            admitted = Admitted(supersedes=())
            facts = made.facts
            message = explain_admission(admitted, policy=facts.policy.of_class(facts.customer_class))
            return _about(row_number, admitted.outcome.value, admitted.clause, message, of=of, own=made)
        case RegistrationRefused(outcome=AttemptOutcome.AWAITING_APPROVAL):
            more = _WAITS.format(answer.attempt_id) if answer.approval_id is None else _ASKED
            message = Text(zh=answer.message.zh + more, en=answer.message.en)
            return _about(row_number, answer.code, answer.clause, message, of=of)
        case RegistrationRefused():
            return _about(row_number, answer.code, answer.clause, answer.message, of=of, own=answer.existing)


def answer_of_check(
    row_number: int,
    decision: Admission,
    *,
    policy: Policy,
    own: StoredRegistration | None,
    of: str | None = None,
) -> RowAnswer:
    """Return what a row of a dry run is told: what an attempt now would be answered."""
    message = explain_admission(decision, policy=policy)
    if isinstance(decision, Admitted):
        message = Text(zh=_CHECKED, en=message.en)
    if isinstance(decision, DuplicateOwn) and (first := row_of(decision.existing)) is not None:
        message = Text(zh=f"{_SAME_AS_ROW.format(first)}{message.zh}", en=message.en)
    return _about(row_number, decision.outcome.value, decision.clause, message, of=of, own=own)


def answer_of_later(row_number: int) -> RowAnswer:
    """Return what a row of a dry run is told that was not compared with the customers of others."""
    return RowAnswer(row_number=row_number, code=CHECKED_LATER, clause=None, message=_LATER)


def answer_of_code(row_number: int, code: str, *, of: str | None = None) -> RowAnswer:
    """Return what a row is told that no policy was asked about."""
    return _about(row_number, code, None, explain_refusal(code), of=of)


def answer_of_bad_row(row_number: int, problem: Text) -> RowAnswer:
    """Return what a row is told that cannot be read."""
    return _about(row_number, BAD_ROW, None, problem)


def answer_of_failure(row_number: int) -> RowAnswer:
    """Return what a row is told at which something nobody foresaw went wrong."""
    return RowAnswer(row_number=row_number, code=ROW_FAILED, clause=None, message=_BROKEN)


def imagined_id(row_number: int) -> str:
    """Return the id under which a dry run knows the registration that a row would make."""
    return f"{_ROW}{row_number}"


def row_of(registration_id: str) -> int | None:
    """Return the row that would make an imagined registration, None of a real one."""
    return int(registration_id.removeprefix(_ROW)) if registration_id.startswith(_ROW) else None


def real_id(registration_id: str) -> UUID | None:
    """Return the id of a real registration, None of an imagined one."""
    return None if row_of(registration_id) is not None else UUID(registration_id)


def beside(answer: RowAnswer, *, dry_run: bool, time_zone: ZoneInfo) -> tuple[str, ...]:
    """Return what stands beside a row in the file that is given back, as `HEADINGS` has it."""
    would = dry_run and answer.code == AdmissionOutcome.PROTECTED
    until = answer.protected_until
    return (
        _WOULD_BE_ADMITTED if would else _WORDS.get(answer.code, _NOT_ADMITTED),
        answer.message,
        answer.clause or "",
        answer.registration_number or "",
        "" if until is None else instant_text(until, time_zone).zh,
    )


def _about(
    row_number: int,
    code: str,
    clause: ClauseNumber | None,
    message: Text,
    *,
    of: str | None = None,
    own: StoredRegistration | None = None,
) -> RowAnswer:
    # Sentences speak to the registrant; whoever sent the file for somebody else reads whose it is.
    told = message.zh if of is None else message.zh.replace(_YOU, of)
    return RowAnswer(
        row_number=row_number,
        code=code,
        clause=clause,
        message=told,
        registration_number=None if own is None else own.number,
        protected_until=None if own is None else _protected_until(own.facts),
    )


def _protected_until(facts: Registration) -> datetime:
    return standing(facts, facts.made.at).protected_until
