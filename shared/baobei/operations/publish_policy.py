"""Publishing a policy as the alliance's next version."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from baobei.clock import new_id
from baobei.operations.actor import Desk
from baobei.operations.errors import OperationError
from baobei.operations.organisation_acts import policy_act
from baobei.operations.transaction import AS_LOGIN, in_transaction
from baobei.policy.document import read_policy
from baobei.store import ledger, organisation, organisation_changes, policies
from baobei.store.connection import Connection
from baobei.store.policy_models import PublishedPolicy


class PolicyNotPublishable(OperationError):
    """A policy that cannot be the next version; the message says why and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """A document and the instant (inclusive, aware) from which it is to be in force."""

    alliance_code: str
    document: str
    name: str
    effective_from: datetime


async def publish_policy(desk: Desk, request: PublishPolicy) -> PublishedPolicy:
    """Publish the next version; what was decided and registered before keeps its own.

    Raises `PolicyDocumentError` for a broken document, and `PolicyNotPublishable` for an unknown alliance,
    another time zone than the alliance's, or an instant that is past or not after the last version's.
    """
    return await in_transaction(desk, partial(_publish, desk=desk, request=request), within=AS_LOGIN)


async def _publish(connection: Connection, *, desk: Desk, request: PublishPolicy) -> PublishedPolicy:
    policy = read_policy(request.document, name=request.name)
    await organisation_changes.lock_organisation(connection)
    alliance = await organisation.alliance_by_code(connection, request.alliance_code)
    if alliance is None:
        raise PolicyNotPublishable(f"no alliance {request.alliance_code!r}")
    if policy.time_zone.key != alliance.time_zone.key:
        raise PolicyNotPublishable(
            f"{request.name}: time_zone: expected {alliance.time_zone.key}, the alliance's own"
        )
    now = await desk.clock.now(connection)
    if request.effective_from < now:
        raise PolicyNotPublishable("--from: expected an instant that is not past")
    latest = await policies.latest(connection, alliance)
    if latest is not None and request.effective_from <= latest.effective_from:
        raise PolicyNotPublishable(
            f"--from: expected an instant after {latest.effective_from.isoformat()}, when the last version begins"
        )
    version = PublishedPolicy(id=new_id(), effective_from=request.effective_from, policy=policy)
    await policies.insert(
        connection,
        alliance.id,
        id=version.id,
        policy=policy,
        document=request.document,
        effective_from=version.effective_from,
    )
    await ledger.append(connection, alliance.id, [policy_act(version, at=now)])
    return version
