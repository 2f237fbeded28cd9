"""What a stored decision is explained from: its facts with names in place of ids."""

from baobei.policy.explain import AttributionFacts, CandidateFacts, PassedOn, RulingFacts
from baobei.policy.terms import Verdict
from baobei.store.attribution_models import AttributionVerdict, StoredAttribution, StoredCandidate
from baobei_api.graphql.loaders import OrderCase


def attribution_facts(case: OrderCase, stored: StoredAttribution, *, reason: str | None) -> AttributionFacts:
    """Return the facts of a decision, a ruling or a reversal; `reason` is the opened one."""
    reversed_ = stored.verdict is AttributionVerdict.REVERSED
    taker = case.taker
    return AttributionFacts(
        # A reversal credits nobody; its sentence is that of the cancellation.
        verdict=Verdict.UNASSIGNED if reversed_ else Verdict(stored.verdict.value),
        credited=tuple((case.people[c.staff_id].name, c.share_bp) for c in stored.credits),
        taker_name=None if taker is None else taker.name,
        candidates=tuple(candidate_facts(case, candidate) for candidate in stored.candidates),
        needs_review=stored.needs_review,
        ruling=_ruling(case, stored, reason=reason or ""),
        cancelled_at=stored.decided_at if reversed_ else None,
    )


def candidate_facts(case: OrderCase, candidate: StoredCandidate) -> CandidateFacts:
    """Return the facts of a candidate as they were when the order was placed."""
    return CandidateFacts(
        registration_number=candidate.registration_number,
        owner_name=case.people[candidate.owner_id].name,
        registered_at=candidate.registered_at,
        status=candidate.status,
        holds=candidate.holds,
        clause=candidate.clause,
        last_touch_at=candidate.last_touch_at,
        lapses_at=candidate.lapses_at,
        expires_at=candidate.expires_at,
        ended_at=candidate.ended_at,
        passed_on=None
        if candidate.registrant_id is None or candidate.passed_on_at is None
        else PassedOn(registrant_name=case.people[candidate.registrant_id].name, at=candidate.passed_on_at),
    )


def _ruling(case: OrderCase, stored: StoredAttribution, *, reason: str) -> RulingFacts | None:
    if stored.ruled_by_id is None:
        return None
    return RulingFacts(ruled_by_name=case.people[stored.ruled_by_id].name, reason=reason)
