"""Asks the service over HTTP as the staff of one alliance do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from baobei_api.tokens import issue_token

STANDING = "status clause { number } followUpDueAt followUpOverdue lapsesAt expiresAt endedAt"
CUSTOMER = "name phone address masked"
REGISTRATION = f"""
    id number channel registeredAt newNeed measuredAt
    customer {{ {CUSTOMER} }} registrant {{ code }} owner {{ code }} standing {{ {STANDING} }}
"""
REFUSAL = "code message(language: EN) clause { number }"
ATTRIBUTION = """
    id verdict needsReview digest decidedAt clause { number } registration { id }
    credits { staff { code } shareBp amount }
    candidates { registration { id } owner { code } standing clause { number } finding(language: EN) }
    explanation(language: EN) ruling { ruledBy { code } ruledAt reason }
"""
ORDER = f"""
    id externalRef status amount placedAt closedAt cancelledAt takenBy {{ code }}
    customer {{ {CUSTOMER} }} attribution {{ {ATTRIBUTION} }} attributions {{ id verdict }}
"""

REGISTER = f"""
mutation ($input: RegisterCustomerInput!) {{
  registerCustomer(input: $input) {{
    __typename
    ... on RegistrationAdmitted {{ registration {{ {REGISTRATION} }} admitted: quota {{ used remaining }} }}
    ... on RegistrationRefused {{
      {REFUSAL} outcome attemptId fields {{ field }} existing {{ id }} protectedUntil quota {{ used limit remaining }}
    }}
  }}
}}
"""
FOLLOW_UP = f"""
mutation ($input: RecordFollowUpInput!) {{
  recordFollowUp(input: $input) {{
    __typename
    ... on FollowUpRecorded {{
      followUp {{ id kind note recordedAt occurredAt recordedBy {{ code }} }} registration {{ {REGISTRATION} }}
    }}
    ... on Refused {{ {REFUSAL} }}
  }}
}}
"""
PLACE_ORDER = f"""
mutation ($input: PlaceOrderInput!) {{
  placeOrder(input: $input) {{
    __typename
    ... on OrderRecorded {{ order {{ {ORDER} }} }}
    ... on Refused {{ {REFUSAL} }}
  }}
}}
"""

REQUEST_EXTENSION = f"""
mutation ($input: RequestExtensionInput!) {{
  requestExtension(input: $input) {{
    __typename
    ... on ApprovalRecorded {{ approval {{ id kind status days }} }}
    ... on Refused {{ {REFUSAL} }}
  }}
}}
"""


def change(name: str, arguments: str, *, of: str) -> str:
    """Return the document of a mutation without an input type: its arguments as `$id: ID!, $reason: String!`."""
    passed = ", ".join(
        f"{each.split(':')[0].strip().lstrip('$')}: {each.split(':')[0].strip()}"
        for each in arguments.split(",")
    )
    shown = {
        "registration": f"... on RegistrationChanged {{ registration {{ {REGISTRATION} }} }}",
        "order": f"... on OrderRecorded {{ order {{ {ORDER} }} }}",
        "approval": "... on ApprovalRecorded { approval { id kind status days decisionNote } }",
    }[of]
    return f"mutation ({arguments}) {{ {name}({passed}) {{ __typename {shown} ... on Refused {{ {REFUSAL} }} }} }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLClient:
    """The staff of one alliance at one service."""

    http: httpx2.AsyncClient
    token_key: str
    alliance: str

    def headers(self, staff: str) -> dict[str, str]:
        """Return the headers of a request by a staff member."""
        token = issue_token(key=self.token_key, staff_code=staff, alliance=self.alliance, expires_in_s=600)
        return {"authorization": f"Bearer {token}"}

    async def post(self, staff: str, query: str, variables: dict[str, Any] | None = None) -> httpx2.Response:
        """Send a request and return the whole answer."""
        body = {"query": query, "variables": variables or {}}
        return await self.http.post("/graphql", json=body, headers=self.headers(staff))

    async def ask(self, staff: str, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer that must have no errors."""
        answer = (await self.post(staff, query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def one(self, staff: str, query: str, **variables: Any) -> dict[str, Any]:
        """Return the only field of an answer that must have no errors."""
        (field,) = (await self.ask(staff, query, **variables)).values()
        value: dict[str, Any] = field
        return value

    async def error(self, staff: str, query: str, **variables: Any) -> dict[str, Any]:
        """Return the extensions of the only error of an answer."""
        answer = (await self.post(staff, query, variables)).json()
        (error,) = answer["errors"]
        extensions: dict[str, Any] = error["extensions"]
        return extensions

    async def register(self, staff: str, **input: Any) -> dict[str, Any]:
        """Register a customer and return the answer."""
        return await self.one(staff, REGISTER, input=input)

    async def admitted(self, staff: str, **input: Any) -> dict[str, Any]:
        """Register a customer who must be admitted, and return the registration."""
        answer = await self.register(staff, **input)
        assert answer["__typename"] == "RegistrationAdmitted", answer
        registration: dict[str, Any] = answer["registration"]
        return registration

    async def follow_up(self, staff: str, registration_id: str, **more: Any) -> dict[str, Any]:
        """Record a follow-up and return the answer."""
        given = {"registrationId": registration_id, "kind": "CALL", "note": "聊了户型", **more}
        return await self.one(staff, FOLLOW_UP, input=given)

    async def place_order(self, staff: str, **input: Any) -> dict[str, Any]:
        """Place an order and return the answer."""
        return await self.one(staff, PLACE_ORDER, input=input)

    async def placed(self, staff: str, **input: Any) -> dict[str, Any]:
        """Place an order that must be recorded, and return it."""
        answer = await self.place_order(staff, **input)
        assert answer["__typename"] == "OrderRecorded", answer
        order: dict[str, Any] = answer["order"]
        return order

    async def travel(self, to: datetime) -> datetime:
        """Let the business clock stand at an instant that is not in its past."""
        answer = await self.http.post("/dev/clock", json={"now": to.isoformat()})
        assert answer.status_code == 200, answer.text
        return datetime.fromisoformat(answer.json()["now"])
