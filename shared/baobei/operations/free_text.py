"""What a person wrote in their own words, on its way into the books: sealed before anything else sees it."""

from typing import Final

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.vault import SealedText

_REASON: Final = "reason"


def sealed(office: Office, actor: Actor, text: str) -> SealedText:
    """Return a text sealed for the actor's alliance; one text may be that of a record and of its act."""
    return office.vault.seal_text(text, alliance_id=actor.alliance.id, id=new_id())


def sealed_if_any(office: Office, actor: Actor, text: str | None) -> SealedText | None:
    """Return an optional text sealed, None for none."""
    return None if text is None else sealed(office, actor, text)


def reason_key(office: Office, actor: Actor, reason: str) -> str:
    """Return what stands for a reason in a receipt: keyed, so that nobody tries words against it."""
    return office.vault.keyed_digest(f"{_REASON} {reason}", alliance_id=actor.alliance.id).hex()
