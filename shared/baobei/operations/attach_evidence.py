"""Attaching evidence to a request that waits: a text, a link or a file, sealed as it may name a customer."""

import base64
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.evidence_kinds import MediaType
from baobei.operations.free_text import sealed
from baobei.operations.request_kinds import no_such_request
from baobei.operations.request_owners import lock_own_request
from baobei.operations.results import ALREADY_DECIDED, TOO_MUCH_EVIDENCE, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.store import evidence, ledger
from baobei.store.approval_models import ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.evidence import Evidence, EvidenceKind
from baobei.store.ledger import Act
from baobei.vault import EVIDENCE_FIELD

MOST_EVIDENCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachText:
    """What somebody wrote, or a link, to attach to a request."""

    approval_id: UUID | None
    kind: EvidenceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachFile:
    """A file, known for what it is, to attach to a request."""

    approval_id: UUID | None
    media_type: MediaType
    written: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAttached:
    """The evidence as it was kept."""

    evidence: Evidence


async def attach_evidence(
    office: Office, actor: Actor, request: AttachText | AttachFile
) -> EvidenceAttached | Refused:
    """Attach evidence, by who asked or whose it is by now, while the request waits; it is appended and never changed.

    Refuses with NOT_OWNER (no request of theirs), ALREADY_DECIDED or TOO_MUCH_EVIDENCE.

    Source: policy.md section 8.
    """
    return await in_transaction(
        office, partial(_attach, office=office, actor=actor, request=request), within=actor
    )


async def may_attach(office: Office, actor: Actor, approval_id: UUID | None) -> Refused | None:
    """Return why nothing could be attached now, None when it could: asked before a file is read."""
    return await in_transaction(office, partial(_refused, actor=actor, approval_id=approval_id), within=actor)


async def _refused(connection: Connection, *, actor: Actor, approval_id: UUID | None) -> Refused | None:
    approval = await lock_own_request(connection, actor, approval_id)
    if approval is None:
        return no_such_request()
    if approval.status is not ApprovalStatus.PENDING:
        return refuse(ALREADY_DECIDED)
    if await evidence.count(connection, actor.alliance.id, approval.id) >= MOST_EVIDENCE:
        return refuse(TOO_MUCH_EVIDENCE)
    return None


async def _attach(
    connection: Connection, *, office: Office, actor: Actor, request: AttachText | AttachFile
) -> EvidenceAttached | Refused:
    refused = await _refused(connection, actor=actor, approval_id=request.approval_id)
    if refused is not None or request.approval_id is None:
        return refused or no_such_request()
    at = await office.clock.now(connection)
    attached = Evidence(
        id=new_id(),
        approval_id=request.approval_id,
        kind=EvidenceKind.FILE if isinstance(request, AttachFile) else request.kind,
        text=None if isinstance(request, AttachFile) else sealed(office, actor, request.text),
        media_type=request.media_type.value if isinstance(request, AttachFile) else None,
        size_bytes=len(request.written) if isinstance(request, AttachFile) else None,
        attached_by_id=actor.staff.id,
        attached_at=at,
    )
    file, digest = None, None
    if isinstance(request, AttachFile):
        file, digest = (
            _sealed_file(office, actor, attached.id, request.written),
            _digest(office, actor, request),
        )
    await evidence.insert(connection, actor.alliance.id, attached, file=file, digest=digest)
    act = Act(
        kind="approval.evidence_attached",
        subject_id=attached.approval_id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={
            "evidence": str(attached.id),
            "kind": attached.kind.value,
            "digest": None if digest is None else digest.hex(),
        },
    )
    await ledger.append(connection, actor.alliance.id, [act])
    return EvidenceAttached(evidence=attached)


def _sealed_file(office: Office, actor: Actor, id: UUID, written: bytes) -> bytes:
    # The vault seals text.
    text = base64.b64encode(written).decode()
    return office.vault.seal(text, alliance_id=actor.alliance.id, record_id=id, field=EVIDENCE_FIELD)


def _digest(office: Office, actor: Actor, request: AttachFile) -> bytes:
    """Return the keyed digest of a file: it tells whether it is the same one, and nobody what is in it."""
    content = hashlib.sha256(request.written).hexdigest()
    return office.vault.keyed_digest(f"evidence {content}", alliance_id=actor.alliance.id)
