"""What people are told of a dispute: where it is, why one is refused, and what a case event says happened."""

from typing import Final

from baobei.policy.disputes import CaseEventKind, DisputeStatus
from baobei.policy.document import Policy
from baobei.policy.phrases import citing, counted
from baobei.policy.terms import ClauseNumber, Clauses, RefusalCode, Text

ALREADY_DECIDED: Final = "ALREADY_DECIDED"
NOT_OPENER: Final = "NOT_OPENER"

_STATES: Final = {
    DisputeStatus.OPEN: Text(
        zh="业绩异议已提出，等待部门负责人裁决。各方都可以补充陈述",
        en="The decision is disputed and the department head has yet to rule. Every side may add a statement",
    ),
    DisputeStatus.RULED: Text(
        zh="部门负责人已作出裁决，业绩按裁决归属，原来的界定仍可查看",
        en="The department head has ruled: credit goes as ruled, and the decision before it stays readable",
    ),
    DisputeStatus.UPHELD: Text(
        zh="部门负责人维持原来的界定，业绩归属不变",
        en="The department head has upheld the decision; credit stays as it was",
    ),
    DisputeStatus.VOID: Text(
        zh="订单已经退单，业绩不归任何人，异议随之终止",
        en="The order was cancelled and credits nobody, which ended the dispute",
    ),
}
_REFUSALS: Final = {
    RefusalCode.NOT_OWNER: Text(
        zh="只有与这张订单的业绩有关的人，或代为操作的管理人员，才能这样做",
        en="Only somebody with a stake in who is credited with this order, or their manager, may do this",
    ),
    NOT_OPENER: Text(
        zh="只有提出异议的人可以撤回；直属管理人员可以代其撤回，但本人与这张订单的业绩有关，或已替其他方陈述的除外",
        en="Only whoever opened a dispute takes it back, or their manager for them, who has no stake in the order and"
        " has not spoken for another side",
    ),
    RefusalCode.CREDITED_WHOLE: Text(
        zh="这张订单的业绩已全部归您一方，没有可以争取的，不能对这次界定提出异议",
        en="The whole credit of this order is already yours, or theirs for whom you speak; there is nothing to gain by"
        " disputing the decision",
    ),
    RefusalCode.CANCELLED: Text(
        zh="订单已经退单，业绩不归任何人，不能提出异议",
        en="The order has been cancelled and credits nobody, so there is nothing to dispute",
    ),
    RefusalCode.ALREADY_OPEN: Text(
        zh="这张订单已有业绩异议等待裁决，请在该异议中补充陈述",
        en="This order is disputed already; add a statement to that dispute",
    ),
    RefusalCode.NOT_APPLICABLE: Text(
        zh="部门负责人已就这次界定作出维持的决定，不能再次提出异议",
        en="The department head has already upheld this decision, so it cannot be disputed again",
    ),
    ALREADY_DECIDED: Text(
        zh="这项异议已经有了结果，不能再改动", en="This dispute has already ended and is not changed any more"
    ),
}
_EVIDENCE: Final = {
    CaseEventKind.REGISTERED: Text(zh="报备客户", en="registered the customer"),
    CaseEventKind.ATTEMPT_REFUSED: Text(
        zh="报备客户，没有成功", en="tried to register the customer, refused"
    ),
    CaseEventKind.ATTEMPT_WAITING: Text(
        zh="报备客户，须经批准，先等待结果",
        en="tried to register the customer, which waits for an approval",
    ),
    CaseEventKind.FOLLOWED_UP: Text(zh="跟进客户", en="followed up"),
    CaseEventKind.MEASURED: Text(zh="上门量尺", en="measured on site"),
    CaseEventKind.EXTENDED: Text(zh="报备获得延期", en="the registration was extended"),
    CaseEventKind.TRANSFERRED: Text(zh="报备转交", en="the registration was transferred"),
    CaseEventKind.LAPSED: Text(zh="报备因没有跟进而失效", en="the registration lapsed without follow-up"),
    CaseEventKind.EXPIRED: Text(zh="报备到期自动失效", en="the registration expired"),
    CaseEventKind.SUPERSEDED: Text(
        zh="客户由其他同事报备，原报备终止",
        en="a colleague registered the customer, which ended the registration",
    ),
    CaseEventKind.WITHDRAWN: Text(zh="报备撤回", en="the registration was withdrawn"),
    CaseEventKind.CONVERTED: Text(zh="订单归这份报备", en="an order was credited to the registration"),
    CaseEventKind.LOST: Text(zh="订单没有归这份报备", en="the order went elsewhere"),
    CaseEventKind.REINSTATED: Text(zh="报备恢复有效", en="the registration is live again"),
    CaseEventKind.REQUESTED: Text(zh="提出申请", en="asked for an approval"),
    CaseEventKind.REQUEST_DECIDED: Text(zh="申请有了结果", en="the request was decided"),
    CaseEventKind.REQUEST_WITHDRAWN: Text(zh="申请已撤回", en="the request was withdrawn"),
    CaseEventKind.REQUEST_PASSED_ON: Text(
        zh="申请转交给接手的同事", en="the request passed to the colleague who took over"
    ),
    CaseEventKind.ORDER_PLACED: Text(zh="客户下定", en="the order was placed"),
    CaseEventKind.ORDER_CLOSED: Text(zh="订单成交", en="the order was closed"),
    CaseEventKind.ORDER_CANCELLED: Text(zh="订单退单", en="the order was cancelled"),
    CaseEventKind.DECIDED: Text(zh="按办法界定业绩", en="credit was decided by the policy"),
    CaseEventKind.RULED: Text(zh="部门负责人裁决", en="the department head ruled"),
    CaseEventKind.REVERSED: Text(zh="退单，业绩界定撤销", en="the decision was reversed by the cancellation"),
    CaseEventKind.DISPUTED: Text(zh="提出业绩异议", en="the decision was disputed"),
    CaseEventKind.STATEMENT: Text(zh="陈述", en="made a statement"),
    CaseEventKind.DISPUTE_DECIDED: Text(zh="异议有了结果", en="the dispute ended"),
}


def explain_dispute(status: DisputeStatus, *, opened_by: str, acting: str | None = None) -> Text:
    """Return where a dispute is and what that means, citing the clause that leaves special cases to a ruling.

    `opened_by` names who opened it, `acting` the manager who took it back for them; None when they did so themselves.
    """
    told = _taken_back(opened_by, acting) if status is DisputeStatus.WITHDRAWN else _STATES[status]
    return _cited(told, Clauses.FOLLOW_UP)


def _taken_back(opened_by: str, acting: str | None) -> Text:
    if acting is None:
        return Text(
            zh=f"{opened_by}撤回了自己提出的异议，业绩归属不变",
            en=f"{opened_by}, who opened the dispute, took it back; credit stays as it was",
        )
    return Text(
        zh=f"{acting}代{opened_by}撤回了{opened_by}提出的异议，业绩归属不变",
        en=f"{acting} took the dispute back for {opened_by}, who opened it; credit stays as it was",
    )


def explain_dispute_refusal(code: str, policy: Policy | None, clause: ClauseNumber | None) -> Text:
    """Return the sentence for a refusal; `policy` (the version of the order) lets it name its numbers."""
    if policy is not None and code == RefusalCode.TOO_LATE:
        days = policy.dispute_days
        sentence = Text(
            zh=f"已经太晚：界定作出后{days}天内可以提出异议",
            en=f"Too late: a decision can be disputed within {counted(days, 'day')}",
        )
    elif policy is not None and code == RefusalCode.LIMIT:
        rounds = policy.dispute_rounds
        sentence = Text(
            zh=f"这张订单的异议已经处理{rounds}次（裁决或维持），不能再提出",
            en=f"Disputes of this order have been decided {counted(rounds, 'time')}, and that is as often as they may be",
        )
    else:
        sentence = _REFUSALS[code]
    return _cited(sentence, clause)


def explain_case_event(kind: CaseEventKind) -> Text:
    """Return what an entry says happened; who, when and to what stand beside it."""
    return _EVIDENCE[kind]


def _cited(sentence: Text, clause: ClauseNumber | None) -> Text:
    cited = citing(clause)
    return Text(zh=f"{sentence.zh}{cited.zh}。", en=f"{sentence.en}{cited.en}.")
