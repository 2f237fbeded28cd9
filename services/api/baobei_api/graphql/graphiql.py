"""The page on which a developer tries queries out; served outside production only.

It is all of our own and loads nothing from anywhere: what a developer sees is customers.
"""

import secrets
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

PAGE: Final = Path(__file__).with_name("graphiql.html").read_text(encoding="utf-8")
NONCE: Final = "{{nonce}}"
NONCE_BYTES: Final = 16


def page() -> HTMLResponse:
    """Return the page, with a policy under which its own script and style run and no others."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(PAGE.replace(NONCE, nonce), headers={"content-security-policy": policy})
