"""Who a customer is, and what people wrote, as a viewer may see it: the one place where either is opened.

Everything else handles sealed values. Every query, export, search, error and event that tells something of a
customer passes here, and what it may tell is asked of `operations.access`.
"""

from dataclasses import dataclass
from typing import Final

from baobei.operations import access
from baobei.store.contacts import ADDRESS, NAME, PHONE
from baobei.store.organisation_models import Staff
from baobei.store.registration_models import Contact
from baobei.vault import TEXT_FIELD, SealedContact, SealedText, Vault, mask_address, mask_phone, mask_text

ERASED: Final = "已删除"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownContact:
    """A customer as somebody may see them: phone and address in full or masked, empty where nothing is known.

    Who does not see the phone does not see one that somebody wrote beside the name either.
    """

    name: str
    phone: str
    address: str
    masked: bool
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Shows sealed values of one alliance to one viewer."""

    vault: Vault
    alliance_id: int
    viewer: Staff

    def of_registration(self, contact: SealedContact, *, owner: Staff) -> ShownContact:
        """Return the customer of a registration of this owner, or of an attempt that would be theirs."""
        return self._shown(contact, in_full=access.sees_contact(self.viewer, owner=owner))

    def of_order(self, contact: SealedContact, *, taker: Staff | None) -> ShownContact:
        """Return the customer of an order of this taker (None: taken by nobody)."""
        return self._shown(contact, in_full=access.sees_order_contact(self.viewer, taker=taker))

    def revealed(self, contact: SealedContact) -> ShownContact:
        """Return a customer in full: for `reveal_contact`, which has asked who may and has written it down."""
        return self._shown(contact, in_full=True)

    def text(self, text: SealedText, *, owner: Staff | None = None) -> str:
        """Return what was written, for whoever may see the record that it belongs to.

        With phones hidden from whoever does not see the customers of `owner`, or of everybody where there is none.
        """
        written = opened_text(self.vault, self.alliance_id, text)
        return written if access.sees_order_contact(self.viewer, taker=owner) else mask_text(written)

    def optional_text(self, text: SealedText | None, *, owner: Staff | None = None) -> str | None:
        """Return what was written, None for nothing; with phones hidden as in `text`."""
        return None if text is None else self.text(text, owner=owner)

    def quoted(self, text: SealedText | None) -> str:
        """Return what was written of another case: with phones hidden from everybody; blank for nothing."""
        return "" if text is None else mask_text(opened_text(self.vault, self.alliance_id, text))

    def _shown(self, sealed: SealedContact, *, in_full: bool) -> ShownContact:
        contact = opened_contact(self.vault, self.alliance_id, sealed)
        if contact is None:
            return ShownContact(name=ERASED, phone="", address="", masked=True, erased=True)
        phone, address = contact.phone or "", contact.address or ""
        return ShownContact(
            name=contact.name if in_full else mask_text(contact.name),
            phone=phone if in_full or not phone else mask_phone(phone),
            address=address if in_full or not address else mask_address(address),
            masked=not in_full,
        )


def opened_contact(vault: Vault, alliance_id: int, sealed: SealedContact) -> Contact | None:
    """Return a customer in clear, None for one who was erased; raises `VaultError` when a key is missing."""
    if sealed.name is None:
        return None

    def opened(value: bytes, field: str) -> str:
        return vault.open(value, alliance_id=alliance_id, record_id=sealed.id, field=field)

    return Contact(
        name=opened(sealed.name, NAME),
        phone=None if sealed.phone is None else opened(sealed.phone, PHONE),
        address=None if sealed.address is None else opened(sealed.address, ADDRESS),
    )


def opened_text(vault: Vault, alliance_id: int, text: SealedText) -> str:
    """Return a text in clear, `ERASED` for one that was; raises `VaultError` when a key is missing."""
    if text.clear is not None:
        return text.clear
    if text.id is None or text.sealed is None:
        return ERASED
    return vault.open(text.sealed, alliance_id=alliance_id, record_id=text.id, field=TEXT_FIELD)
