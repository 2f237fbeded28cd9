"""How long what people write may be, in characters, whichever way it comes in."""

from typing import Final

NAME_CHARS: Final = 100
PHONE_CHARS: Final = 64
ADDRESS_CHARS: Final = 300
NOTE_CHARS: Final = 2_000
REASON_CHARS: Final = 1_000
REFERENCE_CHARS: Final = 100
CODE_CHARS: Final = 64
# Yuan before the point, and decimals after it.
AMOUNT_YUAN_DIGITS: Final = 10
AMOUNT_DECIMALS: Final = 2
