"""What a registration is worth, said so that a salesperson knows what to do next."""

from collections.abc import Iterator
from typing import Final, assert_never

from baobei.policy.document import Policy
from baobei.policy.phrases import citing, counted, instant_text, sentences
from baobei.policy.standing import Standing
from baobei.policy.terms import Clauses, StandingStatus, Text

_CURABLE: Final = Text(
    zh="只要还没有被其他同事报备，跟进一次就恢复保护。",
    en="One follow-up restores the protection, as long as no colleague has registered the customer first.",
)


def explain_standing(standing: Standing, *, registration_policy: Policy) -> Text:
    """Return the sentences for a standing; the policy is the version that the registration keeps.

    Names the claim's worth, the next date to keep, and what would end it or has ended it.

    Source: policy.md section 5.
    """
    match standing.status:
        case StandingStatus.PROTECTED:
            return sentences(_protected(standing, registration_policy))
        case StandingStatus.LAPSED if standing.live:
            return sentences(_lapsed(standing, registration_policy))
        case StandingStatus.LAPSED:
            return _lapsed_for_good(standing, registration_policy)
        case StandingStatus.EXPIRED:
            return _expired(standing, registration_policy)
        case StandingStatus.SUPERSEDED:
            return _superseded(standing, registration_policy)
        case StandingStatus.CONVERTED:
            return _converted(standing, registration_policy)
        case StandingStatus.LOST:
            return _lost(standing, registration_policy)
        case StandingStatus.WITHDRAWN:
            return _withdrawn(standing, registration_policy)
        case _:
            assert_never(standing.status)


def explain_follow_up(standing: Standing, *, registration_policy: Policy) -> Text:
    """Return what is to be done for a live claim and by when, and what comes of it when it is not done.

    Source: 3.3.2; 3.3.3 where an expiry comes before the lapse, or after one.
    """
    if standing.protected:
        ahead = [*_lapse_ahead(standing, registration_policy), *_expiry_ahead(standing, registration_policy)]
        return sentences([_next_follow_up(standing, registration_policy), *ahead])
    lapse, clause = instant_text(standing.lapses_at, registration_policy.time_zone), citing(Clauses.FOLLOW_UP)
    lapsed = Text(
        zh=f"报备从{lapse.zh}起失效：客户在其他同事处下定，业绩不归报备人{clause.zh}。",
        en=f"The claim lapsed at {lapse.en}: an order the customer places with a colleague is not credited to the "
        f"registrant{clause.en}.",
    )
    return sentences([lapsed, _CURABLE, *_expiry_ahead(standing, registration_policy)])


def _protected(standing: Standing, policy: Policy) -> Iterator[Text]:
    until, first = instant_text(standing.protected_until, policy.time_zone), citing(Clauses.FIRST_COME)
    yield Text(
        zh=f"报备有效，按目前情况保护到{until.zh}{first.zh}。",
        en=f"The registration is protected, as things stand until {until.en}{first.en}.",
    )
    yield _next_follow_up(standing, policy)
    yield from _lapse_ahead(standing, policy)
    yield from _expiry_ahead(standing, policy)


def _next_follow_up(standing: Standing, policy: Policy) -> Text:
    due, clause = instant_text(standing.follow_up_due_at, policy.time_zone), citing(Clauses.FOLLOW_UP)
    if standing.follow_up_overdue:
        return Text(
            zh=f"应在{due.zh}前跟进，已经逾期，请尽快联系客户{clause.zh}。",
            en=f"The follow-up was due before {due.en} and is overdue; please contact the customer soon{clause.en}.",
        )
    return Text(
        zh=f"请在{due.zh}前跟进一次{clause.zh}。",
        en=f"Please follow up before {due.en}{clause.en}.",
    )


def _lapse_ahead(standing: Standing, policy: Policy) -> Iterator[Text]:
    if standing.expires_at is not None and standing.expires_at <= standing.lapses_at:
        return
    lapse, clause = instant_text(standing.lapses_at, policy.time_zone), citing(Clauses.FOLLOW_UP)
    if policy.lapse_curable:
        yield Text(
            zh=f"到{lapse.zh}还没有跟进，客户在其他同事处下定，业绩就不归报备人{clause.zh}。",
            en=f"Without contact by {lapse.en}, an order the customer places with a colleague is not "
            f"credited to the registrant{clause.en}.",
        )
    else:
        yield Text(
            zh=f"到{lapse.zh}还没有跟进，报备就此失效，不能恢复{clause.zh}。",
            en=f"Without contact by {lapse.en}, the registration ends for good{clause.en}.",
        )


def _expiry_ahead(standing: Standing, policy: Policy) -> Iterator[Text]:
    if standing.expires_at is None:
        return
    expiry, clause = instant_text(standing.expires_at, policy.time_zone), citing(Clauses.EXPIRY)
    yield Text(
        zh=f"到{expiry.zh}还没有上门量尺或下定，报备自动失效{clause.zh}。",
        en=f"Without a measuring visit or a deposit by {expiry.en}, the registration expires{clause.en}.",
    )


def _lapsed(standing: Standing, policy: Policy) -> Iterator[Text]:
    lapse, clause = instant_text(standing.lapses_at, policy.time_zone), citing(Clauses.FOLLOW_UP)
    yield Text(
        zh=f"超过{policy.lapse_days}天没有跟进，报备从{lapse.zh}起失效：客户在其他同事处下定，业绩不归报备人{clause.zh}。",
        en=f"No contact within {counted(policy.lapse_days, 'day')}: the claim lapsed at {lapse.en}, and an order "
        f"the customer places with a colleague is not credited to the registrant{clause.en}.",
    )
    yield _CURABLE
    yield from _expiry_ahead(standing, policy)


def _lapsed_for_good(standing: Standing, policy: Policy) -> Text:
    lapse, clause = instant_text(standing.lapses_at, policy.time_zone), citing(Clauses.FOLLOW_UP)
    return Text(
        zh=f"超过{policy.lapse_days}天没有跟进，报备已于{lapse.zh}失效，不能恢复{clause.zh}。",
        en=f"No contact within {counted(policy.lapse_days, 'day')}: the registration ended for good at "
        f"{lapse.en}{clause.en}.",
    )


def _expired(standing: Standing, policy: Policy) -> Text:
    expired, clause = _end(standing, policy), citing(Clauses.EXPIRY)
    happened = Text(
        zh=f"期限内（{policy.expiry_days}天，批准的延期另加）没有上门量尺也没有下定，报备已于{expired.zh}自动失效{clause.zh}。",
        en=f"No measuring visit and no deposit within {counted(policy.expiry_days, 'day')} and any approved "
        f"extension: the registration expired at {expired.en}{clause.en}.",
    )
    if policy.extension_max_count == 0:
        return happened
    return sentences(
        [
            happened,
            Text(zh="如有特殊情况，可以申请延期。", en="In a special case an extension can be requested."),
        ]
    )


def _superseded(standing: Standing, policy: Policy) -> Text:
    end, clause = _end(standing, policy), citing(standing.clause)
    return Text(
        zh=f"没有按期跟进，报备失效后客户已由其他同事报备，这份报备于{end.zh}终止{clause.zh}。",
        en="The claim had lapsed without follow-up and a colleague registered the customer: this "
        f"registration ended at {end.en}{clause.en}.",
    )


def _converted(standing: Standing, policy: Policy) -> Text:
    end, clause = _end(standing, policy), citing(standing.clause)
    return Text(
        zh=f"客户已于{end.zh}下定，订单业绩界定归这份报备{clause.zh}。",
        en=f"The customer placed an order at {end.en} and it was decided for this registration{clause.en}.",
    )


def _lost(standing: Standing, policy: Policy) -> Text:
    end, clause = _end(standing, policy), citing(standing.clause)
    return Text(
        zh=f"这份报备已于{end.zh}结束：客户的订单业绩没有界定归它，或者它的订单退单时已有别的报备或订单接替{clause.zh}。",
        en=f"This registration ended at {end.en}: the customer's order was not decided for it, or its own "
        f"order was cancelled after another registration or order had taken its place{clause.en}.",
    )


def _withdrawn(standing: Standing, policy: Policy) -> Text:
    end, clause = _end(standing, policy), citing(standing.clause)
    return Text(
        zh=f"这份报备已于{end.zh}撤回，客户可由他人报备{clause.zh}。",
        en=f"This registration was withdrawn at {end.en}; the customer is free to be registered{clause.en}.",
    )


def _end(standing: Standing, policy: Policy) -> Text:
    return instant_text(standing.ended_at or standing.as_of, policy.time_zone)
