"""Reading a file of evidence, by who asked, who decides, and who sees the customer in full."""

import base64
from dataclasses import dataclass
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.request_owners import owner_id_of
from baobei.operations.request_registry import KINDS
from baobei.operations.transaction import lent
from baobei.store import approvals, evidence, organisation
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.evidence import Evidence
from baobei.store.organisation_models import Staff
from baobei.vault import EVIDENCE_FIELD


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """A file as it was attached; `place` tells it from the others of its request, from 1 in the order of attaching."""

    evidence: Evidence
    written: bytes
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whose request it is: who asked, and whose customer it is about or would be, None for nobody's."""

    asked_by: Staff
    receiver: Staff | None
    owner: Staff | None

    @property
    def everybody(self) -> tuple[Staff, ...]:
        """Return those whose things a request is among."""
        return tuple(each for each in (self.asked_by, self.receiver, self.owner) if each is not None)


async def read_evidence(office: Office, actor: Actor, id: UUID | None) -> EvidenceFile | None:
    """Return a file; None where there is none, it was erased, or it is not for the viewer.

    That there is one, its request shows to more people than the file is for.
    """
    if id is None:
        return None
    async with lent(office, actor) as connection:
        found = await evidence.file_by_id(connection, actor.alliance.id, id)
        if found is None:
            return None
        attached = found.evidence
        asked = await approvals.by_ids(connection, actor.alliance.id, [attached.approval_id])
        approval = asked[attached.approval_id]
        people = await _people_of(connection, actor, approval)
    if not _may_read(actor.staff, approval, people):
        return None
    opened = office.vault.open(
        found.sealed, alliance_id=actor.alliance.id, record_id=id, field=EVIDENCE_FIELD
    )
    return EvidenceFile(evidence=attached, written=base64.b64decode(opened), place=found.place)


def _may_read(viewer: Staff, approval: Approval, people: People) -> bool:
    return access.may_see_request(
        viewer, approval, people=people.everybody
    ) and access.may_read_evidence_file(
        viewer,
        asked_by_id=approval.requested_by_id,
        decides=KINDS[approval.kind].decides(viewer, approval),
        owner=people.owner,
    )


async def _people_of(connection: Connection, actor: Actor, approval: Approval) -> People:
    owner_id = await owner_id_of(connection, actor, approval)
    ids = {approval.requested_by_id, approval.receiver_id, owner_id}
    staff = await organisation.staff_by_ids(connection, actor.alliance.id, [id for id in ids if id])
    return People(
        asked_by=staff[approval.requested_by_id],
        receiver=None if approval.receiver_id is None else staff[approval.receiver_id],
        owner=None if owner_id is None else staff[owner_id],
    )
