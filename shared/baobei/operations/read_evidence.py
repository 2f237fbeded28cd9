"""Reading a file of evidence, by whoever may see the request that it was attached to."""

import base64
from dataclasses import dataclass
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.transaction import lent
from baobei.store import approvals, evidence, organisation, registrations
from baobei.store.connection import Connection
from baobei.store.evidence import Evidence
from baobei.store.models import Approval, Staff
from baobei.vault import EVIDENCE_FIELD


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """A file as it was attached."""

    evidence: Evidence
    written: bytes


async def read_evidence(office: Office, actor: Actor, id: UUID | None) -> EvidenceFile | None:
    """Return a file; None where there is none, it was erased, or its request may not be seen."""
    if id is None:
        return None
    async with lent(office, actor) as connection:
        found = await evidence.file_by_id(connection, actor.alliance.id, id)
        if found is None:
            return None
        attached, sealed = found
        asked = await approvals.by_ids(connection, actor.alliance.id, [attached.approval_id])
        people = await people_of(connection, actor, asked[attached.approval_id])
    if not access.may_see_request(actor.staff, asked[attached.approval_id], people=people):
        return None
    opened = office.vault.open(sealed, alliance_id=actor.alliance.id, record_id=id, field=EVIDENCE_FIELD)
    return EvidenceFile(evidence=attached, written=base64.b64decode(opened))


async def people_of(connection: Connection, actor: Actor, approval: Approval) -> tuple[Staff, ...]:
    """Return whose request it is: who asked, the owner of what it is about, who would receive."""
    ids = {approval.requested_by_id, approval.receiver_id} - {None}
    if approval.registration_id is not None:
        found = await registrations.by_ids(connection, actor.alliance, [approval.registration_id])
        ids |= {stored.owner_id for stored in found.values()}
    staff = await organisation.staff_by_ids(connection, actor.alliance.id, [id for id in ids if id])
    return tuple(staff.values())
