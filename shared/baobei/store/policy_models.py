"""A published version of the policy as it is stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.document import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicy:
    """A version of the alliance's policy and the instant from which it is in force (inclusive)."""

    id: UUID
    effective_from: datetime
    policy: Policy
