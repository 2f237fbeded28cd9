"""What a person is told about an attempt to register, in Chinese and English.

A refusal never says who holds the customer, nor anything of the other claim but until when it protects.
"""

from typing import Final, assert_never
from zoneinfo import ZoneInfo

from baobei.policy.admission import (
    Admission,
    Admitted,
    AfterDeal,
    AlreadyProtected,
    AwaitingApproval,
    CoolingDown,
    DuplicateOwn,
    Incomplete,
    OverQuota,
)
from baobei.policy.document import DealPoint, Policy
from baobei.policy.phrases import citing, counted, instant_text, listed, month_text
from baobei.policy.terms import Clauses, RequiredFact, Text

_NAME_OF_FACT: Final = {
    RequiredFact.NAME: Text(zh="姓名", en="name"),
    RequiredFact.PHONE: Text(zh="电话", en="phone"),
    RequiredFact.ADDRESS: Text(zh="详细地址", en="detailed address"),
}
_PROBLEM_OF_FACT: Final = {
    RequiredFact.NAME: Text(
        zh="请填写客户姓名，不能空白。",
        en="Enter the customer's name; it cannot be blank.",
    ),
    RequiredFact.PHONE: Text(
        zh="请填写打得通的电话号码：手机号，或带区号的座机号。",
        en="Enter a valid phone number: a mobile number, or a landline with its area code.",
    ),
    RequiredFact.ADDRESS: Text(
        zh="请填写详细地址：路名、小区或村名，加上楼栋和房号；独栋房屋写到门牌号。",
        en="Enter the detailed address: the road, estate or village with building and room; "
        "for a house by itself, its house number.",
    ),
}
_ENDED_BY: Final = {
    Clauses.EXPIRY: Text(zh="到期自动失效", en="expired"),
    Clauses.FOLLOW_UP: Text(zh="因未跟进失效", en="lapsed without follow-up"),
    Clauses.FIRST_COME: Text(zh="由您撤回", en="was withdrawn"),
}
_ENDED: Final = Text(zh="结束", en="ended")


def explain_field(field: RequiredFact) -> Text:
    """Return what to put right in one field (3.2.2)."""
    return _PROBLEM_OF_FACT[field]


def explain_admission(admission: Admission, *, policy: Policy) -> Text:
    """Return what became of an attempt and why; `policy` is the version the attempt was decided under.

    Source: policy.md section 4.
    """
    match admission:
        case Admitted():
            return _admitted(policy)
        case Incomplete():
            return _incomplete(admission)
        case AfterDeal():
            return _after_deal(admission, policy)
        case DuplicateOwn():
            return _duplicate_own(admission)
        case AlreadyProtected():
            return _already_protected(admission, policy.time_zone)
        case CoolingDown():
            return _cooling_down(admission, policy.time_zone)
        case OverQuota():
            return _over_quota(admission)
        case AwaitingApproval():
            return _awaiting_approval(admission)
        case _:
            assert_never(admission)


def _admitted(policy: Policy) -> Text:
    first, follow_up = citing(Clauses.FIRST_COME), citing(Clauses.FOLLOW_UP)
    return Text(
        zh=f"报备成功，从现在起这位客户由您跟进，受先报先保保护{first.zh}。"
        f"请在{policy.follow_up_days}天内跟进一次，不要连续{policy.lapse_days}天没有跟进{follow_up.zh}。",
        en=f"Registered: the customer is yours to look after and protected from now on{first.en}. "
        f"Follow up within {counted(policy.follow_up_days, 'day')}, and never leave "
        f"{counted(policy.lapse_days, 'day')} without contact{follow_up.en}.",
    )


def _incomplete(admission: Incomplete) -> Text:
    names, clause = listed([_NAME_OF_FACT[field] for field in admission.fields]), citing(admission.clause)
    return Text(
        zh=f"资料不完整，没有报备成功：请补充或更正{names.zh}。客户姓名、电话、详细地址三项缺一不可{clause.zh}。",
        en=f"Not registered, something is missing: please complete or correct the {names.en}. "
        f"The customer's name, phone and detailed address are all required{clause.en}.",
    )


def _after_deal(admission: AfterDeal, policy: Policy) -> Text:
    clause = citing(admission.clause)
    deposit = policy.deal_point is DealPoint.DEPOSIT
    deal = (
        Text(zh="已经下定", en="has already placed an order")
        if deposit
        else Text(zh="已经成交", en="has already closed a deal")
    )
    return Text(
        zh=f"这位客户{deal.zh}，成交后再报备无效{clause.zh}。如果客户又有新的需求，请注明“新需求”后重新报备。",
        en=f"This customer {deal.en}; a registration after the deal is void{clause.en}. "
        "If the customer has a new need, say so and register again.",
    )


def _duplicate_own(admission: DuplicateOwn) -> Text:
    clause = citing(admission.clause)
    return Text(
        zh=f"这位客户您已经报备过，那份报备仍然在册，没有另建一份{clause.zh}。请直接在原来的报备上跟进。",
        en="You have already registered this customer and that registration still stands, so no new one "
        f"was made{clause.en}. Please follow up on the existing one.",
    )


def _already_protected(admission: AlreadyProtected, time_zone: ZoneInfo) -> Text:
    until, clause = instant_text(admission.protected_until, time_zone), citing(admission.clause)
    return Text(
        zh=f"这位客户已在报备保护期内，先报先保，您的报备没有成功{clause.zh}。按目前情况，保护到{until.zh}为止。",
        en="This customer is already protected; the first registration comes first, so yours was not "
        f"admitted{clause.en}. As things stand, the protection lasts until {until.en}.",
    )


def _cooling_down(admission: CoolingDown, time_zone: ZoneInfo) -> Text:
    until, clause = instant_text(admission.until, time_zone), citing(admission.clause)
    ended = _ENDED_BY.get(admission.clause, _ENDED)
    return Text(
        zh=f"您对这位客户的上一份报备不久前{ended.zh}{clause.zh}，暂时不能再报。{until.zh}起可以重新报备。",
        en=f"Your previous registration of this customer {ended.en} only a short while ago{clause.en}. "
        f"You may register the customer again from {until.en}.",
    )


def _over_quota(admission: OverQuota) -> Text:
    quota, clause = admission.quota, citing(admission.clause)
    month = month_text(quota.month)
    return Text(
        zh=f"您{month.zh}的报备名额已经用完：限额{quota.limit}个，已用{quota.used}个{clause.zh}。"
        "成交一个就补回一个，下个月重新计算。",
        en=f"Your registrations for {month.en} are used up: {quota.used} of {quota.limit}{clause.en}. "
        "A deal gives its slot back at once; the count starts again next month.",
    )


def _awaiting_approval(admission: AwaitingApproval) -> Text:
    clause = citing(admission.clause)
    return Text(
        zh=f"这位客户属于另一区域，跨区域报备要由当地店长审批{clause.zh}。已申请的请等待结果；"
        "还没有说明理由的，请写明理由提出申请。批准之前没有保护，也不占名额。",
        en="The customer is of another region, where the store manager has to approve the registration"
        f"{clause.en}. If you gave a reason, please wait for the decision; if not, give one and ask. Until it "
        "is approved nothing is protected and no quota is used.",
    )
