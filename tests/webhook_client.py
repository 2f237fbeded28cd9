"""Asks for webhooks over GraphQL."""

from typing import Any

from graphql_client import GraphQLClient

KEY = "k" * 32
NOBODY = "01a208e0-3fd8-7169-9a23-dd8c824e9e5c"
REFUSED = "... on Refused { code message(language: EN) zh: message clause { number } }"
WEBHOOK = """id url eventTypes includePersonalData active disabledReason disabledAt previousSecretUntil
             createdAt createdBy { code }"""
DELIVERY = """id eventId eventType subjectId state attempts nextAttemptAt createdAt settledAt
              log { number attemptedAt durationMs statusCode failure excerpt }"""
CREATE = f"""mutation ($input: CreateWebhookInput!) {{ createWebhook(input: $input) {{ __typename
  ... on WebhookSecretIssued {{ secret webhook {{ {WEBHOOK} }} }} {REFUSED} }} }}"""
UPDATE = f"""mutation ($input: UpdateWebhookInput!) {{ updateWebhook(input: $input) {{ __typename
  ... on WebhookChanged {{ webhook {{ {WEBHOOK} }} }} {REFUSED} }} }}"""
ROTATE = f"""mutation ($id: ID!) {{ rotateWebhookSecret(webhookId: $id) {{ __typename
  ... on WebhookSecretIssued {{ secret webhook {{ {WEBHOOK} }} }} {REFUSED} }} }}"""
DELETE = f"""mutation ($id: ID!) {{ deleteWebhook(webhookId: $id) {{ __typename
  ... on WebhookChanged {{ webhook {{ {WEBHOOK} }} }} {REFUSED} }} }}"""
TEST = f"""mutation ($id: ID!) {{ sendWebhookTest(webhookId: $id) {{ __typename
  ... on WebhookDeliveryQueued {{ delivery {{ {DELIVERY} }} }} {REFUSED} }} }}"""
RESEND = f"""mutation ($id: ID!) {{ resendDelivery(deliveryId: $id) {{ __typename
  ... on WebhookDeliveryQueued {{ delivery {{ {DELIVERY} }} }} {REFUSED} }} }}"""
RESEND_DEAD = f"""mutation ($id: ID!) {{ resendDeadLetters(webhookId: $id) {{ __typename
  ... on DeadLettersResent {{ count more }} {REFUSED} }} }}"""
WEBHOOKS = f"query ($deleted: Boolean) {{ webhooks(includeDeleted: $deleted) {{ {WEBHOOK} }} }}"
DELIVERIES = f"""query ($id: ID!, $state: WebhookDeliveryState, $first: Int, $after: String) {{
  webhookDeliveries(webhookId: $id, state: $state, first: $first, after: $after) {{
    edges {{ cursor node {{ {DELIVERY} }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"""


async def created(client: GraphQLClient, url: str, **more: Any) -> dict[str, Any]:
    answer = await client.one("OPS", CREATE, input={"url": url, **more})
    assert answer["__typename"] == "WebhookSecretIssued", answer
    return answer


async def listed(client: GraphQLClient, id: str, **more: Any) -> list[dict[str, Any]]:
    page = await client.one("OPS", DELIVERIES, id=id, **more)
    return [edge["node"] for edge in page["edges"]]


async def refusal(client: GraphQLClient, query: str, **variables: Any) -> str:
    answer = await client.one("OPS", query, **variables)
    assert answer["__typename"] == "Refused", answer
    assert answer["message"].endswith(".")
    assert answer["zh"].endswith("。")
    assert answer["clause"] is None
    code: str = answer["code"]
    return code
