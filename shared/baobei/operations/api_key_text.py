"""How a key of an integration is written: `bk_ALLIANCE-ID_SECRET`, and what of it is kept."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

PREFIX: Final = "bk_"
SECRET_BYTES: Final = 32
# The alliance by its number, so that a key is looked up among those of its alliance alone.
_KEY: Final = re.compile(r"bk_([1-9]\d{0,9})-([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
_LARGEST_ALLIANCE_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedKey:
    """A key as somebody presents it."""

    alliance_id: int
    key_id: UUID
    secret: str

    def __repr__(self) -> str:
        """Return it without the secret."""
        return f"PresentedKey(key_id={self.key_id})"


def new_secret() -> str:
    """Return a secret that nobody can guess: 32 random bytes in base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def write_key(presented: PresentedKey) -> str:
    """Return the text of a key, which is shown once."""
    return f"{PREFIX}{presented.alliance_id}-{presented.key_id.hex}_{presented.secret}"


def read_key(text: str) -> PresentedKey | None:
    """Return the key that a text states, None when it states none."""
    found = _KEY.fullmatch(text)
    if found is None or int(found.group(1)) > _LARGEST_ALLIANCE_ID:
        return None
    return PresentedKey(
        alliance_id=int(found.group(1)), key_id=UUID(hex=found.group(2)), secret=found.group(3)
    )


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret: 32 bytes. It is random, so that a plain digest gives nothing away."""
    return hashlib.sha256(secret.encode()).digest()
