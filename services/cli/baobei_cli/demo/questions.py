"""What the story asks of the service, in GraphQL, and how the answers are read as plain facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]

REGISTRATION: Final = """
fragment Told on Registration {
  id number owner { code }
  standing(at: $at) {
    status clause { number } followUpDueAt followUpOverdue lapsesAt expiresAt endedAt
    explanation(language: $language)
  }
}
"""
ORDER: Final = """
fragment Decided on Order {
  id externalRef status
  attribution {
    verdict clause { number } needsReview explanation(language: $language)
    credits { staff { code } shareBp amount }
    candidates { owner { code } standing clause { number } }
  }
}
"""
REFUSED: Final = "... on Refusal { code message(language: $language) clause { number } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service answered: facts to compare, the sentence for people, what later steps may name."""

    facts: dict[str, object]
    sentence: str = ""
    record: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A GraphQL document with one root field, aliased `answer`, and how its answer is read."""

    document: str
    read: Callable[[Any], Answer]


def answered(question: Question, body: Json) -> Answer:
    """Return the answer of a response; an error is a fact by its code."""
    if errors := body.get("errors"):
        return Answer(facts={"error": errors[0]["extensions"]["code"]}, sentence=errors[0]["message"])
    told = body["data"]["answer"]
    return Answer(facts={"error": "null"}) if told is None else question.read(told)


def orders_told(body: Json) -> dict[str, Answer]:
    """Return who is credited with each order and why, by the order's number."""
    nodes = [edge["node"] for edge in body["data"]["orders"]["edges"]]
    return {
        node["externalRef"]: Answer(
            facts={"credits": _credits(node["attribution"])}, sentence=node["attribution"]["explanation"]
        )
        for node in nodes
    }


def clause_of(told: Json) -> str | None:
    """Return the clause that something cites, None for none."""
    return None if told["clause"] is None else str(told["clause"]["number"])


def refusal(told: Json) -> Answer:
    """Read a change that was not made."""
    return Answer(facts={"refused": told["code"], "clause": clause_of(told)}, sentence=told["message"])


def _record(registration: Json) -> dict[str, str]:
    return {
        "id": registration["id"],
        "number": registration["number"],
        "owner": registration["owner"]["code"],
    }


def standing(registration: Json) -> Answer:
    """Read what a registration is worth."""
    worth = registration["standing"]
    facts = {"status": worth["status"], "clause": clause_of(worth)}
    if worth["endedAt"] is None:
        facts |= {
            "follow_up": worth["followUpDueAt"],
            "overdue": worth["followUpOverdue"],
            "lapses": worth["lapsesAt"],
            "expires": worth["expiresAt"],
        }
    else:
        facts["ended"] = worth["endedAt"]
    return Answer(facts=facts, sentence=worth["explanation"], record=_record(registration))


def _registered(told: Json) -> Answer:
    if "registration" in told:
        worth, quota = told["registration"]["standing"], told["quota"]
        facts = {
            "outcome": worth["status"],
            "clause": clause_of(worth),
            "follow_up": worth["followUpDueAt"],
            "lapses": worth["lapsesAt"],
            "expires": worth["expiresAt"],
            "quota": (quota["used"], quota["limit"]),
        }
        return Answer(facts=facts, sentence=worth["explanation"], record=_record(told["registration"]))
    facts = {"outcome": told["outcome"], "clause": clause_of(told)}
    if told["fields"]:
        facts["fields"] = tuple(problem["field"] for problem in told["fields"])
    if told["existing"]:
        facts["existing"] = told["existing"]["number"]
    if told["protectedUntil"]:
        facts["until"] = told["protectedUntil"]
    if told["used"]:
        facts["quota"] = (told["used"]["used"], told["used"]["limit"])
    return Answer(facts=facts, sentence=told["message"])


def _changed(told: Json) -> Answer:
    return standing(told["registration"]) if "registration" in told else refusal(told)


def _credits(attribution: Json) -> tuple[tuple[str, int, str], ...]:
    return tuple((c["staff"]["code"], c["shareBp"], c["amount"]) for c in attribution["credits"])


def ordered(told: Json) -> Answer:
    """Read an order with its decision, or why there is none."""
    if "order" not in told:
        return refusal(told)
    order, attribution = told["order"], told["order"]["attribution"]
    facts = {
        "order": order["status"],
        "verdict": attribution["verdict"],
        "clause": clause_of(attribution),
        "credits": _credits(attribution),
        "candidates": tuple(
            (c["owner"]["code"], c["standing"], clause_of(c)) for c in attribution["candidates"]
        ),
        "review": attribution["needsReview"],
    }
    return Answer(facts=facts, sentence=attribution["explanation"], record={"id": order["id"]})


def _requested(told: Json) -> Answer:
    if "approval" not in told:
        return refusal(told)
    approval = told["approval"]
    return Answer(
        facts={"approval": approval["status"], "days": approval["days"]}, record={"id": approval["id"]}
    )


def _quota(told: Json) -> Answer:
    return Answer(facts={"quota": (told["used"], told["limit"]), "remaining": told["remaining"]})


# Two quotas, one of which may be null, cannot go by one name in one document.
REGISTER: Final = Question(
    read=_registered,
    document="""
    mutation ($input: RegisterCustomerInput!, $language: Language!, $at: DateTime) {
      answer: registerCustomer(input: $input) {
        ... on RegistrationAdmitted { registration { ...Told } quota { used limit } }
        ... on RegistrationRefused {
          outcome message(language: $language) clause { number } fields { field } existing { number }
          protectedUntil used: quota { used limit }
        }
      }
    }"""
    + REGISTRATION,
)
FOLLOW_UP: Final = Question(
    read=_changed,
    document=f"""
    mutation ($input: RecordFollowUpInput!, $language: Language!, $at: DateTime) {{
      answer: recordFollowUp(input: $input) {{
        ... on FollowUpRecorded {{ registration {{ ...Told }} }} {REFUSED}
      }}
    }}"""
    + REGISTRATION,
)
MEASURE: Final = Question(
    read=_changed,
    document=f"""
    mutation ($id: ID!, $language: Language!, $at: DateTime) {{
      answer: recordMeasurement(registrationId: $id) {{
        ... on RegistrationChanged {{ registration {{ ...Told }} }} {REFUSED}
      }}
    }}"""
    + REGISTRATION,
)
WITHDRAW: Final = Question(
    read=_changed,
    document=f"""
    mutation ($id: ID!, $reason: String!, $language: Language!, $at: DateTime) {{
      answer: withdrawRegistration(registrationId: $id, reason: $reason) {{
        ... on RegistrationChanged {{ registration {{ ...Told }} }} {REFUSED}
      }}
    }}"""
    + REGISTRATION,
)
STANDING: Final = Question(
    read=standing,
    document="""
    query ($id: ID!, $language: Language!, $at: DateTime) { answer: registration(id: $id) { ...Told } }"""
    + REGISTRATION,
)
PLACE_ORDER: Final = Question(
    read=ordered,
    document=f"""
    mutation ($input: PlaceOrderInput!, $language: Language!) {{
      answer: placeOrder(input: $input) {{ ... on OrderRecorded {{ order {{ ...Decided }} }} {REFUSED} }}
    }}"""
    + ORDER,
)
CANCEL_ORDER: Final = Question(
    read=ordered,
    document=f"""
    mutation ($id: ID!, $reason: String!, $language: Language!) {{
      answer: cancelOrder(orderId: $id, reason: $reason) {{
        ... on OrderRecorded {{ order {{ ...Decided }} }} {REFUSED}
      }}
    }}"""
    + ORDER,
)
RULE: Final = Question(
    read=ordered,
    document=f"""
    mutation ($id: ID!, $credits: [CreditInput!]!, $reason: String!, $language: Language!) {{
      answer: ruleOnOrder(orderId: $id, credits: $credits, reason: $reason) {{
        ... on OrderRecorded {{ order {{ ...Decided }} }} {REFUSED}
      }}
    }}"""
    + ORDER,
)
EXTENSION: Final = Question(
    read=_requested,
    document=f"""
    mutation ($input: RequestExtensionInput!, $language: Language!) {{
      answer: requestExtension(input: $input) {{
        ... on ApprovalRecorded {{ approval {{ id status days }} }} {REFUSED}
      }}
    }}""",
)
DECIDE: Final = Question(
    read=_requested,
    document=f"""
    mutation ($id: ID!, $note: String!, $language: Language!) {{
      answer: decideApproval(approvalId: $id, approve: true, note: $note) {{
        ... on ApprovalRecorded {{ approval {{ id status days }} }} {REFUSED}
      }}
    }}""",
)
QUOTA: Final = Question(read=_quota, document="query { answer: quota { used limit remaining } }")
ALL_ORDERS: Final = (
    """
    query ($language: Language!) { orders(first: 100) { edges { node { ...Decided } } } }"""
    + ORDER
)
POLICY: Final = """
query ($language: Language!) {
  policy { code version digest clauses { number title(language: $language) } }
}"""
