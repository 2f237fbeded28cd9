"""How far an import has come, for the person who sent it: a file of customers is nobody else's business."""

from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.transaction import lent
from baobei.store import imports
from baobei.store.import_models import ImportJob


async def read_import(office: Office, actor: Actor, id: UUID | None) -> ImportJob | None:
    """Return an import that the actor may see; one of somebody else looks like one that there is not."""
    if id is None:
        return None
    async with lent(office, actor) as connection:
        job = await imports.by_id(connection, actor.alliance.id, id)
    return job if job is not None and access.may_see_import(actor.staff, by_id=job.uploaded_by_id) else None
