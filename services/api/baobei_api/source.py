"""Where a request comes from, as far as that can be trusted."""

from starlette.requests import HTTPConnection

FORWARDED = "x-forwarded-for"


def address_of(request: HTTPConnection, *, proxies: int) -> str:
    """Return the address of the client; `proxies` is how many reverse proxies of ours stand in front.

    Each of them appends whom it was asked by, so what the client itself wrote stands further left and is
    never read.
    """
    peer = "" if request.client is None else request.client.host
    if proxies == 0:
        return peer
    written = ",".join(request.headers.getlist(FORWARDED)).split(",")
    passed_on = [address.strip() for address in written if address.strip()]
    return passed_on[-proxies] if len(passed_on) >= proxies else peer
