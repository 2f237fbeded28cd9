"""Answering a repeated request as the first time."""

from typing import Any

from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.policy.terms import ClauseNumber, Text
from baobei.store.idempotency import Answered, IdempotencyKey, input_digest


def idempotency_key(
    office: Office, actor: Actor, operation: str, key: str | None, **facts: object
) -> IdempotencyKey | None:
    """Return the actor's key for an operation with these facts; None when no key was given."""
    if key is None:
        return None
    return IdempotencyKey(
        alliance_id=actor.alliance.id,
        caller_id=actor.staff.id,
        key=key,
        operation=operation,
        input_digest=input_digest(office.vault, actor.alliance.id, **facts),
    )


def refusal_answer(refused: Refused) -> dict[str, Any]:
    """Return a refusal as it is kept under an idempotency key."""
    message = refused.message
    return {"refused": refused.code, "clause": refused.clause, "zh": message.zh, "en": message.en}


def answered_refusal(answered: Answered) -> Refused | None:
    """Return the refusal that was answered the first time, or None when it was something else."""
    answer = answered.answer
    if "refused" not in answer:
        return None
    clause = answer["clause"]
    return Refused(
        code=answer["refused"],
        message=Text(zh=answer["zh"], en=answer["en"]),
        clause=None if clause is None else ClauseNumber(clause),
    )
