"""Requests that need an approver."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from baobei.store.approval_models import Approval as StoredApproval
from baobei.store.approval_models import ApprovalKind, ApprovalStatus
from baobei.store.evidence import EvidenceKind
from baobei_api.graphql import approval_reads
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.handover_summary import HandoverSummary
from baobei_api.graphql.types.people import Customer, Staff
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.shared import InLanguage, said


@strawberry.type(description="What was attached to a request: a text, a link or a file.")
class Evidence:
    """Evidence."""

    id: strawberry.ID = strawberry.field(description="The id; a file is fetched from `/v1/evidence/{id}`.")
    kind: EvidenceKind = strawberry.field(description="What it is.")
    text: str | None = strawberry.field(description="The text or the link; null for a file.")
    media_type: str | None = strawberry.field(description="For a file: its type, by its contents.")
    size_bytes: int | None = strawberry.field(description="For a file: its size in bytes.")
    attached_at: datetime = strawberry.field(description="When it was attached.")
    erased: bool = strawberry.field(description="Whether the file was erased with the person it is about.")
    attached_by_id: strawberry.Private[UUID]

    @resolved("Who attached it.")
    async def attached_by(self, info: Info) -> Staff:
        """Return who attached it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.attached_by_id))


@strawberry.type(description="A request that needs an approver: asked once, decided once.")
class Approval:
    """A request."""

    id: strawberry.ID = strawberry.field(description="The id of the request.")
    kind: ApprovalKind = strawberry.field(description="What is asked for.")
    status: ApprovalStatus = strawberry.field(description="Where it is.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    decided_at: datetime | None = strawberry.field(
        description="When it was decided; null while it is pending."
    )
    days: int | None = strawberry.field(description="For an extension: by how many days.")
    list_price: Decimal | None = strawberry.field(
        description="For a special price: the price by the list, in yuan."
    )
    asked_price: Decimal | None = strawberry.field(
        description="For a special price: the lowest price asked for, in yuan."
    )
    receiver_id: strawberry.Private[UUID | None]
    registration_id: strawberry.Private[UUID | None]
    attempt_id: strawberry.Private[UUID | None]
    requested_by_id: strawberry.Private[UUID]
    decided_by_id: strawberry.Private[UUID | None]
    stored: strawberry.Private[StoredApproval]

    @resolved("Why it is asked for, at most 1000 characters.")
    async def reason(self, info: Info) -> str:
        """Return why."""
        reader = await approval_reads.reader_of(info.context, self.stored)
        return info.context.convert.disclosure.text(self.stored.reason, owner=reader)

    @resolved("What the approver noted; null while it is pending.")
    async def decision_note(self, info: Info) -> str | None:
        """Return the note."""
        reader = await approval_reads.reader_of(info.context, self.stored)
        return info.context.convert.disclosure.optional_text(self.stored.decision_note, owner=reader)

    @resolved(
        "How it ended, in one sentence for people: who decided it or took it back, when, and why it came too late; null"
        " while it is pending."
    )
    async def explanation(self, info: Info, language: InLanguage = Language.ZH) -> str | None:
        """Return how it ended."""
        ended = await approval_reads.ending_for(info.context, self.stored)
        return None if ended is None else said(ended, language)

    @resolved("For a handover: from whom to whom, and how much; null for any other request.")
    async def handover(self, info: Info) -> HandoverSummary | None:
        """Return the handover in short."""
        return await approval_reads.handover_summary(info.context, self.stored)

    @resolved("The registration that it concerns, if any.")
    async def registration(self, info: Info) -> Registration | None:
        """Return the registration."""
        if self.registration_id is None:
            return None
        stored = await info.context.loaders.registration_by_id.load(self.registration_id)
        return info.context.convert.registration(stored)

    @resolved(
        "The customer that it is about, masked unless the viewer may see them in full: of the registration, else of the"
        " cross-region attempt. Null for a handover, which is about no single customer, and for a special price asked by"
        " phone or address, of which only keys are kept."
    )
    async def customer(self, info: Info) -> Customer | None:
        """Return the customer, as whoever sees the registration or the attempt sees them."""
        loaders, convert = info.context.loaders, info.context.convert
        owner = await approval_reads.owner_of(info.context, self.stored)
        if owner is None:
            return None
        if self.registration_id is not None:
            contact_id = (await loaders.registration_by_id.load(self.registration_id)).contact_id
        elif self.attempt_id is None:
            return None
        else:
            contact_id = await loaders.contact_id_by_attempt.load(self.attempt_id)
        return convert.customer_of_registration(await loaders.contact_by_id.load(contact_id), owner=owner)

    @resolved(
        "For a cross-region attempt: whose registration it would be; for a special price asked by phone or address that was"
        " handed over: whose it is now."
    )
    async def receiver(self, info: Info) -> Staff | None:
        """Return who would receive."""
        if self.receiver_id is None:
            return None
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.receiver_id))

    @resolved("What was attached, in the order of attaching; at most 10.")
    async def evidence(self, info: Info) -> list[Evidence]:
        """Return evidence."""
        found = await info.context.loaders.evidence_by_approval.load(UUID(self.id))
        reader = await approval_reads.reader_of(info.context, self.stored)
        return [info.context.convert.evidence(each, owner=reader) for each in found]

    @resolved(
        "Who may decide it as things stand, by staff code; for a cross-region attempt the department heads where no store of"
        " the region has a manager who may (`cross_region_deputy`). Empty once it is decided; while it waits: nobody may, and"
        " it waits until somebody does, or is taken back."
    )
    async def deciders(self, info: Info) -> list[Staff]:
        """Return who may decide."""
        if self.status is not ApprovalStatus.PENDING:
            return []
        found = await info.context.loaders.deciders_by_approval.load(UUID(self.id))
        return [info.context.convert.staff(person) for person in found]

    @resolved("Who asked.")
    async def requested_by(self, info: Info) -> Staff:
        """Return who asked."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.requested_by_id))

    @resolved("Who decided; null while it is pending.")
    async def decided_by(self, info: Info) -> Staff | None:
        """Return who decided."""
        if self.decided_by_id is None:
            return None
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.decided_by_id))
