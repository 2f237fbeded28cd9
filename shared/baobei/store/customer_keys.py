"""The keys of a customer as they are stored: the bytes of a blind index."""


def key_bytes(key: str | None) -> bytes | None:
    """Return a blind-indexed key as it is stored."""
    return None if key is None else bytes.fromhex(key)


def key_text(stored: bytes | None) -> str | None:
    """Return a stored key as values of the core have it."""
    return None if stored is None else stored.hex()
