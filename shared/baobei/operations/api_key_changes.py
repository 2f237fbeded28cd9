"""What changes of API keys have in common: who may, the refusals, and the acts written down."""

from typing import Any, Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.errors import Forbidden
from baobei.operations.results import UNKNOWN_STAFF, Refused
from baobei.policy.terms import Text
from baobei.store import ledger
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance

UNKNOWN_API_KEY: Final = "UNKNOWN_API_KEY"
UNKNOWN_UNIT: Final = "UNKNOWN_UNIT"
NOT_AN_INTEGRATION: Final = "NOT_AN_INTEGRATION"
TOO_MANY_API_KEYS: Final = "TOO_MANY_API_KEYS"

_SENTENCES: Final = {
    UNKNOWN_API_KEY: Text(zh="没有这个接口密钥", en="There is no such API key"),
    UNKNOWN_STAFF: Text(
        zh="没有找到这个工号的在职人员，请核对工号",
        en="No active staff member has this code; please check it",
    ),
    UNKNOWN_UNIT: Text(zh="没有这个编号的门店或部门", en="No unit has this code"),
    NOT_AN_INTEGRATION: Text(
        zh="接口密钥只能属于岗位为系统集成（INTEGRATION）的在职人员",
        en="An API key can only be a staff member who works here in the role INTEGRATION",
    ),
    TOO_MANY_API_KEYS: Text(
        zh="接口密钥已达上限，请先停用不用的",
        en="There are as many API keys as there may be; revoke one first",
    ),
}


def refuse_key(code: str) -> Refused:
    """Return a refusal with its sentence."""
    said = _SENTENCES[code]
    return Refused(code=code, message=Text(zh=f"{said.zh}。", en=f"{said.en}."))


def require_administrator(actor: Actor, operation: str) -> None:
    """Raise `Forbidden` for whoever does not let people and keys in and out."""
    if not access.may_administer(actor.staff):
        raise Forbidden(operation=operation)


async def note_key_act(
    connection: Connection,
    desk: Desk,
    alliance: Alliance,
    kind: str,
    key_id: UUID,
    *,
    actor_id: UUID | None,
    **detail: Any,
) -> None:
    """Write down what was done to a key; an actor of None is whoever has the command line."""
    at = await desk.clock.now(connection)
    act = Act(kind=f"api_key.{kind}", subject_id=key_id, occurred_at=at, actor_id=actor_id, detail=detail)
    await ledger.append(connection, alliance.id, [act])
