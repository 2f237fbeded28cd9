"""Whether an alliance's audit is what was written: every seal and every event of it, and a head kept elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from baobei.audit_chain import NOTHING_BEFORE, AuditedEvent, Seal, hash_of
from baobei.operations.actor import Office
from baobei.operations.transaction import ALL_ALLIANCES, lent
from baobei.store import audit_seals
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance

SEALS_A_PAGE: Final = 20
FINDINGS_AT_MOST: Final = 100
# No setting lets a transaction run for more than an hour; clocks of several hosts disagree a little.
LONGEST_TRANSACTION: Final = timedelta(hours=2)
# Of numbers: nothing has one below 1, unless somebody made it.
LOWEST: Final = -(2**63)


class Tampering(StrEnum):
    """What is wrong with an audit."""

    EDITED = "EDITED"
    MISSING = "MISSING"
    SLIPPED_IN = "SLIPPED_IN"
    BACK_DATED = "BACK_DATED"
    SEAL_EDITED = "SEAL_EDITED"
    SEAL_MISSING = "SEAL_MISSING"
    HEAD_MISSING = "HEAD_MISSING"
    HEAD_DIFFERS = "HEAD_DIFFERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, at an event, at a seal, or at an event of a seal."""

    what: Tampering
    sequence: int | None = None
    seal_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The newest seal of an audit; kept elsewhere, it shows later that nothing before it was cut off."""

    seal_number: int
    hash: bytes
    sealed_at: datetime


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was looked at, and the first things that are wrong, 100 at the most; none: all is as written.

    `unsealed` events are those of the newest minute; all that can be said of them is that their numbers were given
    out after the last seal.
    """

    seals: int = 0
    events: int = 0
    unsealed: int = 0
    oldest_unsealed_at: datetime | None = None
    head: AuditHead | None = None
    findings: list[Finding] = field(default_factory=list)

    def found(self, finding: Finding) -> None:
        """Keep a finding, up to as many as anybody reads."""
        if len(self.findings) < FINDINGS_AT_MOST:
            self.findings.append(finding)


async def audit_head(office: Office, alliance: Alliance) -> AuditHead | None:
    """Return the newest seal, None before the first."""
    async with lent(office, ALL_ALLIANCES) as connection:
        seal = await audit_seals.last_seal(connection, alliance.id)
    return None if seal is None else _head(seal)


async def verify_audit(office: Office, alliance: Alliance, *, head: AuditHead | None = None) -> Verified:
    """Compute every seal again, and look for what no seal names; `head` is one that was kept elsewhere.

    Goes through the seals in pages and through the events of one seal at a time: memory stays what it is.
    """
    verified, walk = Verified(), _Walk()
    async with lent(office, ALL_ALLIANCES) as connection:
        while page := await audit_seals.seals_after(connection, alliance.id, walk.number, limit=SEALS_A_PAGE):
            for seal in page:
                there = await _events_under(connection, alliance, walk, seal)
                for finding in walk.check(seal, there, office=office, alliance=alliance):
                    verified.found(finding)
                if head is not None and seal.number == head.seal_number and seal.hash != head.hash:
                    verified.found(Finding(what=Tampering.HEAD_DIFFERS, seal_number=seal.number))
                verified.events += len(seal.sequences)
                verified.seals += 1
                verified.head = _head(seal)
        behind = await audit_seals.unsealed(connection, alliance.id, above=walk.given_out)
        # Asked for last: a number that an event has by then has been given out.
        given_out = await audit_seals.given_out(connection)
    verified.unsealed, verified.oldest_unsealed_at = behind.events, behind.oldest_at
    if behind.last is not None and behind.last > given_out:
        verified.found(Finding(what=Tampering.SLIPPED_IN, sequence=behind.last))
    if head is not None and walk.number < head.seal_number:
        verified.found(Finding(what=Tampering.HEAD_MISSING, seal_number=head.seal_number))
    return verified


async def _events_under(
    connection: Connection, alliance: Alliance, walk: "_Walk", seal: Seal
) -> dict[int, AuditedEvent]:
    """Return what stands where a seal says that its events stand, with some of what is too much there."""
    events = await audit_seals.events(
        connection,
        alliance.id,
        above=walk.given_out if walk.number else LOWEST,
        up_to=seal.given_out,
        limit=len(seal.sequences) + FINDINGS_AT_MOST,
    )
    return {event.sequence: event for event in events}


@dataclass(slots=True, kw_only=True)
class _Walk:
    """How far the chain has been followed: the seal, and up to which number it goes."""

    number: int = 0
    hash: bytes = NOTHING_BEFORE
    given_out: int = 0
    sealed_at: datetime | None = None

    def check(
        self, seal: Seal, there: dict[int, AuditedEvent], *, office: Office, alliance: Alliance
    ) -> Iterator[Finding]:
        """Follow the chain over one more seal; yield what is wrong with it and with its events."""
        if seal.number != self.number + 1:
            yield Finding(what=Tampering.SEAL_MISSING, seal_number=self.number + 1)
        genuine = hash_of(seal, vault=office.vault, alliance_id=alliance.id) == seal.hash
        if not genuine or (seal.number == self.number + 1 and seal.previous_hash != self.hash):
            yield Finding(what=Tampering.SEAL_EDITED, seal_number=seal.number)
        for sequence, digest in zip(seal.sequences, seal.event_digests, strict=True):
            if (what := self._wrong(there.pop(sequence, None), digest)) is not None:
                yield Finding(what=what, sequence=sequence, seal_number=seal.number)
        for stranger in there:
            yield Finding(what=Tampering.SLIPPED_IN, sequence=stranger, seal_number=seal.number)
        self.number, self.hash, self.sealed_at = seal.number, seal.hash, seal.sealed_at
        self.given_out = max(self.given_out, seal.given_out)

    def _wrong(self, event: AuditedEvent | None, digest: bytes) -> Tampering | None:
        """Return what is wrong with the event of which a seal keeps this digest, None for nothing."""
        if event is None:
            return Tampering.MISSING
        if not event.is_of(digest):
            return Tampering.EDITED
        # Its number was given out after the seal before was made, in a transaction that had not taken an hour.
        if self.sealed_at is not None and event.written_at < self.sealed_at - LONGEST_TRANSACTION:
            return Tampering.BACK_DATED
        return None


def _head(seal: Seal) -> AuditHead:
    return AuditHead(seal_number=seal.number, hash=seal.hash, sealed_at=seal.sealed_at)
