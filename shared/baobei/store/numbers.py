"""The short number of a registration, for people to say on the phone."""

from typing import Final

# No letter that sounds or looks like another sign.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_SHORTEST: Final = 5
_PREFIX: Final = "B"


def number_of(sequence: int) -> str:
    """Return the number that stands for a place in the order of recording; one place, one number."""
    signs = []
    while sequence:
        sequence, remainder = divmod(sequence, len(_SIGNS))
        signs.append(_SIGNS[remainder])
    return _PREFIX + "".join(reversed(signs)).rjust(_SHORTEST, _SIGNS[0])
