"""What changes of webhooks have in common: who may, holding one, the refusals, and the acts written down."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden, UnusableInput
from baobei.operations.results import Refused
from baobei.policy.terms import Text
from baobei.store import ledger, webhooks
from baobei.store.connection import Connection
from baobei.store.ledger import TOLD, Act
from baobei.store.webhook_models import Webhook
from baobei.vault import SECRET_FIELD
from baobei.webhooks.targets import NotAUrl, TargetProblem, WebhookRules, check_url

UNKNOWN_WEBHOOK: Final = "UNKNOWN_WEBHOOK"
UNKNOWN_DELIVERY: Final = "UNKNOWN_DELIVERY"
WEBHOOK_DISABLED: Final = "WEBHOOK_DISABLED"
TOO_MANY_WEBHOOKS: Final = "TOO_MANY_WEBHOOKS"
PERSONAL_DATA_NOT_ALLOWED: Final = "PERSONAL_DATA_NOT_ALLOWED"
EVENT_PURGED: Final = "EVENT_PURGED"
EXPECTED_URL: Final = "an absolute http or https URL in printable ASCII, at most 2000 characters"

_SENTENCES: Final = {
    TargetProblem.HTTPS_REQUIRED: Text(
        zh="推送地址必须使用https", en="The target must be https, so that nobody reads along"
    ),
    TargetProblem.URL_HAS_CREDENTIALS: Text(
        zh="推送地址不能带用户名或密码；请用签名验证来源",
        en="The URL may not hold a user name or password; letters are signed instead",
    ),
    TargetProblem.URL_HAS_FRAGMENT: Text(
        zh="推送地址不能带#片段", en="The URL may not have a fragment: it would never be sent"
    ),
    TargetProblem.PORT_NOT_ALLOWED: Text(
        zh="推送地址的端口不被允许：https只能用443或8443，http只能用80或8080",
        en="The port is not allowed: 443 or 8443 for https, 80 or 8080 for http",
    ),
    TargetProblem.TARGET_NOT_PUBLIC: Text(
        zh="推送地址不是公网地址", en="The target is not an address of the public internet"
    ),
    TargetProblem.TARGET_UNRESOLVED: Text(
        zh="推送地址的域名解析不到任何地址", en="The name of the target does not lead to any address"
    ),
    UNKNOWN_WEBHOOK: Text(zh="没有这个推送订阅", en="There is no such webhook"),
    UNKNOWN_DELIVERY: Text(zh="没有这条推送记录", en="There is no such delivery"),
    WEBHOOK_DISABLED: Text(
        zh="这个推送订阅已停用，请先启用", en="The webhook is switched off; switch it on first"
    ),
    TOO_MANY_WEBHOOKS: Text(
        zh="推送订阅已达上限，请先删除不用的",
        en="There are as many webhooks as there may be; delete one first",
    ),
    PERSONAL_DATA_NOT_ALLOWED: Text(
        zh="推送内容只含编号，暂不支持推送个人信息",
        en="Letters hold ids only; personal data cannot be sent to webhooks",
    ),
    EVENT_PURGED: Text(
        zh="这个事件已超过保存期限，不能再推送", en="The event is past its retention and cannot be sent again"
    ),
}


def refuse_webhook(code: str) -> Refused:
    """Return a refusal with its sentence."""
    said = _SENTENCES[code]
    return Refused(code=code, message=Text(zh=f"{said.zh}。", en=f"{said.en}."))


def require_webhook_manager(actor: Actor, operation: str) -> None:
    """Raise `Forbidden` for whoever may not manage webhooks."""
    if not access.may_manage_webhooks(actor.staff):
        raise Forbidden(operation=operation)


async def refused_target(url: str, rules: WebhookRules, *, field: str) -> Refused | None:
    """Return the refusal of a target, None for one that may be written to.

    Asks for the addresses of its name, so it is called before any transaction. Raises `UnusableInput` for text
    that is no URL.
    """
    try:
        problem = await check_url(url, rules)
    except NotAUrl:
        raise UnusableInput(field=field, expected=EXPECTED_URL) from None
    return None if problem is None else refuse_webhook(problem)


def checked_types(types: tuple[str, ...] | None, *, field: str) -> tuple[str, ...] | None:
    """Return event types without repeats, in alphabetical order; raises `UnusableInput` for one there is not."""
    if types is None:
        return None
    for place, type_ in enumerate(types):
        if type_ not in TOLD:
            raise UnusableInput(field=f"{field}.{place}", expected="a type of event, as order.placed")
    if not types:
        raise UnusableInput(field=field, expected="at least one type of event, or null for all")
    return tuple(sorted(set(types)))


async def hold_webhook(connection: Connection, actor: Actor, webhook_id: UUID | None) -> Webhook | Refused:
    """Hold a subscription of the actor's alliance that is not deleted."""
    held = None
    if webhook_id is not None:
        held = await webhooks.lock_by_id(connection, actor.alliance.id, webhook_id)
    return refuse_webhook(UNKNOWN_WEBHOOK) if held is None or held.deleted else held


def seal_secret(office: Office, actor: Actor, webhook_id: UUID, secret: str) -> bytes:
    """Return a secret as it is stored: it opens for this webhook alone."""
    return office.vault.seal(secret, alliance_id=actor.alliance.id, record_id=webhook_id, field=SECRET_FIELD)


async def note_act(
    connection: Connection, office: Office, actor: Actor, kind: str, webhook_id: UUID, **detail: Any
) -> datetime:
    """Write down what was done to a webhook, never its URL or secret; return the business instant."""
    at = await office.clock.now(connection)
    act = Act(
        kind=f"webhook.{kind}",
        subject_id=webhook_id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail=detail,
    )
    await ledger.append(connection, actor.alliance.id, [act])
    return at
