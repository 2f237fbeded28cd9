"""From an event to the letter that a receiver gets: ids, codes, numbers and instants, and nothing that is personal."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from baobei.operations.actor import Office
from baobei.store.webhook_models import Claimed
from baobei.vault import SECRET_FIELD, VaultError
from baobei.webhooks.letters import Failure, Letter

# The acts hold nothing else; should one ever, it stays here. A phone number is none of these.
_PLAIN: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # an id
    r"|[A-Z][A-Z_]{1,40}"  # a code
    r"|[0-9a-f]{64}"  # a digest
    r"|\d{1,2}(\.\d{1,2}){1,3}"  # a clause
    r"|\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?"  # a date, an instant
)
_LARGEST_NUMBER: Final = 1_000_000


def letter_of(office: Office, claimed: Claimed, *, now: datetime) -> Letter | Failure:
    """Return the letter of a claimed delivery, signed while they overlap with both secrets, or why there is none."""
    if claimed.payload is None or claimed.occurred_at is None:
        return Failure.EVENT_PURGED
    sealed = [claimed.secret_sealed]
    until = claimed.previous_secret_until
    if claimed.previous_secret_sealed is not None and until is not None and now < until:
        sealed.append(claimed.previous_secret_sealed)
    try:
        secrets = tuple(
            office.vault.open(
                each, alliance_id=claimed.alliance_id, record_id=claimed.webhook_id, field=SECRET_FIELD
            )
            for each in sealed
        )
    except VaultError:
        return Failure.SECRET_UNREADABLE
    body = body_of(
        claimed.event_type,
        subject_id=claimed.subject_id,
        occurred_at=claimed.occurred_at,
        payload=claimed.payload,
    )
    return Letter(url=claimed.url, message_id=str(claimed.event_id), body=body, secrets=secrets)


def body_of(
    event_type: str, *, subject_id: UUID | None, occurred_at: datetime, payload: Mapping[str, Any]
) -> bytes:
    """Return the body of an event, the same bytes whenever it is told: `{type, timestamp, data}`, on one line.

    `data.id` is the subject; the rest of `data` is what the event says of it.
    """
    told = {name: value for name, value in payload.items() if _is_plain(value)}
    subject = {} if subject_id is None else {"id": str(subject_id)}
    body = {"type": event_type, "timestamp": occurred_at, "data": {**told, **subject}}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _is_plain(value: Any) -> bool:
    match value:
        case None | bool():
            return True
        case int():
            return abs(value) <= _LARGEST_NUMBER
        case str():
            return _PLAIN.fullmatch(value) is not None
        case list():
            return all(_is_plain(each) for each in value)
        case dict():
            return all(_is_plain(each) for each in value.values())
        case _:
            return False
