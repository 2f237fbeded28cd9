"""The sentences for people, in Chinese and English: one door to all of them.

They are made from values that are stored with each decision, so that the past can be explained later;
they name the clause and the dates, and never any personal data of a customer.
"""

from baobei.policy.explain_admission import explain_admission, explain_field
from baobei.policy.explain_attribution import (
    AttributionFacts,
    CandidateFacts,
    PassedOn,
    RulingFacts,
    explain_attribution,
    explain_candidate,
)
from baobei.policy.explain_refusal import explain_refusal
from baobei.policy.explain_request import RequestEnd, explain_request_end
from baobei.policy.explain_standing import explain_follow_up, explain_standing

__all__ = [
    "AttributionFacts",
    "CandidateFacts",
    "PassedOn",
    "RequestEnd",
    "RulingFacts",
    "explain_admission",
    "explain_attribution",
    "explain_candidate",
    "explain_field",
    "explain_follow_up",
    "explain_refusal",
    "explain_request_end",
    "explain_standing",
]
