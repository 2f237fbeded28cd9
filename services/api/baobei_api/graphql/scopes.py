"""What an API key needs for each field of the roots; a person needs none.

A scope narrows what the person may for whom the key acts. A field that is not in the table cannot be served: the
schema is not built, and the service does not start.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.store.api_key_models import KeyScope
from baobei_api.graphql.errors import ApiError, ErrorCode

# None: for people alone, whatever scopes a key has. A key lets nobody in or out, itself included.
PEOPLE_ONLY: Final = None
SCOPE_OF: Final[Mapping[str, KeyScope | None]] = {
    "Query.me": KeyScope.READ,
    "Query.registration": KeyScope.READ,
    "Query.registrations": KeyScope.READ,
    "Query.order": KeyScope.READ,
    "Query.orders": KeyScope.READ,
    "Query.approvals": KeyScope.READ,
    "Query.approvalInbox": KeyScope.READ,
    "Query.dispute": KeyScope.READ,
    "Query.disputes": KeyScope.READ,
    "Query.precedents": KeyScope.READ,
    "Query.policy": KeyScope.READ,
    "Query.myDay": KeyScope.READ,
    "Query.myTasks": KeyScope.READ,
    "Query.quota": KeyScope.READ,
    "Query.quotaLedger": KeyScope.READ,
    "Query.checkProtection": KeyScope.READ,
    "Query.leaver": KeyScope.READ,
    "Query.previewHandover": KeyScope.READ,
    "Query.handover": KeyScope.READ,
    "Query.figures": KeyScope.READ,
    "Query.dailyReport": KeyScope.READ,
    "Query.dailyReports": KeyScope.READ,
    "Query.webhooks": KeyScope.WEBHOOKS,
    "Query.webhookDeliveries": KeyScope.WEBHOOKS,
    "Query.apiKeys": PEOPLE_ONLY,
    "Mutation.registerCustomer": KeyScope.WRITE,
    "Mutation.recordFollowUp": KeyScope.WRITE,
    "Mutation.recordMeasurement": KeyScope.WRITE,
    "Mutation.withdrawRegistration": KeyScope.WRITE,
    "Mutation.classifyRegistration": KeyScope.WRITE,
    "Mutation.requestExtension": KeyScope.WRITE,
    "Mutation.requestCrossRegion": KeyScope.WRITE,
    "Mutation.requestSpecialPrice": KeyScope.WRITE,
    "Mutation.attachEvidence": KeyScope.WRITE,
    "Mutation.withdrawApproval": KeyScope.WRITE,
    "Mutation.openDispute": KeyScope.WRITE,
    "Mutation.addStatement": KeyScope.WRITE,
    "Mutation.withdrawDispute": KeyScope.WRITE,
    "Mutation.rejectDispute": KeyScope.DECISIONS,
    "Mutation.submitDailyReport": KeyScope.WRITE,
    "Mutation.correctDailyReport": KeyScope.WRITE,
    "Mutation.revealContact": KeyScope.READ,
    "Mutation.placeOrder": KeyScope.ORDERS,
    "Mutation.closeOrder": KeyScope.ORDERS,
    "Mutation.cancelOrder": KeyScope.ORDERS,
    "Mutation.transferRegistration": KeyScope.DECISIONS,
    "Mutation.requestHandover": KeyScope.WRITE,
    "Mutation.handOver": KeyScope.DECISIONS,
    "Mutation.decideApproval": KeyScope.DECISIONS,
    "Mutation.ruleOnOrder": KeyScope.DECISIONS,
    "Mutation.createWebhook": KeyScope.WEBHOOKS,
    "Mutation.updateWebhook": KeyScope.WEBHOOKS,
    "Mutation.rotateWebhookSecret": KeyScope.WEBHOOKS,
    "Mutation.deleteWebhook": KeyScope.WEBHOOKS,
    "Mutation.sendWebhookTest": KeyScope.WEBHOOKS,
    "Mutation.resendDelivery": KeyScope.WEBHOOKS,
    "Mutation.resendDeadLetters": KeyScope.WEBHOOKS,
    "Mutation.setTarget": KeyScope.DECISIONS,
    "Mutation.createApiKey": PEOPLE_ONLY,
    "Mutation.revokeApiKey": PEOPLE_ONLY,
    "Mutation.deactivateStaff": PEOPLE_ONLY,
    "Mutation.reactivateStaff": PEOPLE_ONLY,
}


class NoScopeStated(Exception):
    """Fields of the roots that no row of the table names, or rows without a field."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"scopes: expected one row for each root field, differing in {', '.join(names)}")


def require_scope(actor: Actor, needed: KeyScope | None) -> None:
    """Raise FORBIDDEN for a key that lacks a scope; None: for people alone."""
    if access.may_use(actor.scopes, needed):
        return
    if needed is None:
        raise ApiError(ErrorCode.FORBIDDEN, "this is for people, never for an API key")
    raise ApiError(ErrorCode.FORBIDDEN, f"the API key lacks the scope {needed.value}")


def enforce_scopes(schema: GraphQLSchema, scope_of: Mapping[str, KeyScope | None] = SCOPE_OF) -> None:
    """Let every root field of a schema ask for its scope before it resolves; raises `NoScopeStated`."""
    fields = dict(_root_fields(schema))
    if differing := sorted(fields.keys() ^ scope_of.keys()):
        raise NoScopeStated(differing)
    for name, field in fields.items():
        if field.resolve is None:
            raise NoScopeStated([name])
        field.resolve = _scoped(field.resolve, scope_of[name])


def _root_fields(schema: GraphQLSchema) -> list[tuple[str, GraphQLField]]:
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    return [(f"{root.name}.{name}", field) for root in roots for name, field in root.fields.items()]


def _scoped(resolve: Callable[..., Any], needed: KeyScope | None) -> Callable[..., Any]:
    def resolve_within_scope(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        require_scope(info.context.actor, needed)
        return resolve(source, info, **arguments)

    return resolve_within_scope
