"""What the story asks about special cases: a price below the list, disputes, a leaver's customers."""

from typing import Any, Final

from baobei.policy.phrases import percent_text
from baobei_cli.demo.questions import (
    ORDER,
    REFUSED,
    Answer,
    Json,
    Question,
    clause_of,
    ordered,
    refusal,
)

NOBODY: Final[Json] = {"code": None, "name": None}

_PRICE_REQUEST: Final = "fragment Asked on Approval { id status listPrice askedPrice }"
_DISPUTE: Final = """
fragment Heard on Dispute {
  id status openedBy { code } statements { madeBy { code } } explanation(language: $language)
}
"""
_HANDOVER: Final = """
fragment Moved on Handover { id state total moved skipped shares { to { code } moved } }
"""


def _price_asked(told: Json) -> Answer:
    if "approval" not in told:
        return refusal(told)
    asked = told["approval"]
    facts = {
        "approval": asked["status"],
        "list_price": asked["listPrice"],
        "asked_price": asked["askedPrice"],
    }
    return Answer(facts=facts, record={"id": asked["id"]})


def _attached(told: Json) -> Answer:
    if "evidence" not in told:
        return refusal(told)
    return Answer(facts={"evidence": (told["evidence"]["kind"], told["evidence"]["attachedBy"]["code"])})


def _inbox(told: Json) -> Answer:
    waiting = [edge["node"] for edge in told["edges"]]
    shown = tuple(
        (each["kind"], each["requestedBy"]["code"], each["customer"]["name"], each["askedPrice"])
        for each in waiting
    )
    return Answer(facts={"waiting": shown}, sentence="\n".join(each["reason"] for each in waiting))


def _priced(told: Json) -> Answer:
    answer = ordered(told)
    if "order" not in told:
        return answer
    order = told["order"]
    facts = {
        "credits": answer.facts["credits"],
        "list_price": order["listAmount"],
        "violation": order["priceViolation"],
        "approved": order["specialPriceApprovalId"],
    }
    return Answer(facts=facts, sentence=answer.sentence, record=answer.record)


def _dispute(told: Json) -> Answer:
    dispute = told.get("dispute", told)
    if "status" not in dispute:
        return refusal(told)
    facts = {
        "dispute": dispute["status"],
        "opened_by": dispute["openedBy"]["code"],
        "statements": tuple(said["madeBy"]["code"] for said in dispute["statements"]),
    }
    return Answer(facts=facts, sentence=dispute["explanation"], record={"id": dispute["id"]})


def _case_events(told: Json) -> Answer:
    entries = [edge["node"] for edge in told["caseEvents"]["edges"]]
    shown = [(entry, entry["side"] or entry["by"] or NOBODY) for entry in entries]
    return Answer(
        facts={"case_events": tuple((entry["kind"], side["code"]) for entry, side in shown)},
        sentence="\n".join(
            " · ".join(filter(None, (side["name"], entry["explanation"]))) for entry, side in shown
        ),
    )


def _precedents(told: Any) -> Answer:
    shown = tuple((clause_of(each), *_shares(each)) for each in told)
    return Answer(facts={"precedents": shown}, sentence="\n".join(each["reason"] for each in told))


def _shares(precedent: Json) -> tuple[tuple[str, str], ...]:
    return tuple((share["staff"]["code"], percent_text(share["shareBp"])) for share in precedent["shares"])


def _left(told: Json) -> Answer:
    if "leaver" not in told:
        return refusal(told)
    leaver = told["leaver"]
    return Answer(
        facts={
            "active": leaver["staff"]["active"],
            "registrations": leaver["registrationCount"],
            "requests": leaver["requestCount"],
        }
    )


def _previewed(told: Json) -> Answer:
    if "distributionDigest" not in told:
        return refusal(told)
    facts = {
        "registrations": told["total"],
        "movable": told["movable"],
        "shares": tuple((share["to"]["code"], share["total"]) for share in told["shares"]),
    }
    return Answer(facts=facts, record={"digest": told["distributionDigest"]})


def _begun(told: Json) -> Answer:
    if "handover" not in told:
        return refusal(told)
    handover = told["handover"]
    return Answer(facts={"registrations": handover["total"]}, record={"id": handover["id"]})


def _moved(told: Json) -> Answer:
    return Answer(
        facts={
            "handover": told["state"],
            "moved": told["moved"],
            "skipped": told["skipped"],
            "shares": tuple((share["to"]["code"], share["moved"]) for share in told["shares"]),
        }
    )


ASK_PRICE: Final = Question(
    read=_price_asked,
    document=f"""
    mutation ($input: RequestSpecialPriceInput!, $language: Language!) {{
      answer: requestSpecialPrice(input: $input) {{
        ... on ApprovalRecorded {{ approval {{ ...Asked }} }} {REFUSED}
      }}
    }}"""
    + _PRICE_REQUEST,
)
DECIDE_PRICE: Final = Question(
    read=_price_asked,
    document=f"""
    mutation ($id: ID!, $note: String!, $language: Language!) {{
      answer: decideApproval(approvalId: $id, approve: true, note: $note) {{
        ... on ApprovalRecorded {{ approval {{ ...Asked }} }} {REFUSED}
      }}
    }}"""
    + _PRICE_REQUEST,
)
ATTACH: Final = Question(
    read=_attached,
    document=f"""
    mutation ($input: AttachEvidenceInput!, $language: Language!) {{
      answer: attachEvidence(input: $input) {{
        ... on EvidenceAttached {{ evidence {{ kind attachedBy {{ code }} }} }} {REFUSED}
      }}
    }}""",
)
INBOX: Final = Question(
    read=_inbox,
    document="""
    query { answer: approvalInbox {
      edges { node { kind requestedBy { code } customer { name } askedPrice reason } }
    } }""",
)
PLACE_PRICED_ORDER: Final = Question(
    read=_priced,
    document=f"""
    mutation ($input: PlaceOrderInput!, $language: Language!) {{
      answer: placeOrder(input: $input) {{
        ... on OrderRecorded {{ order {{ ...Decided listAmount priceViolation specialPriceApprovalId }} }}
        {REFUSED}
      }}
    }}"""
    + ORDER,
)
OPEN_DISPUTE: Final = Question(
    read=_dispute,
    document=f"""
    mutation ($input: OpenDisputeInput!, $language: Language!) {{
      answer: openDispute(input: $input) {{ ... on DisputeRecorded {{ dispute {{ ...Heard }} }} {REFUSED} }}
    }}"""
    + _DISPUTE,
)
SAY: Final = Question(
    read=_dispute,
    document=f"""
    mutation ($input: AddStatementInput!, $language: Language!) {{
      answer: addStatement(input: $input) {{ ... on DisputeRecorded {{ dispute {{ ...Heard }} }} {REFUSED} }}
    }}"""
    + _DISPUTE,
)
REJECT: Final = Question(
    read=_dispute,
    document=f"""
    mutation ($id: ID!, $reason: String!, $language: Language!) {{
      answer: rejectDispute(disputeId: $id, reason: $reason) {{
        ... on DisputeRecorded {{ dispute {{ ...Heard }} }} {REFUSED}
      }}
    }}"""
    + _DISPUTE,
)
DISPUTE: Final = Question(
    read=_dispute,
    document="query ($id: ID!, $language: Language!) { answer: dispute(id: $id) { ...Heard } }" + _DISPUTE,
)
CASE_EVENTS: Final = Question(
    read=_case_events,
    document="""
    query ($id: ID!, $language: Language!) { answer: dispute(id: $id) {
      caseEvents { edges { node { kind side { code name } by { code name } explanation(language: $language) } } }
    } }""",
)
PRECEDENTS: Final = Question(
    read=_precedents,
    document="""
    query ($id: ID!) { answer: precedents(disputeId: $id) {
      clause { number } reason shares { staff { code } shareBp }
    } }""",
)
LET_GO: Final = Question(
    read=_left,
    document=f"""
    mutation ($code: String!, $reason: String!, $language: Language!) {{
      answer: deactivateStaff(staffCode: $code, reason: $reason) {{
        ... on StaffDeactivated {{ leaver {{ staff {{ active }} registrationCount requestCount }} }} {REFUSED}
      }}
    }}""",
)
PREVIEW: Final = Question(
    read=_previewed,
    document=f"""
    query ($input: HandoverInput!, $language: Language!) {{
      answer: previewHandover(input: $input) {{
        ... on HandoverPreview {{ total movable distributionDigest shares {{ to {{ code }} total }} }} {REFUSED}
      }}
    }}""",
)
HAND_OVER: Final = Question(
    read=_begun,
    document=f"""
    mutation ($input: HandoverInput!, $reason: String!, $digest: String!, $language: Language!) {{
      answer: handOver(input: $input, reason: $reason, distributionDigest: $digest) {{
        ... on HandoverBegun {{ handover {{ ...Moved }} }} {REFUSED}
      }}
    }}"""
    + _HANDOVER,
)
HANDED_OVER: Final = Question(
    read=_moved, document="query ($id: ID!) { answer: handover(id: $id) { ...Moved } }" + _HANDOVER
)
