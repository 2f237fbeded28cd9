"""Registrations with their past: what they were at any instant, and what was said of the customer by then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.records import Registration, RegistrationEvent, as_admitted, fold
from baobei.store import ledger, registrations
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration
from baobei.store.texts import read
from baobei.vault import SealedText

# $3 an instant for each registration of $2. What nobody changed after it is what stands there now. Of what was changed
# later, the acts say what was said last by then, and before the first of them the attempt; where neither does, nothing.
SELECT_SAID = """
SELECT d.registration_id, d.source, NULL AS need, d.need_id, t.sealed AS need_sealed
  FROM (SELECT r.registration_id,
               CASE WHEN c.source_changed THEN coalesce(c.source, a.source) ELSE r.source END AS source,
               CASE WHEN c.need_changed THEN coalesce(c.need_id, a.need_id) ELSE r.need_id END AS need_id
          FROM unnest($2::uuid[], $3::timestamptz[]) AS asked (registration_id, at)
          JOIN registration r ON r.alliance_id = $1 AND r.registration_id = asked.registration_id
         CROSS JOIN LATERAL (
               SELECT bool_or(e.occurred_at > asked.at AND e.detail ? 'source') AS source_changed,
                      bool_or(e.occurred_at > asked.at AND e.reason_id IS NOT NULL) AS need_changed,
                      (array_agg(e.detail ->> 'source' ORDER BY e.sequence DESC)
                       FILTER (WHERE e.occurred_at <= asked.at AND e.detail ? 'source'))[1] AS source,
                      (array_agg(e.reason_id ORDER BY e.sequence DESC)
                       FILTER (WHERE e.occurred_at <= asked.at AND e.reason_id IS NOT NULL))[1] AS need_id
                 FROM audit_event e
                WHERE e.alliance_id = $1
                  AND e.subject_id = r.registration_id
                  AND e.kind = 'registration.classified') c
          LEFT JOIN LATERAL (
               SELECT source, need_id
                 FROM attempt
                WHERE alliance_id = $1
                  AND contact_id = r.contact_id
                  AND (c.source_changed OR c.need_changed)
                ORDER BY sequence
                LIMIT 1) a ON true) d
  LEFT JOIN sealed_text t ON t.alliance_id = $1 AND t.text_id = d.need_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRegistration:
    """A registration as stored, with its events up to some instant, in the order of recording."""

    stored: StoredRegistration
    events: Sequence[RegistrationEvent]

    def at(self, instant: datetime) -> Registration:
        """Return the facts as they were at an instant, none later than the events go."""
        return fold(as_admitted(self.stored.facts), self.events, until=instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where a customer came from and what they need, as it was known at an instant; None where it was not."""

    source: str | None
    need: SealedText | None


async def pasts(
    connection: Connection, alliance: Alliance, ids: Collection[UUID], *, until: datetime
) -> dict[UUID, PastRegistration]:
    """Return registrations with their events up to an instant (inclusive); an unknown id is absent."""
    stored = await registrations.by_ids(connection, alliance, ids)
    events = await ledger.registration_events(connection, alliance.id, ids, until=until)
    return {id: PastRegistration(stored=each, events=events.get(id, ())) for id, each in stored.items()}


async def said_by(
    connection: Connection, alliance_id: int, instants: Mapping[UUID, datetime]
) -> dict[UUID, Said]:
    """Return what was said of the customers of registrations by an instant of each (inclusive)."""
    rows = await connection.fetch(SELECT_SAID, alliance_id, list(instants), list(instants.values()))
    return {row["registration_id"]: Said(source=row["source"], need=read(row, "need")) for row in rows}
