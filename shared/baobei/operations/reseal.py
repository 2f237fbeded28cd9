"""Sealing everything with the active key, while the service runs: after a key was added to the ring.

In short transactions of one chunk each: stopped anywhere and run again, it goes on. On the way it seals what stands
in clear from before, and writes down the keys of contacts that have none yet, so that a person can be found.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Office
from baobei.operations.customers import blind_keys
from baobei.operations.disclosure import opened_contact
from baobei.operations.transaction import AS_LOGIN, in_transaction
from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys
from baobei.store import (
    clear_texts,
    contact_index,
    contacts,
    ledger,
    organisation,
    policies,
    sealed_values,
    vault_keys,
)
from baobei.store.clear_texts import Source
from baobei.store.connection import Connection
from baobei.store.contact_index import Unindexed
from baobei.store.ledger import Act
from baobei.store.sealed_values import BEGINNING, Kind, SealedRow
from baobei.vault import VaultError

CHUNK: Final = 500
# Whoever still seals with an older key writes behind a pass; a second finds that, a third says that it goes on.
PASSES: Final = 3

Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What is sealed by which key, and what is not as it should be yet."""

    active: int
    ring: frozenset[int]
    values: dict[int, int]
    clear_texts: int
    unindexed: int

    @property
    def old(self) -> int:
        """Return how many values are sealed by another key than the active one."""
        return sum(count for key, count in self.values.items() if key != self.active)

    @property
    def left(self) -> int:
        """Return how much there is still to do."""
        return self.old + self.clear_texts + self.unindexed

    @property
    def lost(self) -> dict[int, int]:
        """Return the values of keys that are not in the ring: nobody can read them."""
        return {key: count for key, count in self.values.items() if key not in self.ring}

    @property
    def unused(self) -> tuple[int, ...]:
        """Return the keys of the ring that nothing needs any more."""
        return tuple(sorted(self.ring - {self.active} - set(self.values)))


@dataclass(slots=True)
class _Pass:
    """How far a pass over one table has come."""

    place: tuple[int, UUID] = field(default=BEGINNING)
    done: int = 0
    at_the_end: bool = False


async def take_inventory(office: Office) -> Inventory:
    """Count what is sealed by which key, what stands in clear, and which contacts have no keys yet."""

    async def count(connection: Connection) -> Inventory:
        return Inventory(
            active=office.vault.active,
            ring=office.vault.numbers,
            values=await sealed_values.count_by_key(connection),
            clear_texts=await clear_texts.count(connection),
            unindexed=await contact_index.count(connection),
        )

    return await in_transaction(office, count, within=AS_LOGIN)


async def reseal(office: Office, *, tell: Tell, chunk: int = CHUNK) -> Inventory:
    """Seal all that is sealed by an older key, or not at all; tell of each chunk how many values it did.

    What a missing key has sealed is left as it is and counted in `Inventory.lost`.
    """
    for source in clear_texts.SOURCES:
        while done := await in_transaction(
            office, partial(_seal_some, office, source, chunk), within=AS_LOGIN
        ):
            tell(done)
    run = _Pass()
    while not run.at_the_end:
        run = await in_transaction(office, partial(_index_some, office, run.place, chunk), within=AS_LOGIN)
        tell(run.done)
    total = 0
    for _ in range(PASSES):
        changed = 0
        for kind in sealed_values.KINDS:
            changed += await _pass(office, kind, tell=tell, chunk=chunk)
        if not changed:
            break
        total += changed
    if total:
        await in_transaction(office, partial(_note, office, total), within=AS_LOGIN)
    left = await take_inventory(office)
    if not left.left:
        await in_transaction(office, partial(vault_keys.forget, besides=left.active), within=AS_LOGIN)
    return left


async def _note(office: Office, total: int, connection: Connection) -> None:
    """Write down, for every alliance, that a key has taken over from older ones."""
    act = Act(
        kind="key.rotated",
        subject_id=UUID(int=office.vault.active),
        occurred_at=await office.clock.now(connection),
        actor_id=None,
        detail={"key": office.vault.active, "values": total},
    )
    for alliance in await organisation.alliances(connection):
        await ledger.append(connection, alliance.id, [act])


async def _pass(office: Office, kind: Kind, *, tell: Tell, chunk: int) -> int:
    """Go through a table once; return how many values were sealed anew."""
    run, total = _Pass(), 0
    while not run.at_the_end:
        run = await in_transaction(
            office, partial(_reseal_some, office, kind, run.place, chunk), within=AS_LOGIN
        )
        total += run.done
        tell(run.done)
    return total


async def _seal_some(office: Office, source: Source, chunk: int, connection: Connection) -> int:
    texts = await clear_texts.lock_some(connection, source, limit=chunk)
    if texts:
        sealed = [
            office.vault.seal_text(text.text, alliance_id=text.alliance_id, id=new_id()) for text in texts
        ]
        await clear_texts.seal(connection, source, texts, sealed)
    return len(texts)


async def _reseal_some(
    office: Office, kind: Kind, after: tuple[int, UUID], chunk: int, connection: Connection
) -> _Pass:
    rows = await sealed_values.lock_old(
        connection, kind, after=after, active=office.vault.active, limit=chunk
    )
    anew = [(row, resealed) for row in rows if (resealed := _resealed(office, kind, row)) is not None]
    if anew:
        await sealed_values.replace(connection, kind, [resealed for _, resealed in anew])
    return _Pass(
        place=rows[-1].place if rows else after,
        done=sum(_changed(row, resealed) for row, resealed in anew),
        at_the_end=not rows,
    )


def _changed(row: SealedRow, resealed: SealedRow) -> int:
    return sum(one != other for one, other in zip(row.values, resealed.values, strict=True))


def _resealed(office: Office, kind: Kind, row: SealedRow) -> SealedRow | None:
    """Return a row with all its values under the active key, None when one of them cannot be opened."""
    vault, values = office.vault, []
    try:
        for value, bound_to in zip(row.values, kind.fields, strict=True):
            if value is None or vault.key_of(value) == vault.active:
                values.append(value)
            else:
                values.append(
                    vault.reseal(value, alliance_id=row.alliance_id, record_id=row.id, field=bound_to)
                )
    except VaultError:
        return None
    return SealedRow(alliance_id=row.alliance_id, id=row.id, values=tuple(values))


async def _index_some(office: Office, after: tuple[int, UUID], chunk: int, connection: Connection) -> _Pass:
    """Write down the keys of attempts that came to no registration; all else is found by keys of its own."""
    found = await contact_index.lock_some(connection, after=after, limit=chunk)
    at = await office.clock.now(connection)
    alliances = {alliance.id: alliance for alliance in await organisation.alliances(connection)}
    versions = {
        id: await policies.in_force(connection, alliances[id], at)
        for id in {each.alliance_id for each in found}
    }
    indexed = []
    for each in found:
        with contextlib.suppress(VaultError):  # whose key is missing is not known, and stays to be looked at
            indexed.append((each, _keys(office, each, versions[each.alliance_id].policy)))
    if indexed:
        await contact_index.write(connection, indexed)
    return _Pass(
        place=(found[-1].alliance_id, found[-1].contact.id) if found else after,
        done=len(indexed),
        at_the_end=len(found) < chunk,
    )


def _keys(office: Office, found: Unindexed, policy: Policy) -> CustomerKeys:
    contact = opened_contact(office.vault, found.alliance_id, found.contact) if found.needs_keys else None
    if contact is None:
        return contacts.NO_KEYS
    return blind_keys(
        office.vault,
        alliance_id=found.alliance_id,
        phone=contact.phone,
        address=contact.address,
        policy=policy,
    )
