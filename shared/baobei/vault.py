"""Personal data at rest: encrypted, found by blind index, shown masked.

Name, phone, address and what people write in their own words are sealed with AES-256-GCM; the associated data binds
a value to its alliance, record and field, so that it opens nowhere else. Keys are looked up by HMAC with a key of its
own: whoever has the database alone can neither read them nor try numbers against them.
"""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import phonenumbers
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from baobei.policy.phones import phone_key

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 2
# What values are bound to, beside their alliance and record.
TEXT_FIELD: Final = "text"
PIECE_FIELD: Final = "import_piece"
EVIDENCE_FIELD: Final = "approval_evidence"
SECRET_FIELD: Final = "webhook_secret"  # noqa: S105 - the name of a sealed field
# The number under which the proof of the index key is kept; keys of the ring begin with 1.
INDEX_KEY: Final = 0
_PROOF: Final = "baobei vault key"
_NONCE_BYTES: Final = 12
# The plan of a phone in a text that names no country.
_PHONES_OF: Final = "CN"
_CHAIN: Final = "baobei audit chain"
_HIDDEN: Final = "****"
_SHORTEST_MASKED: Final = 8
# No country has numbers with fewer, its own code included.
_SHORTEST_PHONE: Final = 7
_TO_THE_ROAD: Final = re.compile(r"[^\d]{0,40}?(?:大道|大街|胡同|路|街(?!道)|巷)")
_TO_THE_DISTRICT: Final = re.compile(r"[^\d]{0,30}?(?:(?<!小)区|县|旗|市)")


class VaultError(Exception):
    """Personal data that cannot be opened, or a key that cannot be used; never says which data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContact:
    """The three sealed fields of a contact as they are stored; without a name, it was erased."""

    id: UUID
    name: bytes | None
    phone: bytes | None
    address: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """What a person wrote in their own words, sealed under an id of its own.

    `sealed` is None when it was erased. `clear` is a text from before texts were sealed, which has no id; it goes
    when `baobei keys rotate` has sealed it.
    """

    id: UUID | None
    sealed: bytes | None = None
    clear: str | None = field(default=None, repr=False)


class Vault:
    """Seals with the active key, opens with any key of the ring.

    `keys` maps a key's number (1 to 65535) to its 32 bytes; `index_key` is 32 bytes, and is not in the ring.
    Raises `VaultError` for a short or missing key.
    """

    def __init__(self, *, keys: Mapping[int, bytes], active: int, index_key: bytes) -> None:
        if active not in keys:
            raise VaultError(f"the active vault key {active} is not in the ring")
        for number, key in keys.items():
            if len(key) != KEY_BYTES or not 1 <= number <= 0xFFFF:
                raise VaultError(
                    f"vault key {number}: expected {KEY_BYTES} bytes and a number from 1 to 65535"
                )
        if len(index_key) != KEY_BYTES:
            raise VaultError(f"the index key: expected {KEY_BYTES} bytes")
        self._ring = {number: AESGCM(key) for number, key in keys.items()}
        self._proofs = {
            number: hmac.digest(key, _PROOF.encode(), hashlib.sha256) for number, key in keys.items()
        }
        self._active = active
        self._index_key = index_key

    @classmethod
    def from_text(cls, *, ring: str, index_key: str) -> "Vault":
        """Return the vault of two settings: `1:BASE64,2:BASE64` (the last is active) and `BASE64`."""
        entries = [_numbered_key(entry) for entry in ring.split(",")]
        keys = dict(entries)
        if len(keys) != len(entries):
            raise VaultError("the vault key ring: expected each number once")
        return cls(keys=keys, active=list(keys)[-1], index_key=_decoded(index_key, "the index key"))

    def seal(self, text: str, *, alliance_id: int, record_id: UUID, field: str) -> bytes:
        """Return `text` sealed for one field of one record."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound_to(alliance_id, record_id, field)
        sealed = self._ring[self._active].encrypt(nonce, text.encode(), bound)
        return self._active.to_bytes(KEY_ID_BYTES, "big") + nonce + sealed

    def seal_text(self, text: str, *, alliance_id: int, id: UUID) -> SealedText:
        """Return a free text sealed under a new id of its own."""
        return SealedText(
            id=id, sealed=self.seal(text, alliance_id=alliance_id, record_id=id, field=TEXT_FIELD)
        )

    def reseal(self, sealed: bytes, *, alliance_id: int, record_id: UUID, field: str) -> bytes:
        """Return the same value sealed with the active key; raises `VaultError` when it cannot be opened."""
        opened = self.open(sealed, alliance_id=alliance_id, record_id=record_id, field=field)
        return self.seal(opened, alliance_id=alliance_id, record_id=record_id, field=field)

    @staticmethod
    def key_of(sealed: bytes) -> int:
        """Return the number of the key that sealed a value."""
        return int.from_bytes(sealed[:KEY_ID_BYTES], "big")

    def open(self, sealed: bytes, *, alliance_id: int, record_id: UUID, field: str) -> str:
        """Return what was sealed; raises `VaultError` when the key is gone or the bytes belong elsewhere."""
        number = self.key_of(sealed)
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        ciphertext = sealed[KEY_ID_BYTES + _NONCE_BYTES :]
        if number not in self._ring:
            raise VaultError(f"vault key {number} is not in the ring")
        try:
            bound = _bound_to(alliance_id, record_id, field)
            return self._ring[number].decrypt(nonce, ciphertext, bound).decode()
        except (InvalidTag, ValueError):
            raise VaultError("a sealed value does not belong to its record") from None

    def proof(self, number: int) -> bytes:
        """Return what tells a key of the ring, or the index key (0), from any other; it tells nobody the key."""
        if number == INDEX_KEY:
            return self.keyed_digest(_PROOF, alliance_id=0)
        return self._proofs[number]

    @property
    def active(self) -> int:
        """Return the number of the key that seals."""
        return self._active

    @property
    def numbers(self) -> frozenset[int]:
        """Return the numbers of the keys that can open."""
        return frozenset(self._ring)

    def keyed_digest(self, text: str, *, alliance_id: int) -> bytes:
        """Return the keyed digest of a text: 32 bytes, the same for the same text of one alliance.

        Of an identity key it is the blind index by which a customer is found; of a sheet or an answer it tells whether it is
        the same again. Nobody can try texts against it without the index key.
        """
        return hmac.digest(self._index_key, f"{alliance_id}\x00{text}".encode(), hashlib.sha256)

    def chain_hash(self, message: bytes, *, alliance_id: int) -> bytes:
        """Return the keyed hash of a seal over an alliance's audit: 32 bytes, under a key of its own."""
        key = hmac.digest(self._index_key, f"{_CHAIN}/{alliance_id}".encode(), hashlib.sha256)
        return hmac.digest(key, message, hashlib.sha256)


def new_key() -> str:
    """Return a new random key in base64, as the settings take it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def mask_phone(phone: str) -> str:
    """Return a phone with its middle hidden: `138****8000`; of a short one only the last two digits.

    Chinese numbers are shown as people say them, without country code.
    """
    key = phone_key(phone)
    digits = key.removeprefix("+86") if key else "".join(c for c in phone if c.isdecimal())
    if len(digits) < _SHORTEST_MASKED:
        return _HIDDEN + digits[-2:]
    return f"{digits[:3]}{_HIDDEN}{digits[-4:]}"


def mask_text(text: str) -> str:
    """Return what somebody wrote with the phones in it hidden as `mask_phone` hides them."""
    if sum(map(str.isdecimal, text)) < _SHORTEST_PHONE:
        return text
    shown, end = [], 0
    for found in phonenumbers.PhoneNumberMatcher(text, _PHONES_OF):
        shown += [text[end : found.start], mask_phone(found.raw_string)]
        end = found.end
    return "".join([*shown, text[end:]])


def mask_address(address: str) -> str:
    """Return an address down to its road, the rest hidden; without a road, down to its district."""
    plain = unicodedata.normalize("NFKC", address)
    shown = _TO_THE_ROAD.match(plain) or _TO_THE_DISTRICT.match(plain)
    return (shown.group() if shown else "") + _HIDDEN


def _numbered_key(entry: str) -> tuple[int, bytes]:
    number, colon, key = entry.strip().partition(":")
    if not colon or not number.isdecimal():
        raise VaultError("the vault key ring: expected NUMBER:BASE64, separated by commas")
    return int(number), _decoded(key, f"vault key {number}")


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise VaultError(f"{what}: expected {KEY_BYTES} bytes in base64") from None


def _bound_to(alliance_id: int, record_id: UUID, field: str) -> bytes:
    return f"{alliance_id}/{record_id}/{field}".encode()
