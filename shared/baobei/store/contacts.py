"""Customers' names, phones and addresses, sealed; they are opened by `operations.disclosure` alone."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes
from baobei.store.registration_models import Contact
from baobei.vault import SealedContact, Vault

NAME, PHONE, ADDRESS = "name", "phone", "address"

# What has keys of its own, a registration or an order, is found by those.
NO_KEYS: Final = CustomerKeys(phone=None, address=None)

INSERT_CONTACT = """
INSERT INTO contact (alliance_id, contact_id, name_sealed, phone_sealed, address_sealed, phone_key, address_key,
                     indexed)
VALUES ($1, $2, $3, $4, $5, $6, $7, true)
"""

SELECT_CONTACTS = """
SELECT contact_id, name_sealed, phone_sealed, address_sealed
  FROM contact
 WHERE alliance_id = $1
   AND contact_id = ANY($2::uuid[])
"""


def seal(contact: Contact, *, id: UUID, alliance_id: int, vault: Vault) -> SealedContact:
    """Return a contact's three fields sealed for its row."""

    def sealed(text: str, field: str) -> bytes:
        return vault.seal(text, alliance_id=alliance_id, record_id=id, field=field)

    return SealedContact(
        id=id,
        name=sealed(contact.name, NAME),
        phone=None if contact.phone is None else sealed(contact.phone, PHONE),
        address=None if contact.address is None else sealed(contact.address, ADDRESS),
    )


async def insert(
    connection: Connection,
    alliance_id: int,
    vault: Vault,
    *,
    id: UUID,
    contact: Contact,
    keys: CustomerKeys = NO_KEYS,
) -> None:
    """Store a contact, sealed; `keys` are those of an attempt that came to no registration."""
    sealed = seal(contact, id=id, alliance_id=alliance_id, vault=vault)
    await connection.execute(
        INSERT_CONTACT,
        alliance_id,
        id,
        sealed.name,
        sealed.phone,
        sealed.address,
        key_bytes(keys.phone),
        key_bytes(keys.address),
    )


async def by_ids(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, SealedContact]:
    """Return contacts by id, sealed as they are."""
    rows = await connection.fetch(SELECT_CONTACTS, alliance_id, list(ids))
    return {
        row["contact_id"]: SealedContact(
            id=row["contact_id"],
            name=row["name_sealed"],
            phone=row["phone_sealed"],
            address=row["address_sealed"],
        )
        for row in rows
    }
