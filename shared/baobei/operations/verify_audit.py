"""Whether an alliance's audit is what was written: every seal and every event of it, and a head kept elsewhere."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from baobei.audit_chain import NOTHING_BEFORE, AuditedEvent, Seal, hash_of
from baobei.clock import wall_now
from baobei.operations.actor import Office
from baobei.operations.seal_audit import LATE_AT_MOST
from baobei.operations.transaction import lent
from baobei.store import audit_seals
from baobei.store.models import Alliance

SEALS_A_PAGE: Final = 20
FINDINGS_AT_MOST: Final = 100
# Numbers count from 1; what stands below has been slipped in.
BEFORE_ALL: Final = -(2**63)


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

    `unsealed` events are those of the newest minute; nothing can be said of them yet.
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
    async with lent(office, alliance) as connection:
        seal = await audit_seals.last_seal(connection, alliance.id)
    return None if seal is None else _head(seal)


async def verify_audit(
    office: Office, alliance: Alliance, *, head: AuditHead | None = None, now: datetime | None = None
) -> Verified:
    """Compute every seal again, and look for what no seal names; `head` is one that was kept elsewhere.

    Goes through the seals in pages: memory grows with the number of seals, a few bytes each. `now` is wall time.
    """
    verified, walk = Verified(), _Walk()
    head_seen = head is None
    async with lent(office, alliance) as connection:
        while page := await audit_seals.seals_after(connection, alliance.id, walk.number, limit=SEALS_A_PAGE):
            for seal in page:
                there = await audit_seals.events(connection, alliance.id, seal.sequences)
                for finding in walk.check(seal, there, office=office, alliance=alliance):
                    verified.found(finding)
                if head is not None and seal.number == head.seal_number:
                    head_seen = True
                    if seal.hash != head.hash:
                        verified.found(Finding(what=Tampering.HEAD_DIFFERS, seal_number=seal.number))
                verified.events += len(seal.sequences)
                verified.seals += 1
                verified.head = _head(seal)
        settled = walk.passed_before((now or wall_now()) - LATE_AT_MOST)
        strangers = await audit_seals.passed_by(
            connection, alliance.id, above=BEFORE_ALL, up_to=max(settled, 0), limit=FINDINGS_AT_MOST
        )
        verified.unsealed, verified.oldest_unsealed_at = await audit_seals.unsealed(connection, alliance.id)
    for stranger in strangers:
        verified.found(Finding(what=Tampering.SLIPPED_IN, sequence=stranger.sequence))
    if head is not None and not head_seen:
        verified.found(Finding(what=Tampering.HEAD_MISSING, seal_number=head.seal_number))
    return verified


@dataclass(slots=True, kw_only=True)
class _Walk:
    """How far the chain has been followed."""

    number: int = 0
    hash: bytes = NOTHING_BEFORE
    newest: int = 0
    # Of each seal that went further than those before it: how far, and when.
    _reached: list[int] = field(default_factory=list)
    _reached_at: list[datetime] = field(default_factory=list)

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
            event = there.get(sequence)
            if event is None:
                what = Tampering.MISSING
            elif not event.is_of(digest):
                what = Tampering.EDITED
            elif self._is_back_dated(event):
                what = Tampering.BACK_DATED
            else:
                continue
            yield Finding(what=what, sequence=sequence, seal_number=seal.number)
        self._follow(seal)

    def passed_before(self, instant: datetime) -> int:
        """Return how far the seals made before an instant went."""
        settled = bisect_left(self._reached_at, instant)
        return self._reached[settled - 1] if settled else 0

    def _is_back_dated(self, event: AuditedEvent) -> bool:
        """Whether an event says that it was written long before a seal that passed it by."""
        passed = bisect_left(self._reached, event.sequence)
        return passed < len(self._reached) and event.written_at < self._reached_at[passed] - LATE_AT_MOST

    def _follow(self, seal: Seal) -> None:
        self.number, self.hash = seal.number, seal.hash
        if (last := max(seal.sequences)) > self.newest:
            self.newest = last
            self._reached.append(last)
            # Clocks of several hosts disagree a little; the later one is the safe one.
            self._reached_at.append(max([seal.sealed_at, *self._reached_at[-1:]]))


def _head(seal: Seal) -> AuditHead:
    return AuditHead(seal_number=seal.number, hash=seal.hash, sealed_at=seal.sealed_at)
