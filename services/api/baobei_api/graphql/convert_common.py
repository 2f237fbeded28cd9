"""What every conversion needs: for whom it is, instants in their time zone, people and clauses."""

from datetime import datetime
from uuid import UUID

import strawberry

from baobei.operations.actor import Actor, Office
from baobei.operations.disclosure import Disclosure
from baobei.policy.document import Clause as PolicyClause
from baobei.policy.document import Policy
from baobei.policy.terms import ClauseNumber
from baobei.store.organisation_models import Staff
from baobei_api.graphql.types import people, policy


class CommonConverter:
    """Converts for one viewer; instants go out in the time zone of the viewer's alliance."""

    def __init__(self, office: Office, actor: Actor) -> None:
        self.viewer = actor.staff
        self.disclosure = Disclosure(vault=office.vault, alliance_id=actor.alliance.id, viewer=actor.staff)
        self.zone = actor.alliance.time_zone

    def local(self, instant: datetime) -> datetime:
        """Return an instant in the alliance's time zone."""
        return instant.astimezone(self.zone)

    def optional_local(self, instant: datetime | None) -> datetime | None:
        """Return an instant in the alliance's time zone, None for none."""
        return None if instant is None else self.local(instant)

    def staff(self, staff: Staff) -> people.Staff:
        """Return a staff member."""
        return people.Staff(
            id=id_of(staff.id),
            code=staff.code,
            name=staff.name,
            roles=sorted(staff.roles),
            active=staff.active,
            unit_id=staff.unit_id,
        )

    def clause(self, number: ClauseNumber, document: Policy) -> policy.Clause:
        """Return a clause as a version words it."""
        return clause_of(document.clause(number))


def id_of(id: UUID) -> strawberry.ID:
    """Return an id as it goes out."""
    return strawberry.ID(str(id))


def clause_of(clause: PolicyClause) -> policy.Clause:
    """Return a clause with its title and text in both languages."""
    return policy.Clause(number=clause.number, titles=clause.title, texts=clause.text)
