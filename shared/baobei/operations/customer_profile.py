"""How people sort a customer: class, segment, need and where the customer comes from."""

from dataclasses import dataclass, replace

from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed_if_any
from baobei.operations.results import UNKNOWN_CLASS, UNKNOWN_SOURCE
from baobei.policy.document import Policy
from baobei.store.registration_models import UNSORTED, Profile, Segment
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is said of a customer; None where nothing is. Classes and sources are words of the policy.

    `source_as_written`: it comes from a sheet, and one that the policy does not list is left out, not refused.
    """

    customer_class: str | None = None
    segment: Segment | None = None
    need: str | None = None
    source: str | None = None
    source_as_written: bool = False

    @property
    def facts(self) -> dict[str, object]:
        """Return what was said, by name, and nothing of what was not."""
        said = {
            "customer_class": self.customer_class,
            "segment": None if self.segment is None else self.segment.value,
            "need": self.need,
            "source": self.source,
        }
        return {name: value for name, value in said.items() if value is not None}

    def as_listed(self, policy: Policy) -> "Details":
        """Return the same without a source as written that the policy does not list."""
        if self.source_as_written and self.source not in policy.customer_sources:
            return replace(self, source=None)
        return self


NOTHING_SAID = Details()


def refuse_details(details: Details, policy: Policy) -> str | None:
    """Return the code of a word that the policy does not have, None when it has them all."""
    if details.customer_class is not None and details.customer_class not in policy.customer_classes:
        return UNKNOWN_CLASS
    source = details.as_listed(policy).source
    if source is not None and source not in policy.customer_sources:
        return UNKNOWN_SOURCE
    return None


def profile_of(
    office: Office, actor: Actor, details: Details, *, before: Profile = UNSORTED
) -> tuple[Profile, SealedText | None]:
    """Return a profile with what is said in place of what was, and the text of a need, sealed, if one is said."""
    need = sealed_if_any(office, actor, details.need)
    after = replace(
        before,
        customer_class=details.customer_class or before.customer_class,
        segment=details.segment or before.segment,
        source=details.source or before.source,
        need_id=before.need_id if need is None else need.id,
    )
    return after, need
