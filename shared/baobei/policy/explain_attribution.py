"""Why an order is credited as it is, from the facts that were stored with the decision.

Nothing here looks at today's rules or at live records: the facts carry the instants, so that a past
decision is always explained as it was made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from baobei.policy.phrases import citing, instant_text, listed, percent_text, sentences
from baobei.policy.terms import WHOLE_CREDIT, ClauseNumber, Clauses, StandingStatus, Text, Verdict

_NOBODY: Final = Text(zh="无人", en="nobody")
_STOPS: Final = ("。", ".", "！", "!", "？", "?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """That a registration had passed to its owner from somebody else: who made it, and when it last passed on."""

    registrant_name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """A registration as it stood when the order was placed; `clause` is why it holds or is void.

    Instants are aware. `expires_at` is None where the expiry rule did not bind it, `ended_at` while it
    was live, `passed_on` where its owner made it.
    """

    registration_number: str
    owner_name: str
    registered_at: datetime
    status: StandingStatus
    holds: bool
    clause: ClauseNumber | None
    last_touch_at: datetime
    lapses_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    passed_on: PassedOn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingFacts:
    """The department head's ruling: who ruled and the reason as written."""

    ruled_by_name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionFacts:
    """A stored decision with the names of staff in place of ids.

    `credited` holds name and basis points; `ruling` is set for RULED; `cancelled_at` when the order was
    called off, which leaves nobody credited.
    """

    verdict: Verdict
    credited: tuple[tuple[str, int], ...]
    taker_name: str | None
    candidates: tuple[CandidateFacts, ...]
    needs_review: bool
    ruling: RulingFacts | None = None
    cancelled_at: datetime | None = None


def explain_attribution(facts: AttributionFacts, *, time_zone: ZoneInfo) -> Text:
    """Return who is credited and why, then why each other candidate is not, in their order.

    Source: policy.md section 7.
    """
    if facts.cancelled_at is not None:
        at = instant_text(facts.cancelled_at, time_zone)
        return Text(
            zh=f"订单已于{at.zh}退单，原来的界定随之撤销，业绩不归任何人。",
            en=f"The order was cancelled at {at.en}; the decision is reversed and nobody is credited.",
        )
    return sentences(_decision(facts, time_zone))


def _decision(facts: AttributionFacts, time_zone: ZoneInfo) -> Iterator[Text]:
    yield _verdict(facts, time_zone)
    ruled = facts.verdict is Verdict.RULED
    if ruled and facts.candidates:
        yield Text(zh="裁决前看过的报备：", en="What had been looked at before the ruling:")
    for candidate in sorted(facts.candidates, key=lambda candidate: not candidate.holds):
        yield explain_candidate(candidate, time_zone=time_zone)
    if facts.needs_review and not ruled:
        yield Text(
            zh="这张订单同时涉及两位以上同事的报备，请部门负责人复核。",
            en="Registrations of two or more colleagues bear on this order: the department head should review it.",
        )


def _verdict(facts: AttributionFacts, time_zone: ZoneInfo) -> Text:
    credited = listed([_credit(name, share_bp) for name, share_bp in facts.credited] or [_NOBODY])
    match facts.verdict:
        case Verdict.REGISTRANT:
            return _registrant(facts, credited, time_zone)
        case Verdict.TAKER:
            why = _nothing_holds(facts)
            return Text(
                zh=f"{why.zh}，业绩归接单人{credited.zh}。",
                en=f"{why.en}, so the order is credited to {credited.en}, who took it.",
            )
        case Verdict.UNASSIGNED:
            why = _nothing_holds(facts)
            return Text(
                zh=f"{why.zh}，也没有登记接单人，业绩待部门负责人裁决。",
                en=f"{why.en} and nobody is named as having taken the order: it goes to the department head "
                "for a ruling.",
            )
        case Verdict.RULED:
            return _ruled(facts.ruling, credited)
        case _:
            assert_never(facts.verdict)


def _registrant(facts: AttributionFacts, credited: Text, time_zone: ZoneInfo) -> Text:
    """Return who is credited as the registrant; of what had passed on, who registered it and when it did."""
    clause = citing(Clauses.FIRST_COME)
    holder = next((candidate for candidate in facts.candidates if candidate.holds), None)
    if holder is None or holder.passed_on is None:
        return Text(
            zh=f"业绩归报备人{credited.zh}{clause.zh}。",
            en=f"The order is credited to the registrant, {credited.en}{clause.en}.",
        )
    made, passed = instant_text(holder.registered_at, time_zone), instant_text(holder.passed_on.at, time_zone)
    maker = holder.passed_on.registrant_name
    return Text(
        zh=f"业绩归{credited.zh}，即这份报备下定时的负责人：由{maker}于{made.zh}报备，{passed.zh}转给{holder.owner_name}{clause.zh}。",
        en=f"The order is credited to {credited.en}, who owned the registration when the order was placed: registered by "
        f"{maker} at {made.en}, handed to {holder.owner_name} at {passed.en}{clause.en}.",
    )


def _credit(name: str, share_bp: int) -> Text:
    credit = name if share_bp == WHOLE_CREDIT else f"{name} {percent_text(share_bp)}"
    return Text(zh=credit, en=credit)


def _nothing_holds(facts: AttributionFacts) -> Text:
    if not facts.candidates:
        return Text(zh="这位客户下定时没有可供界定的报备", en="The customer had no registration to look at")
    return Text(zh="下定时没有一份报备可以取得这张订单", en="No registration could hold this order")


def _ruled(ruling: RulingFacts | None, credited: Text) -> Text:
    clause = citing(Clauses.FOLLOW_UP)
    by = "" if ruling is None else ruling.ruled_by_name
    result = Text(
        zh=f"经部门负责人裁决{f'（{by}）' if by else ''}，业绩归{credited.zh}{clause.zh}。",
        en=f"By the department head's ruling{f' ({by})' if by else ''}, the order is credited to "
        f"{credited.en}{clause.en}.",
    )
    if ruling is None:
        return result
    reason = Text(zh=f"理由：{_stopped(ruling.reason, '。')}", en=f"Reason: {_stopped(ruling.reason, '.')}")
    return sentences([result, reason])


def _stopped(reason: str, stop: str) -> str:
    """Return a reason as a sentence: with a full stop of its own, or with ours."""
    return reason if reason.endswith(_STOPS) else reason + stop


def explain_candidate(candidate: CandidateFacts, *, time_zone: ZoneInfo) -> Text:
    """Return why a registration holds an order, or why it does not (policy.md section 7, 2 and 3)."""
    made = instant_text(candidate.registered_at, time_zone)
    finding, clause = _finding(candidate, time_zone), citing(candidate.clause)
    if candidate.passed_on is not None:
        maker, passed = candidate.passed_on.registrant_name, instant_text(candidate.passed_on.at, time_zone)
        return Text(
            zh=f"{maker}{made.zh}报备、{passed.zh}转给{candidate.owner_name}的报备（{candidate.registration_number}）："
            f"{finding.zh}{clause.zh}。",
            en=f"Registration {candidate.registration_number} of {made.en} by {maker}, handed to {candidate.owner_name} at "
            f"{passed.en}: {finding.en}{clause.en}.",
        )
    return Text(
        zh=f"{candidate.owner_name}{made.zh}的报备（{candidate.registration_number}）：{finding.zh}{clause.zh}。",
        en=f"{candidate.owner_name}'s registration {candidate.registration_number} of {made.en}: "
        f"{finding.en}{clause.en}.",
    )


def _finding(candidate: CandidateFacts, time_zone: ZoneInfo) -> Text:
    if candidate.holds:
        return _why_it_holds(candidate, time_zone)
    lapse = instant_text(candidate.lapses_at, time_zone)
    touch = instant_text(candidate.last_touch_at, time_zone)
    end = instant_text(candidate.ended_at or candidate.lapses_at, time_zone)
    match candidate.status:
        case StandingStatus.PROTECTED:
            return Text(
                zh="虽在保护期内，但有更早的报备，后报的让出",
                en="protected, but an earlier registration comes first",
            )
        case StandingStatus.LAPSED if candidate.ended_at is None:
            return Text(
                zh=f"最后一次跟进或更新是{touch.zh}，从{lapse.zh}起失效，对这张订单不算数",
                en=f"last contact at {touch.en}, lapsed from {lapse.en}, void for this order",
            )
        case StandingStatus.LAPSED:
            return Text(
                zh=f"最后一次跟进或更新是{touch.zh}，已于{lapse.zh}失效，不能恢复",
                en=f"last contact at {touch.en}, ended for good at {lapse.en}",
            )
        case StandingStatus.SUPERSEDED:
            return Text(
                zh=f"没有按期跟进，失效后客户由其他同事报备，已于{end.zh}终止",
                en=f"lapsed without follow-up and superseded by a colleague's registration at {end.en}",
            )
        case StandingStatus.EXPIRED:
            return Text(
                zh=f"到{end.zh}没有上门量尺也没有下定，已自动失效",
                en=f"expired at {end.en} without a measuring visit or a deposit",
            )
        case StandingStatus.LOST:
            return Text(zh=f"已于{end.zh}结束，不再有效", en=f"had already ended at {end.en}")
        case StandingStatus.WITHDRAWN:
            return Text(zh=f"已于{end.zh}撤回", en=f"withdrawn at {end.en}")
        case StandingStatus.CONVERTED:
            return Text(
                zh=f"别的订单的业绩已于{end.zh}界定归它", en=f"converted at {end.en} by another order"
            )
        case _:
            assert_never(candidate.status)


def _why_it_holds(candidate: CandidateFacts, time_zone: ZoneInfo) -> Text:
    if candidate.status is StandingStatus.LAPSED:
        lapse = instant_text(candidate.lapses_at, time_zone)
        whose = "报备人" if candidate.passed_on is None else "这份报备的负责人"
        return Text(
            zh=f"虽从{lapse.zh}起没有按期跟进，但客户没有在其他同事处下定，业绩仍归{whose}",
            en=f"lapsed from {lapse.en}, but the order was not placed with a colleague, so it still holds",
        )
    return Text(
        zh="下定时在保护期内，是最早的一份，先报先保",
        en="protected when the order was placed and the earliest such, so it holds",
    )
