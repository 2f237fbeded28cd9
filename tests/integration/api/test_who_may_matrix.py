"""Every field with a rule, every role, every distance: what the service answers is what the table says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from baobei.operations.office import PooledConnection
from baobei.operations.rules import EVERYBODY, Reach
from baobei_api.graphql.who_may import FIELDS, May, Otherwise
from far_and_near import CELLS, Cell, Distance, World, customer, new_world
from graphql_client import GraphQLClient
from in_process import api_on

LET_THROUGH = "let through"
ATTEMPT_OF = "SELECT attempt_id FROM attempt WHERE registration_id = $1"
NEEDED = {Distance.OWN: Reach.OWN, Distance.SAME_UNIT: Reach.UNIT, Distance.OTHER_UNIT: Reach.ALLIANCE}
ANSWERS = {answer.value for answer in Otherwise}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The world, and a client of each alliance."""

    world: World
    near: GraphQLClient
    far: GraphQLClient

    async def answer(self, cell: Cell, query: str, **variables: Any) -> Any:
        """Return the value of the only field, or the code of the error."""
        client = self.far if cell.far else self.near
        answer = (await client.post(cell.viewer, query, variables)).json()
        if errors := answer.get("errors"):
            code: str = errors[0]["extensions"]["code"]
            assert code in ANSWERS, errors
            return code
        (value,) = answer["data"].values()
        return value


Probe = Callable[[Stage, Cell], Awaitable[str]]


def read_as(value: Any) -> str:
    """What an answer comes to: a refusal for another reason than who asks is let through as well."""
    if value is None:
        return Otherwise.NULL.value
    if isinstance(value, str):
        return value
    code = value.get("code") if isinstance(value, dict) else None
    return code if code in ANSWERS else LET_THROUGH


def asks(query: str, **variables: Callable[[Stage, Cell], Any]) -> Probe:
    """Ask with variables of the cell."""

    async def probe(stage: Stage, cell: Cell) -> str:
        given = {name: of(stage, cell) for name, of in variables.items()}
        return read_as(await stage.answer(cell, query, **given))

    return probe


def lists(query: str, ids: Callable[[Any], list[str]], of: Callable[[Stage, Cell], str]) -> Probe:
    """Ask for a list and look whether the cell's thing is in it."""

    async def probe(stage: Stage, cell: Cell) -> str:
        value = await stage.answer(cell, query)
        if isinstance(value, str):
            return value
        return LET_THROUGH if of(stage, cell) in ids(value) else Otherwise.LEFT_OUT.value

    return probe


def shows(
    query: str, part: Callable[[Any], Any], id: Callable[[Stage, Cell], str], hidden: Otherwise
) -> Probe:
    """Ask for a part of something; `hidden` where it, or all of it, is kept back."""

    async def probe(stage: Stage, cell: Cell) -> str:
        value = await stage.answer(cell, query, id=id(stage, cell))
        return LET_THROUGH if value is not None and part(value) else hidden.value

    return probe


def does(mutation: str, arguments: str, **variables: Callable[[Stage, Cell], Any]) -> Probe:
    """Do something that names the cell's thing."""
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    return asks(
        f"mutation ({arguments}) {{ {mutation}({passed}) {{ __typename ... on Refusal {{ code }} }} }}",
        **variables,
    )


def does_input(mutation: str, type: str, of: Callable[[Stage, Cell], dict[str, Any]]) -> Probe:
    """Do something with an input of the cell."""
    return does(mutation, f"$input: {type}!", input=of)


def registration(stage: Stage, cell: Cell) -> str:
    return stage.world.things[cell.owner].registration


def order(stage: Stage, cell: Cell) -> str:
    return stage.world.things[cell.owner].order


def approval(stage: Stage, cell: Cell) -> str:
    return stage.world.things[cell.owner].approval


def handover(stage: Stage, cell: Cell) -> str:
    return stage.world.things[cell.owner].handover


def to_mate(_stage: Stage, cell: Cell) -> dict[str, Any]:
    return {"fromStaffCode": cell.owner, "method": "ONE_COLLEAGUE", "toStaffCodes": ["MATE"]}


def dispute(stage: Stage, cell: Cell) -> str:
    return stage.world.things[cell.owner].dispute


def disputed(stage: Stage, cell: Cell) -> str:
    return stage.world.disputed[cell]


def placed(stage: Stage, cell: Cell) -> str:
    return stage.world.placed[cell]


def beside(stage: Stage, cell: Cell) -> str:
    return stage.world.beside[cell]


def webhook(stage: Stage, _cell: Cell) -> str:
    return stage.world.webhook


def delivery(stage: Stage, _cell: Cell) -> str:
    return stage.world.delivery


def owner(_stage: Stage, cell: Cell) -> str:
    return cell.owner


def always(value: Any) -> Callable[[Stage, Cell], Any]:
    return lambda _stage, _cell: value


async def transfers(stage: Stage, cell: Cell) -> str:
    """Transfer; one that goes through has a registration of its own, so that the others stay whose they are."""
    through = stated(FIELDS["Mutation.transferRegistration"], cell) == LET_THROUGH
    id = await stage.world.registered(cell.owner) if through else registration(stage, cell)
    return await does(
        "transferRegistration",
        "$registrationId: ID!, $toStaffCode: String!, $reason: String!",
        registrationId=always(id),
        toStaffCode=always("MATE"),
        reason=always("调整"),
    )(stage, cell)


async def asks_for_an_attempt(stage: Stage, cell: Cell) -> str:
    """Ask for the attempt that made the registration; it waits for nothing, which is told to whose it is."""
    id = await stage.world.near.office.pool.fetchval(ATTEMPT_OF, UUID(registration(stage, cell)))
    return await does_input(
        "requestCrossRegion", "RequestCrossRegionInput", always({"attemptId": str(id), "reason": "老客户"})
    )(stage, cell)


async def deletes(stage: Stage, cell: Cell) -> str:
    """Delete; what goes through has a webhook of its own."""
    through = stated(FIELDS["Mutation.deleteWebhook"], cell) == LET_THROUGH
    id = await stage.world.new_webhook() if through else stage.world.webhook
    return await does("deleteWebhook", "$webhookId: ID!", webhookId=always(id))(stage, cell)


def customer_shown(
    part: Callable[[dict[str, Any]], bool], *beside_orders: Callable[[Stage, Cell], str]
) -> Probe:
    """A customer is shown beside an order as beside a registration."""
    of_registration = "query ($id: ID!) { registration(id: $id) { customer { phone address masked } } }"
    of_order = "query ($id: ID!) { order(id: $id) { customer { phone address masked } } }"
    asked = [(of_registration, registration), *((of_order, id) for id in beside_orders)]

    async def probe(stage: Stage, cell: Cell) -> str:
        seen = {
            await shows(query, lambda value: part(value["customer"]), id, Otherwise.MASKED)(stage, cell)
            for query, id in asked
        }
        assert len(seen) == 1, (cell, seen)
        return seen.pop()

    return probe


def attribution(field: str, part: Callable[[Any], Any], hidden: Otherwise) -> Probe:
    """A part of the decision on an order that the viewer placed and the owner took."""
    query = f"query ($id: ID!) {{ order(id: $id) {{ attributions {{ {field} }} }} }}"
    return shows(query, lambda value: any(map(part, value["attributions"])), placed, hidden)


def nodes(value: Any) -> list[str]:
    return [edge["node"]["id"] for edge in value["edges"]]


def of_staff(mutation: str) -> Probe:
    return does(
        mutation,
        "$staffCode: String!, $reason: String!",
        staffCode=lambda _s, cell: cell.viewer,
        reason=always("离职"),
    )


def of_webhook(mutation: str) -> Probe:
    return does(mutation, "$webhookId: ID!", webhookId=webhook)


# One way to ask for each field that has a rule, naming the thing of the cell.
PROBES: dict[str, Probe] = {
    "Query.me": asks("{ me { id } }"),
    "Query.policy": asks("{ policy { id } }"),
    "Query.myDay": asks("{ myDay { asOf } }"),
    "Query.myTasks": asks("{ myTasks { edges { cursor } } }"),
    "Query.checkProtection": asks(
        "query ($phone: String) { checkProtection(phone: $phone) { available } }", phone=lambda _s, _c: customer()["phone"]
    ),
    "Query.registration": asks("query ($id: ID!) { registration(id: $id) { id } }", id=registration),
    "Query.registrations": lists("{ registrations(first: 100) { edges { node { id } } } }", nodes, registration),
    "Query.order": asks("query ($id: ID!) { order(id: $id) { id } }", id=order),
    "Query.orders": lists("{ orders(first: 100) { edges { node { id } } } }", nodes, order),
    "Query.approvals": lists("{ approvals(first: 100) { id } }", lambda v: [each["id"] for each in v], approval),
    "Query.approvalInbox": asks("{ approvalInbox { edges { cursor } } }"),
    "Query.dispute": asks("query ($id: ID!) { dispute(id: $id) { id } }", id=dispute),
    "Query.disputes": lists("{ disputes(first: 100) { edges { node { id } } } }", nodes, dispute),
    "Query.precedents": asks("query ($id: ID!) { precedents(disputeId: $id) { alike } }", id=dispute),
    "Query.quota": asks("query ($who: String) { quota(staffCode: $who) { used } }", who=owner),
    "Query.quotaLedger": asks("query ($who: String) { quotaLedger(staffCode: $who) { edges { cursor } } }", who=owner),
    "Query.webhooks": lists("{ webhooks { id } }", lambda v: [each["id"] for each in v], webhook),
    "Query.webhookDeliveries": asks(
        "query ($id: ID!) { webhookDeliveries(webhookId: $id) { edges { cursor } } }", id=webhook
    ),
    "Query.apiKeys": asks("{ apiKeys { id } }"),
    "Query.leaver": asks("query ($who: String!) { leaver(staffCode: $who) { registrationCount } }", who=owner),
    "Query.previewHandover": asks(
        "query ($input: HandoverInput!) { previewHandover(input: $input) { __typename ... on Refusal { code } } }",
        input=to_mate,
    ),
    "Query.handover": asks("query ($id: ID!) { handover(id: $id) { state } }", id=handover),
    "Mutation.requestHandover": does(
        "requestHandover", "$input: HandoverInput!, $reason: String!", input=to_mate, reason=always("长假")
    ),
    # Of a plan that nobody has looked at: whoever may is told so, and everything stays whose it is.
    "Mutation.handOver": does(
        "handOver",
        "$input: HandoverInput!, $reason: String!, $distributionDigest: String",
        input=to_mate,
        reason=always("长假"),
        distributionDigest=always("0" * 64),
    ),
    "Query.figures": asks(
        'query ($who: String) { figures(month: "2026-11-01", staffCode: $who) { edges { cursor } } }', who=owner
    ),
    "Mutation.setTarget": does_input(
        "setTarget", "SetTargetInput", lambda _s, c: {"staffCode": c.owner, "month": "2026-11-01", "orders": 3}
    ),
    "Query.dailyReport": asks(
        'query ($unit: String!) { dailyReport(unitCode: $unit, date: "2026-10-31") { state } }',
        unit=lambda _s, cell: cell.unit,
    ),
    "Query.dailyReports": lists(
        "{ dailyReports(first: 100) { edges { node { unit { code } } } } }",
        lambda value: [edge["node"]["unit"]["code"] for edge in value["edges"]],
        lambda _s, cell: cell.unit,
    ),
    "Mutation.submitDailyReport": does(
        "submitDailyReport", "$unitCode: String!, $date: Date!", unitCode=lambda _s, cell: cell.unit, date=always("2026-11-01")
    ),
    "Mutation.correctDailyReport": does(
        "correctDailyReport",
        "$reportId: ID!, $text: String!",
        reportId=lambda s, cell: s.world.reports[cell.unit],
        text=always("补一位"),
    ),
    "Mutation.createApiKey": does_input(
        "createApiKey",
        "CreateApiKeyInput",
        lambda _s, c: {"name": f"{c.viewer}{c.distance}", "scopes": ["READ"], "forEverybody": True},
    ),
    "Mutation.revokeApiKey": does("revokeApiKey", "$apiKeyId: ID!", apiKeyId=always(str(UUID(int=7)))),
    # Nobody lets themselves go: whoever might is told so, and stays.
    "Mutation.deactivateStaff": of_staff("deactivateStaff"),
    "Mutation.reactivateStaff": of_staff("reactivateStaff"),
    "Mutation.registerCustomer": does_input(
        "registerCustomer", "RegisterCustomerInput", lambda _s, c: {**customer(), "forStaffCode": c.owner}
    ),
    "Mutation.recordFollowUp": does_input(
        "recordFollowUp",
        "RecordFollowUpInput",
        lambda s, c: {"registrationId": registration(s, c), "kind": "CALL", "note": "回访"},
    ),
    "Mutation.recordMeasurement": does("recordMeasurement", "$registrationId: ID!", registrationId=registration),
    "Mutation.withdrawRegistration": does(
        "withdrawRegistration", "$registrationId: ID!, $reason: String!", registrationId=registration, reason=always("放弃")
    ),
    "Mutation.classifyRegistration": does_input(
        "classifyRegistration",
        "ClassifyRegistrationInput",
        lambda s, c: {"registrationId": registration(s, c), "customerClass": "B"},
    ),
    "Mutation.requestExtension": does_input(
        "requestExtension",
        "RequestExtensionInput",
        lambda s, c: {"registrationId": registration(s, c), "days": 5, "reason": "出差"},
    ),
    "Mutation.requestCrossRegion": asks_for_an_attempt,
    "Mutation.requestSpecialPrice": does_input(
        "requestSpecialPrice",
        "RequestSpecialPriceInput",
        lambda s, c: {"registrationId": registration(s, c), "listPrice": "9.00", "askedPrice": "8.00", "reason": "竞价"},
    ),
    "Mutation.attachEvidence": does_input(
        "attachEvidence", "AttachEvidenceInput", lambda s, c: {"approvalId": approval(s, c), "text": "附件"}
    ),
    "Mutation.withdrawApproval": does("withdrawApproval", "$approvalId: ID!", approvalId=approval),
    "Mutation.revealContact": does(
        "revealContact", "$registrationId: ID!, $reason: String!", registrationId=registration, reason=always("核对")
    ),
    "Mutation.transferRegistration": transfers,
    "Mutation.placeOrder": does_input(
        "placeOrder",
        "PlaceOrderInput",
        lambda _s, c: {"externalRef": f"P-{c.viewer}-{c.distance}", "takenByCode": c.owner, **customer()},
    ),
    "Mutation.closeOrder": does("closeOrder", "$orderId: ID!", orderId=order),
    "Mutation.cancelOrder": does("cancelOrder", "$orderId: ID!, $reason: String!", orderId=order, reason=always("退单")),
    "Mutation.ruleOnOrder": does(
        "ruleOnOrder",
        "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!",
        orderId=order,
        credits=always([{"staffCode": "MATE", "shareBp": 10_000}]),
        reason=always("裁决"),
    ),
    "Mutation.openDispute": does_input(
        "openDispute", "OpenDisputeInput", lambda s, c: {"orderId": order(s, c), "statement": "客户是我带来的"}
    ),
    "Mutation.addStatement": does_input(
        "addStatement", "AddStatementInput", lambda s, c: {"disputeId": dispute(s, c), "text": "补充说明"}
    ),
    "Mutation.withdrawDispute": does(
        "withdrawDispute", "$disputeId: ID!, $reason: String!", disputeId=dispute, reason=always("算了")
    ),
    "Mutation.rejectDispute": does(
        "rejectDispute", "$disputeId: ID!, $reason: String!", disputeId=dispute, reason=always("维持")
    ),
    "Mutation.decideApproval": does(
        "decideApproval",
        "$approvalId: ID!, $approve: Boolean!, $note: String!",
        approvalId=approval,
        approve=always(False),
        note=always("不同意"),
    ),
    "Mutation.createWebhook": does_input(
        "createWebhook", "CreateWebhookInput", lambda _s, _c: {"url": "https://1.1.1.1/hook"}
    ),
    "Mutation.updateWebhook": does_input(
        "updateWebhook", "UpdateWebhookInput", lambda s, c: {"webhookId": webhook(s, c), "active": True}
    ),
    "Mutation.rotateWebhookSecret": of_webhook("rotateWebhookSecret"),
    "Mutation.deleteWebhook": deletes,
    "Mutation.sendWebhookTest": of_webhook("sendWebhookTest"),
    "Mutation.resendDelivery": does("resendDelivery", "$deliveryId: ID!", deliveryId=delivery),
    "Mutation.resendDeadLetters": of_webhook("resendDeadLetters"),
    "Customer.phone": customer_shown(lambda seen: "*" not in seen["phone"], order, placed),
    "Customer.address": customer_shown(lambda seen: "*" not in seen["address"], order),
    "Customer.masked": customer_shown(lambda seen: not seen["masked"]),
    "Registration.need": shows(
        "query ($id: ID!) { order(id: $id) { attribution { candidates { registration { need } } } } }",
        lambda value: value["attribution"]["candidates"][0]["registration"]["need"],
        beside,
        Otherwise.NULL,
    ),
    "Registration.followUps": shows(
        "query ($id: ID!) { order(id: $id) { attribution { candidates { registration { followUps { edges { cursor } } } } } } }",
        lambda value: value["attribution"]["candidates"][0]["registration"]["followUps"]["edges"],
        beside,
        Otherwise.LEFT_OUT,
    ),
    "Dispute.caseEvents": shows(
        "query ($id: ID!) { dispute(id: $id) { caseEvents(first: 100) { edges { node { kind } } } } }",
        lambda value: any(edge["node"]["kind"] == "FOLLOWED_UP" for edge in value["caseEvents"]["edges"]),
        disputed,
        Otherwise.LEFT_OUT,
    ),
    "Attribution.credits": attribution("credits { shareBp }", lambda a: a["credits"], Otherwise.LEFT_OUT),
    "Attribution.candidates": attribution("candidates { standing }", lambda a: a["candidates"], Otherwise.LEFT_OUT),
    "Attribution.registration": attribution("registration { id }", lambda a: a["registration"], Otherwise.NULL),
    "Attribution.ruling": attribution("ruling { reason }", lambda a: a["ruling"], Otherwise.NULL),
    "Attribution.explanation": attribution(
        "explanation", lambda a: "只向当事人和管理人员公开" not in a["explanation"], Otherwise.MASKED
    ),
}  # fmt: skip
# An attempt is stored whoever makes it, with what it was refused for; so is who was not to see a customer in full.
STORES_REFUSALS = {"Mutation.registerCustomer", "Mutation.revealContact"}


def stated(may: May, cell: Cell) -> str:
    """What the table says."""
    reach = may.rule.reach(cell.role)
    if may.rule is EVERYBODY and not may.whose:
        return LET_THROUGH
    if may.by_role_alone and reach < Reach.ALLIANCE:
        return may.otherwise.value
    if cell.far and may.whose:
        return (may.absent or may.otherwise).value
    return LET_THROUGH if cell.far or reach >= NEEDED[cell.distance] else may.otherwise.value


@pytest.fixture(scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with (
        asyncpg.create_pool(database_url, min_size=1, max_size=4) as pool,
        asyncpg.create_pool(
            database_url, min_size=1, max_size=8, connection_class=PooledConnection
        ) as walled,
    ):
        world = await new_world(pool)
        async with api_on(walled, world.near.code) as near, api_on(walled, world.far.code) as far:
            yield Stage(world=world, near=near, far=far)


def test_every_rule_has_a_way_to_ask() -> None:
    assert set(PROBES) == set(FIELDS), "a field in who_may.FIELDS is asked for in PROBES, in this file"


@pytest.mark.parametrize("field", FIELDS)
async def test_who_may(stage: Stage, field: str) -> None:
    may, probe = FIELDS[field], PROBES[field]
    watched = field.startswith("Mutation.") and field not in STORES_REFUSALS
    wrong, wrote = {}, []
    for cell in CELLS:
        refused = stated(may, cell) != LET_THROUGH
        before = await stage.world.acts() if watched and refused else 0
        found = await probe(stage, cell)
        if found != stated(may, cell):
            wrong[f"{cell.role} · {cell.distance}"] = (found, stated(may, cell))
        if watched and refused and await stage.world.acts() != before:
            wrote.append(cell)
    assert wrong == {}, f"{field}: (answered, stated)"
    assert wrote == [], f"{field} was refused and yet wrote an act"
