"""Questions about customers whom others may hold: each is on record, and many without registrations look like probing.

A question is asked by `checkProtection`, or by a row of a dry run: what a file may ask in a day is bounded, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.check_rules import PROBING_WITHIN
from baobei.store import ledger, quotas
from baobei.store.connection import Connection
from baobei.store.ledger import Act, Written
from baobei.store.locks import lock_staff

CHECKED: Final = "staff.checked_protection"
PROBING: Final = "staff.probing_suspected"
A_DAY: Final = timedelta(days=1)


async def probing_acts(
    connection: Connection, office: Office, actor: Actor, before: Sequence[Written], *, at: datetime
) -> list[Act]:
    """Return the act that says so when this check makes it look like probing; once a person and day."""
    rules = office.checks
    earlier = before[: rules.probing_checks - 1]
    since = earlier[-1].occurred_at if earlier else at
    if len(earlier) < rules.probing_checks - 1 or since <= at - PROBING_WITHIN:
        return []
    told = await ledger.latest(connection, actor.alliance.id, actor.staff.id, PROBING, at_most=1)
    if told and told[0].occurred_at > at - PROBING_WITHIN:
        return []
    made = await quotas.count_made(connection, actor.alliance.id, actor.staff.id, since=since)
    if not rules.is_probing(registrations=made):
        return []
    detail = {"checks": rules.probing_checks, "registrations": made, "since": since.isoformat()}
    return [Act(kind=PROBING, subject_id=actor.staff.id, occurred_at=at, actor_id=None, detail=detail)]


class Questions:
    """What the rows of a dry run ask within a transaction, in which the sender is held so that all are counted."""

    def __init__(
        self,
        connection: Connection,
        office: Office,
        actor: Actor,
        before: Sequence[Written],
        *,
        at: datetime,
        import_id: UUID,
    ) -> None:
        self._connection, self._office, self._actor = connection, office, actor
        self._before, self._at, self._import_id = before, at, import_id
        today = sum(written.occurred_at > at - A_DAY for written in before)
        self._left = max(0, office.checks.dry_run_rows - today)
        self._acts: list[Act] = []

    @classmethod
    async def of(
        cls, connection: Connection, office: Office, actor: Actor, *, import_id: UUID
    ) -> "Questions":
        """Hold the sender, and look at what they asked of late."""
        await lock_staff(connection, actor.staff.id)
        at_most = max(office.checks.looked_at, office.checks.dry_run_rows)
        before = await ledger.latest(connection, actor.alliance.id, actor.staff.id, CHECKED, at_most=at_most)
        return cls(
            connection, office, actor, before, at=await office.clock.now(connection), import_id=import_id
        )

    @property
    def may_ask(self) -> bool:
        """Whether one more customer may be compared with those of others today."""
        return self._left > 0

    def asked(self, *, available: bool) -> None:
        """Take in that a row was compared, and whether it would be admitted."""
        self._left -= 1
        self._acts.append(
            Act(
                kind=CHECKED,
                subject_id=self._actor.staff.id,
                occurred_at=self._at,
                actor_id=self._actor.staff.id,
                detail={"available": available, "import": str(self._import_id)},
            )
        )

    async def write_down(self) -> None:
        """Record what was asked, and that it looks like probing where it does."""
        if not self._acts:
            return
        *earlier, _ = self._acts
        asked = [Written(occurred_at=self._at, written_at=self._at) for _ in earlier]
        probing = await probing_acts(
            self._connection, self._office, self._actor, [*asked, *self._before], at=self._at
        )
        await ledger.append(self._connection, self._actor.alliance.id, [*self._acts, *probing])
