"""The hash chain over an alliance's audit: what an event comes to, and what a seal over a batch comes to.

A seal is a keyed hash over the seal before it and the digests of its events. Whoever has the database alone cannot
make one; whoever has the key as well is found by a seal that was kept elsewhere.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from baobei.vault import Vault

DIGEST_BYTES: Final = 32
# What the first seal of an alliance is chained to.
NOTHING_BEFORE: Final = bytes(DIGEST_BYTES)
_CLEAR: Final = "in clear"
_VERSION: Final = "baobei audit seal 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedEvent:
    """An event of the audit as it is stored; `detail` is the text of its jsonb, which PostgreSQL spells one way.

    A reason stands sealed under `reason_id`; `reason_in_clear` is one from before texts were sealed.
    """

    sequence: int
    occurred_at: datetime
    kind: str
    subject_kind: str
    subject_id: UUID
    actor_id: UUID | None
    detail: str
    reason_id: UUID | None
    reason_in_clear: bool
    written_at: datetime
    origin: str | None
    request_id: str | None

    @property
    def digest(self) -> bytes:
        """Return the SHA-256 over every field, each told from its neighbours."""
        sealed = None if self.reason_id is None else str(self.reason_id)
        return self._digest(_CLEAR if self.reason_in_clear else sealed)

    def is_of(self, digest: bytes) -> bool:
        """Whether a digest is this event's, or was before `baobei keys rotate` sealed its reason."""
        return digest == self.digest or (self.reason_id is not None and digest == self._digest(_CLEAR))

    def _digest(self, reason: str | None) -> bytes:
        fields = (
            self.sequence,
            _instant(self.occurred_at),
            self.kind,
            self.subject_kind,
            str(self.subject_id),
            None if self.actor_id is None else str(self.actor_id),
            self.detail,
            reason,
            _instant(self.written_at),
            self.origin,
            self.request_id,
        )
        return hashlib.sha256(json.dumps(fields).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal as it is stored; `sealed_at` is wall time, numbers count from 1 without a gap.

    It is over all events with a number above `given_out` of the seal before it, and up to its own.
    """

    number: int
    given_out: int
    sequences: tuple[int, ...]
    event_digests: tuple[bytes, ...]
    previous_hash: bytes
    sealed_at: datetime
    hash: bytes


def next_seal(
    events: Sequence[AuditedEvent],
    *,
    given_out: int,
    after: Seal | None,
    at: datetime,
    vault: Vault,
    alliance_id: int,
) -> Seal:
    """Return the seal over events, in the order of their numbers, chained to the seal before it."""
    number = 1 if after is None else after.number + 1
    sequences = tuple(event.sequence for event in events)
    digests = tuple(event.digest for event in events)
    previous = NOTHING_BEFORE if after is None else after.hash
    message = _message(number, given_out, sequences, digests, previous, at)
    return Seal(
        number=number,
        given_out=given_out,
        sequences=sequences,
        event_digests=digests,
        previous_hash=previous,
        sealed_at=at,
        hash=vault.chain_hash(message, alliance_id=alliance_id),
    )


def hash_of(seal: Seal, *, vault: Vault, alliance_id: int) -> bytes:
    """Return what the hash of a stored seal must be by all else that is stored of it."""
    message = _message(
        seal.number, seal.given_out, seal.sequences, seal.event_digests, seal.previous_hash, seal.sealed_at
    )
    return vault.chain_hash(message, alliance_id=alliance_id)


def _message(
    number: int,
    given_out: int,
    sequences: Sequence[int],
    digests: Sequence[bytes],
    previous: bytes,
    at: datetime,
) -> bytes:
    head = json.dumps([_VERSION, number, _instant(at), given_out, list(sequences)]).encode()
    return head + previous + b"".join(digests)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
