"""Who has a stake in who is credited with an order: the one rule for opening a dispute, speaking in it and seeing it.

It is asked when a dispute is opened, and written down with it: all that gives a stake was recorded by then.
"""

from collections.abc import Iterable
from uuid import UUID

from baobei.operations.order_parties import candidate_owners, ever_credited
from baobei.policy.disputes import Stake
from baobei.policy.identity import CustomerKeys, Match
from baobei.store import dispute_stakes
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Alliance


async def stakes_in(
    connection: Connection, alliance: Alliance, order: StoredOrder, decisions: Iterable[StoredAttribution]
) -> dict[UUID, Stake]:
    """Return who has a stake in who is credited, each by the first of what gives them one.

    The taker; whoever any decision credits; who made, owns or once owned a registration that matches the order, however
    it ended; for whom an attempt on the customer came to nothing, or still waits. What was recorded after the order
    gives none.
    """
    decided = tuple(decisions)
    takers = set() if order.taken_by_id is None else {order.taken_by_id}
    keys, before = keys_looked_at(order), order.facts.placed.sequence
    owners = await dispute_stakes.once_owners(connection, alliance.id, keys, before=before)
    by_stake = [
        (
            Stake.REFUSED,
            await dispute_stakes.refused_registrants(connection, alliance.id, keys, before=before),
        ),
        # An erasure takes the keys of a registration away, and leaves it what a decision looked at.
        (Stake.OWNER, owners | await candidate_owners(connection, alliance, decided)),
        (Stake.CREDITED, ever_credited(decided)),
        (Stake.TAKER, takers),
    ]
    return {id: stake for stake, ids in by_stake for id in sorted(ids)}


def keys_looked_at(order: StoredOrder) -> CustomerKeys:
    """Return the keys of an order that are in force under the version that it keeps."""
    keys = order.facts.keys
    return CustomerKeys(phone=keys.phone, address=None) if order.facts.policy.match is Match.PHONE else keys
