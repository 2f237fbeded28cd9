"""Customers' names, phones and addresses, sealed."""

from collections.abc import Collection
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.models import Contact
from baobei.vault import SealedContact, Vault

NAME, PHONE, ADDRESS = "name", "phone", "address"

INSERT_CONTACT = """
INSERT INTO contact (alliance_id, contact_id, name_sealed, phone_sealed, address_sealed)
VALUES ($1, $2, $3, $4, $5)
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
        name=sealed(contact.name, NAME),
        phone=None if contact.phone is None else sealed(contact.phone, PHONE),
        address=None if contact.address is None else sealed(contact.address, ADDRESS),
    )


async def insert(
    connection: Connection, alliance_id: int, vault: Vault, *, id: UUID, contact: Contact
) -> None:
    """Store a contact, sealed."""
    sealed = seal(contact, id=id, alliance_id=alliance_id, vault=vault)
    await connection.execute(INSERT_CONTACT, alliance_id, id, sealed.name, sealed.phone, sealed.address)


async def by_ids(
    connection: Connection, alliance_id: int, vault: Vault, ids: Collection[UUID]
) -> dict[UUID, Contact]:
    """Return contacts by id, opened; raises `VaultError` when a key is missing."""
    rows = await connection.fetch(SELECT_CONTACTS, alliance_id, list(ids))
    return {row["contact_id"]: _opened(row, alliance_id, vault) for row in rows}


def _opened(row: Row, alliance_id: int, vault: Vault) -> Contact:
    def opened(sealed: bytes, field: str) -> str:
        return vault.open(sealed, alliance_id=alliance_id, record_id=row["contact_id"], field=field)

    phone, address = row["phone_sealed"], row["address_sealed"]
    return Contact(
        name=opened(row["name_sealed"], NAME),
        phone=None if phone is None else opened(phone, PHONE),
        address=None if address is None else opened(address, ADDRESS),
    )
