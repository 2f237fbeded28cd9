"""The words of the trade as types: ids, instants of recording, roles, outcomes."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, NewType

RegistrationId = NewType("RegistrationId", str)
OrderId = NewType("OrderId", str)
StaffId = NewType("StaffId", str)
ClauseNumber = NewType("ClauseNumber", str)
BasisPoints = NewType("BasisPoints", int)

WHOLE_CREDIT = BasisPoints(10_000)


class Moment(NamedTuple):
    """When a thing was recorded: the instant, and its place among the things of that instant.

    Compares in the order of recording; two moments are never equal (policy.md section 2).
    """

    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence for people, in both languages of the product."""

    zh: str
    en: str


class Channel(enum.StrEnum):
    """Where the registrant worked when registering: a store or a field department."""

    STORE = "STORE"
    FIELD = "FIELD"


class FollowUpKind(enum.StrEnum):
    """How a customer was contacted."""

    CALL = "CALL"
    SMS = "SMS"
    WECHAT = "WECHAT"
    EMAIL = "EMAIL"
    STORE_VISIT = "STORE_VISIT"
    HOME_VISIT = "HOME_VISIT"
    OTHER = "OTHER"


class StandingStatus(enum.StrEnum):
    """What a registration is worth at an instant (policy.md section 5)."""

    PROTECTED = "PROTECTED"
    LAPSED = "LAPSED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    CONVERTED = "CONVERTED"
    LOST = "LOST"
    WITHDRAWN = "WITHDRAWN"


class AdmissionOutcome(enum.StrEnum):
    """What became of an attempt to register (policy.md section 4)."""

    PROTECTED = "PROTECTED"
    INCOMPLETE = "INCOMPLETE"
    AFTER_DEAL = "AFTER_DEAL"
    DUPLICATE_OWN = "DUPLICATE_OWN"
    ALREADY_PROTECTED = "ALREADY_PROTECTED"
    COOLING_DOWN = "COOLING_DOWN"
    OVER_QUOTA = "OVER_QUOTA"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"


class Verdict(enum.StrEnum):
    """Who is credited with an order: a registrant, the taker, nobody yet, or as ruled."""

    REGISTRANT = "REGISTRANT"
    TAKER = "TAKER"
    UNASSIGNED = "UNASSIGNED"
    RULED = "RULED"


class RefusalCode(enum.StrEnum):
    """Why a change was not made; stable, part of what integrators were promised."""

    NOT_LIVE = "NOT_LIVE"
    NOT_OWNER = "NOT_OWNER"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    LIMIT = "LIMIT"
    TOO_LATE = "TOO_LATE"
    CANCELLED = "CANCELLED"
    BAD_SHARES = "BAD_SHARES"
    OWN_CASE = "OWN_CASE"
    ALREADY_OPEN = "ALREADY_OPEN"
    CREDITED_WHOLE = "CREDITED_WHOLE"
    INCOMPLETE = "INCOMPLETE"


class RequiredFact(enum.StrEnum):
    """The three facts without which nobody can tell who the customer is (3.2.2)."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A staff member's share of an order, in basis points."""

    staff: StaffId
    share_bp: int


class Clauses:
    """The numbered clauses that decisions cite; their words stand in the policy document."""

    STORE_REPORT = ClauseNumber("3.1.1")
    FIELD_REPORT = ClauseNumber("3.1.2")
    AFTER_DEAL = ClauseNumber("3.2.1")
    THREE_FACTS = ClauseNumber("3.2.2")
    FIRST_COME = ClauseNumber("3.3.1")
    FOLLOW_UP = ClauseNumber("3.3.2")
    EXPIRY = ClauseNumber("3.3.3")
    QUOTA = ClauseNumber("3.4.2")
    # In the document only of an alliance whose policy has cross-region attempts wait.
    CROSS_REGION = ClauseNumber("B.4.2")
    SPECIAL_PRICE = ClauseNumber("B.5.3")
