"""Signatures by Standard Webhooks 1.0: HMAC-SHA256 over id, timestamp and body.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES: Final = 32
HIDDEN: Final = "[hidden]"
# A secret of ours or of anybody's who follows the same standard, and a signature.
_SECRET_LIKE: Final = re.compile(r"whs(?:ec|k)_[A-Za-z0-9+/=_-]*|v1a?,[A-Za-z0-9+/=_-]{16,}")


def new_secret() -> str:
    """Return a new secret as a receiver is told it: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    *, message_id: str, sent_at: datetime, body: bytes, signing_secrets: Sequence[str]
) -> dict[str, str]:
    """Return the three headers of a letter, with one signature a secret, newest first.

    `sent_at` is wall time: a receiver refuses what was signed too long ago.
    """
    timestamp = str(int(sent_at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in signing_secrets),
    }


def without_secrets(text: str, signing_secrets: Sequence[str]) -> str:
    """Return what a receiver answered without the secrets and signatures that it may have repeated."""
    text = _SECRET_LIKE.sub(HIDDEN, text)
    for secret in signing_secrets:
        text = text.replace(secret.removeprefix(SECRET_PREFIX), HIDDEN)
    return text


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
