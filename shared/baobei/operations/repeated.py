"""Answering a repeated request as the first time."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from baobei.operations.actor import Actor, Office
from baobei.operations.results import IDEMPOTENCY_KEY_REUSED, Refused, refuse
from baobei.policy.terms import ClauseNumber, Text
from baobei.store import idempotency
from baobei.store.connection import Connection
from baobei.store.idempotency import Answered, IdempotencyKey, input_digest

T = TypeVar("T")


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


async def answer_once(
    connection: Connection,
    key: IdempotencyKey | None,
    *,
    work: Callable[[], Awaitable[T | Refused]],
    kept: Callable[[T], dict[str, Any]],
    again: Callable[[dict[str, Any]], Awaitable[T]],
) -> T | Refused:
    """Do the work once for a key, and answer as the first time when the key comes again.

    `kept` are the ids of an answer that are remembered, `again` reads the answer back from them; a refusal is
    remembered as it was said. Another input under the key is IDEMPOTENCY_KEY_REUSED.
    """
    try:
        answered = await idempotency.reserve(connection, key)
    except idempotency.KeyReused:
        return refuse(IDEMPOTENCY_KEY_REUSED)
    if answered is not None:
        return answered_refusal(answered) or await again(answered.answer)
    result = await work()
    answer = refusal_answer(result) if isinstance(result, Refused) else kept(result)
    await idempotency.keep(connection, key, answer)
    return result


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
