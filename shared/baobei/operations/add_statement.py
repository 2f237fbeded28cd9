"""Speaking in a dispute: what a side has to say, appended while it is open."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import hold_dispute, refuse_in_dispute, say_once
from baobei.operations.free_text import sealed
from baobei.operations.repeated import idempotency_key
from baobei.operations.results import ALREADY_DECIDED, NOT_OWNER, DisputeRecorded, Refused
from baobei.operations.transaction import in_transaction
from baobei.policy.disputes import DisputeStatus
from baobei.policy.terms import RefusalCode, Text
from baobei.store import dispute_statements, ledger
from baobei.store.connection import Connection
from baobei.store.dispute_models import Statement
from baobei.store.ledger import Act

# Of one person in one dispute, so that a bench can be read and nobody uses up what another has to say; a bound of the
# service, which decides nothing.
MOST_STATEMENTS_EACH: Final = 20
_ENOUGH_SAID: Final = Text(
    zh=f"您在这项异议中的陈述已达{MOST_STATEMENTS_EACH}条，不能再补充。",
    en=f"You have made {MOST_STATEMENTS_EACH} statements in this dispute; you can add no more.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStatement:
    """What there is to say in a dispute."""

    dispute_id: UUID | None
    text: str
    idempotency_key: str | None = None


async def add_statement(office: Office, actor: Actor, request: AddStatement) -> DisputeRecorded | Refused:
    """Add a statement to an open dispute, by anybody with a stake or their manager for them.

    Refuses with NOT_OWNER (no stake, or no such dispute), ALREADY_DECIDED, LIMIT (20 statements of the same person, the
    first of who opened it included) or IDEMPOTENCY_KEY_REUSED.
    """
    return await in_transaction(
        office, partial(_add, office=office, actor=actor, request=request), within=actor
    )


async def _add(
    connection: Connection, *, office: Office, actor: Actor, request: AddStatement
) -> DisputeRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "addStatement",
        request.idempotency_key,
        dispute=request.dispute_id,
        text=request.text,
    )
    return await say_once(connection, actor, key, partial(_say, connection, office, actor, request))


async def _say(
    connection: Connection, office: Office, actor: Actor, request: AddStatement
) -> DisputeRecorded | Refused:
    held = await hold_dispute(connection, office, actor, request.dispute_id)
    if isinstance(held, Refused):
        return held
    if not access.has_stake(actor.staff, parties=held.parties):
        return refuse_in_dispute(NOT_OWNER)
    if held.dispute.status is not DisputeStatus.OPEN:
        return refuse_in_dispute(ALREADY_DECIDED)
    if held.heard.statements_by(actor.staff.id) >= MOST_STATEMENTS_EACH:
        return Refused(code=RefusalCode.LIMIT, message=_ENOUGH_SAID, clause=None)
    statement = Statement(
        id=new_id(),
        dispute_id=held.dispute.id,
        text=sealed(office, actor, request.text),
        made_by_id=actor.staff.id,
        made_at=held.at,
    )
    await dispute_statements.insert(connection, actor.alliance.id, statement)
    added = Act(
        kind="dispute.statement_added",
        subject_id=held.dispute.id,
        occurred_at=statement.made_at,
        actor_id=actor.staff.id,
        detail={"order": str(held.order.id), "statement": str(statement.id)},
    )
    await ledger.append(connection, actor.alliance.id, [added])
    return DisputeRecorded(dispute=held.dispute)
