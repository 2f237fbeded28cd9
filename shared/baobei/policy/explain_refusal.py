"""What a person is told when a change is not made; never who holds a customer, nor any of its data."""

from typing import Final

from baobei.policy.document import Policy
from baobei.policy.phrases import citing, counted
from baobei.policy.terms import ClauseNumber, Clauses, RefusalCode, StandingStatus, Text

_HOW_IT_ENDED: Final = {
    StandingStatus.LAPSED: Text(zh="因没有按期跟进而失效", en="lapsed for good without follow-up"),
    StandingStatus.EXPIRED: Text(zh="到期自动失效", en="expired without a measuring visit or a deposit"),
    StandingStatus.SUPERSEDED: Text(
        zh="失效后客户已由其他同事报备", en="had lapsed and a colleague registered the customer"
    ),
    StandingStatus.CONVERTED: Text(zh="已取得客户的订单", en="is credited with an order"),
    StandingStatus.LOST: Text(zh="没有取得客户的订单", en="lost the customer's order"),
    StandingStatus.WITHDRAWN: Text(zh="已被撤回", en="was withdrawn"),
}
_NOT_LIVE: Final = Text(zh="不能再记录", en="nothing more can be recorded on it")

_SENTENCES: Final = {
    RefusalCode.NOT_OWNER: Text(
        zh="只有这份报备的负责人，或代为操作的管理人员，才能这样做",
        en="Only the owner of the registration, or a manager acting for the owner, may do this",
    ),
    RefusalCode.NOT_APPLICABLE: Text(
        zh="按目前的情况，这项操作不适用，没有做任何改动",
        en="This does not apply as things stand; nothing was changed",
    ),
    RefusalCode.CREDITED_WHOLE: Text(
        zh="这张订单的业绩已全部归您一方，没有可以争取的",
        en="The whole credit of this order is already yours, or theirs for whom you speak; there is nothing to gain",
    ),
    RefusalCode.LIMIT: Text(zh="超出了制度允许的上限，没有批准", en="This is more than the policy allows"),
    RefusalCode.TOO_LATE: Text(
        zh="已经太晚：期间情况有了变化，没有做任何改动",
        en="This comes too late: things have changed in the meantime, and nothing was changed",
    ),
    RefusalCode.CANCELLED: Text(
        zh="订单已经退单，业绩不归任何人，不能裁决",
        en="The order has been cancelled and credits nobody, so there is nothing to rule on",
    ),
    RefusalCode.BAD_SHARES: Text(
        zh="业绩分配不成立：每人只列一次，每份至少0.01%，合计必须正好100%（10000个基点）",
        en="The shares do not add up: name each person once, give each at least 1 basis point, "
        "and make them sum to exactly 10,000 (100%)",
    ),
    RefusalCode.OWN_CASE: Text(
        zh="这件事与您本人有关，需要由另一位负责人处理",
        en="You have a part in this case yourself; somebody else has to decide it",
    ),
    RefusalCode.ALREADY_OPEN: Text(
        zh="已有同一件事正在等待处理", en="The same is open already and waits to be decided"
    ),
    RefusalCode.INCOMPLETE: Text(
        zh="资料不完整：需要填写有效的电话或详细地址",
        en="Something is missing: a valid phone or a detailed address is needed",
    ),
    "EXTERNAL_REF_REUSED": Text(
        zh="这个订单编号已经用过，请核对编号",
        en="This order number has been used before; please check it",
    ),
    "IDEMPOTENCY_KEY_REUSED": Text(
        zh="同一个幂等键已用于内容不同的请求，请换一个新的键",
        en="This idempotency key was used before with another input; use a new key",
    ),
    "UNKNOWN_STAFF": Text(
        zh="没有找到这个工号的在职人员，请核对工号",
        en="No active staff member has this code; please check it",
    ),
    "UNKNOWN_UNIT": Text(
        zh="没有这个编号的门店或部门，请核对编号", en="No unit has this code; please check it"
    ),
    "MONTH_OVER": Text(
        zh="这个月已经过去，它的目标不能再改",
        en="This month is over, and its targets stay as they were",
    ),
    "UNKNOWN_CLASS": Text(
        zh="制度里没有这个客户等级，请从制度列出的等级中选择",
        en="The policy has no such class of customers; choose one that it lists",
    ),
    "UNKNOWN_SOURCE": Text(
        zh="制度里没有这个客户来源，请从制度列出的来源中选择",
        en="The policy has no such source of customers; choose one that it lists",
    ),
    "IN_THE_FUTURE": Text(
        zh="填写的发生时间还没有到：跟进做过之后再记录，或者不填发生时间",
        en="The time at which it is said to have happened has not come yet: record a contact once it was made, or leave "
        "the time out",
    ),
    "REVEAL_LIMIT": Text(
        zh="您今天查看客户完整联系方式的次数已用完，请明天再看，或请负责人协助",
        en="You have looked at as many customers in full today as the policy allows; please ask again tomorrow",
    ),
    "ALREADY_DECIDED": Text(
        zh="这项申请已经有了结果，不能再改动",
        en="This request has already ended: it was decided, or taken back",
    ),
    "ALREADY_REQUESTED": Text(
        zh="这件事已经提出过申请，请等待结果",
        en="This has been asked for already; please wait for the decision",
    ),
    "TOO_MUCH_EVIDENCE": Text(
        zh="这项申请的附件已达上限", en="As much as may be is attached to this request already"
    ),
    "NO_CHANNEL": Text(
        zh="您的岗位不属于商场门店或业务部，不能报备客户",
        en="Registrations are made by store or field staff, and this person is neither",
    ),
    "DISTRIBUTION_CHANGED": Text(
        zh="预览之后情况有了变化，没有开始交接：请重新预览",
        en="Things have changed since the preview, and nothing was begun: please look at a new one",
    ),
    "HANDOVER_UNDER_WAY": Text(
        zh="这位人员的报备正在交接中，请等它完成",
        en="This person's registrations are already being handed over; please wait until that is finished",
    ),
    "NOTHING_TO_HAND_OVER": Text(
        zh="没有可以交接的有效报备或申请，没有做任何改动",
        en="There is no live registration and no request that could be handed over; nothing was changed",
    ),
    "FORBIDDEN": Text(zh="您没有权限进行这项操作", en="You are not allowed to do this"),
}
_OF_AN_EXTENSION: Final = {
    RefusalCode.NOT_APPLICABLE: Text(
        zh="这份报备不受到期失效的约束，或者已经量尺、下定，不需要延期",
        en="The expiry rule does not bind this registration or has been satisfied, so there is nothing to extend",
    ),
    RefusalCode.LIMIT: Text(
        zh="延期的天数或次数超出了制度允许的上限",
        en="The extension is longer, or one more, than the policy allows",
    ),
    RefusalCode.TOO_LATE: Text(
        zh="已经太晚：延期后的期限也已过去，或者到期以后这位客户又有了报备或订单",
        en="Too late: the extended deadline has passed too, or the customer was registered or placed an order "
        "after the expiry",
    ),
}


def explain_refusal(
    code: str,
    clause: ClauseNumber | None = None,
    *,
    ended_as: StandingStatus | None = None,
    policy: Policy | None = None,
) -> Text:
    """Return the sentence for a refusal code, with the clause where one decides.

    `ended_as` says how a registration that is NOT_LIVE ended; under clause 3.3.3 the refusal is that of
    an extension, and `policy` (the registration's version) lets LIMIT name its numbers.
    """
    sentence, cited = _sentence(code, clause, ended_as=ended_as, policy=policy), citing(clause)
    return Text(zh=f"{sentence.zh}{cited.zh}。", en=f"{sentence.en}{cited.en}.")


def _sentence(
    code: str, clause: ClauseNumber | None, *, ended_as: StandingStatus | None, policy: Policy | None
) -> Text:
    if code == RefusalCode.NOT_LIVE:
        return _not_live(ended_as)
    if clause == Clauses.EXPIRY and code == RefusalCode.LIMIT and policy is not None:
        return _extension_limit(policy)
    if clause == Clauses.EXPIRY and code in _OF_AN_EXTENSION:
        return _OF_AN_EXTENSION[RefusalCode(code)]
    unknown = Text(zh=f"这项操作没有被接受：{code}", en=f"This was not accepted: {code}")
    return _SENTENCES.get(code, unknown)


def _not_live(ended_as: StandingStatus | None) -> Text:
    how = None if ended_as is None else _HOW_IT_ENDED.get(ended_as)
    if how is None:
        return Text(zh=f"这份报备已经结束，{_NOT_LIVE.zh}", en=f"The registration has ended: {_NOT_LIVE.en}")
    return Text(
        zh=f"这份报备{how.zh}，已经结束，{_NOT_LIVE.zh}",
        en=f"The registration {how.en}: {_NOT_LIVE.en}",
    )


def _extension_limit(policy: Policy) -> Text:
    return Text(
        zh=f"每次至少延期1天、最多{policy.extension_max_days}天，每份报备最多延期{policy.extension_max_count}次",
        en=f"An extension is for at least 1 day and at most {counted(policy.extension_max_days, 'day')}, and a registration can be "
        f"extended at most {counted(policy.extension_max_count, 'time')}",
    )
