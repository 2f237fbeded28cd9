"""How a request that needed an approver ended, for people; never whose claim was in the way."""

import enum
from datetime import datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from baobei.policy.explain_refusal import explain_refusal
from baobei.policy.phrases import instant_text
from baobei.policy.terms import Clauses, Text


class RequestEnd(enum.StrEnum):
    """How a request can end."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TOO_LATE = "TOO_LATE"
    CANCELLED = "CANCELLED"


ERASED: Final = "ERASED"
_SOMEBODY: Final = Text(zh="系统", en="the system")
# What stands in the way of an attempt that is tried again; everything else has its sentence as a refusal.
_WHY: Final = {
    "AFTER_DEAL": Text(zh="客户这时已经下定或成交。", en="The customer had placed an order by then."),
    "DUPLICATE_OWN": Text(
        zh="这位客户这时已在他本人名下报备。", en="The customer was registered to the same person by then."
    ),
    "ALREADY_PROTECTED": Text(
        zh="这位客户这时已由其他同事报备，在保护期内。",
        en="A colleague's registration of the customer protected by then.",
    ),
    "COOLING_DOWN": Text(
        zh="他本人对这位客户的上一份报备结束不久，还不能再报备。",
        en="An earlier registration of the customer had ended too short a while before.",
    ),
    "OVER_QUOTA": Text(
        zh="报备人当月的报备名额已经用完。",
        en="The month's quota of whoever made the attempt was used up.",
    ),
    "INCOMPLETE": Text(zh="客户资料已不在。", en="The customer's facts were not there any more."),
    "UNKNOWN_STAFF": Text(
        zh="应当接手的人这时已经离职，或不能报备。",
        en="Whoever was to have it did not work here any more, or could not be given it.",
    ),
}


def explain_request_end(
    end: RequestEnd,
    *,
    by_name: str | None,
    at: datetime,
    why: str | None,
    of_extension: bool,
    time_zone: ZoneInfo,
) -> Text:
    """Return who decided a request or took it back, and when; of what came too late, why it had no effect.

    `why` is the code of a refusal, or `ERASED` for one that ended with the erasure of its customer; `of_extension` says
    whether it is that of an extension. `by_name` None: nobody did, the service itself.

    Source: policy.md section 8.
    """
    who = _SOMEBODY if by_name is None else Text(zh=by_name, en=by_name)
    when = instant_text(at, time_zone)
    match end:
        case RequestEnd.APPROVED:
            return Text(zh=f"{who.zh}于{when.zh}批准。", en=f"Approved by {who.en} at {when.en}.")
        case RequestEnd.REJECTED:
            return Text(zh=f"{who.zh}于{when.zh}驳回。", en=f"Rejected by {who.en} at {when.en}.")
        case RequestEnd.CANCELLED:
            return _cancelled(who, when, erased=why == ERASED)
        case RequestEnd.TOO_LATE:
            reason = _why(why, of_extension=of_extension)
            return Text(
                zh=f"{who.zh}于{when.zh}同意，但已经太晚，没有生效：{reason.zh}",
                en=f"{who.en} agreed at {when.en}, but it came too late and had no effect: {reason.en}",
            )
        case _:
            assert_never(end)


def _cancelled(who: Text, when: Text, *, erased: bool) -> Text:
    if erased:
        return Text(
            zh=f"客户资料于{when.zh}删除，申请随之取消。",
            en=f"Cancelled with the erasure of the customer at {when.en}.",
        )
    return Text(zh=f"{who.zh}于{when.zh}撤回。", en=f"Taken back by {who.en} at {when.en}.")


def _why(why: str | None, *, of_extension: bool) -> Text:
    if why is None:
        return Text(zh="期间情况有了变化。", en="Things had changed in the meantime.")
    if (known := _WHY.get(why)) is not None:
        return known
    return explain_refusal(why, Clauses.EXPIRY if of_extension else None)
