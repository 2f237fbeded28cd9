"""Which targets may be written to, asked when a webhook is made and again at each attempt.

The names of the target are resolved here, once an attempt, and whoever sends connects to an address that was
checked: a name that points elsewhere a moment later gains nothing.
"""

import asyncio
import enum
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

LONGEST_URL_CHARS: Final = 2_000
MAX_ADDRESSES: Final = 4
DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
# Whoever serves webhooks elsewhere puts a proxy in front; other ports are other protocols' on somebody's host.
PORTS: Final[Mapping[str, frozenset[int]]] = {
    "http": frozenset({80, 8080}),
    "https": frozenset({443, 8443}),
}
_PRINTABLE: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+")
LONGEST_NAME_CHARS: Final = 253
_LABEL: Final = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
# Addresses that stand for one of the fourth version, as a network without such addresses gives them: it is that
# one which is reached, and nothing else is to be asked of them.
_STANDING_FOR: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::ffff:0:0/96"))

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


class TargetProblem(enum.StrEnum):
    """Why a target is not written to."""

    HTTPS_REQUIRED = "HTTPS_REQUIRED"
    URL_HAS_CREDENTIALS = "URL_HAS_CREDENTIALS"
    URL_HAS_FRAGMENT = "URL_HAS_FRAGMENT"
    PORT_NOT_ALLOWED = "PORT_NOT_ALLOWED"
    TARGET_NOT_PUBLIC = "TARGET_NOT_PUBLIC"
    TARGET_UNRESOLVED = "TARGET_UNRESOLVED"


class NotAUrl(ValueError):
    """Text that is no absolute http or https URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRules:
    """What the settings allow; by default only https to public hosts on the usual ports.

    `timeout_s` bounds a whole attempt: resolving, connecting, sending and reading.
    """

    allow_private_targets: bool = False
    allow_http: bool = False
    timeout_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The parts of a URL from which a request is made; the URL itself is not read again."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> tuple[Target, SplitResult]:
    """Return the target of a URL as written; raises `NotAUrl`.

    Only printable ASCII: nobody's reading of a URL may differ from ours by a sign that one of us drops.
    """
    if len(url) > LONGEST_URL_CHARS or not _PRINTABLE.fullmatch(url):
        raise NotAUrl
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotAUrl from None
    if parts.scheme not in DEFAULT_PORTS or not host or port == 0 or not _is_host(host):
        raise NotAUrl
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port or DEFAULT_PORTS[parts.scheme], path=path), parts


def problem_of_url(url: str, rules: WebhookRules) -> TargetProblem | None:
    """Return what is wrong with a URL before anybody is asked where it leads; raises `NotAUrl`."""
    target, parts = read_target(url)
    if parts.username is not None or parts.password is not None:
        return TargetProblem.URL_HAS_CREDENTIALS
    if "#" in url:
        return TargetProblem.URL_HAS_FRAGMENT
    if target.scheme == "http" and not rules.allow_http:
        return TargetProblem.HTTPS_REQUIRED
    if target.port not in PORTS[target.scheme] and not rules.allow_private_targets:
        return TargetProblem.PORT_NOT_ALLOWED
    return None


async def addresses_of(
    target: Target, rules: WebhookRules, *, resolve: Resolve
) -> tuple[str, ...] | TargetProblem:
    """Return the addresses to connect to, each of them allowed, or why there are none.

    One address that is not public is enough to refuse them all: it is no accident.
    """
    try:
        found = list(dict.fromkeys(await resolve(target.host, target.port)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        return TargetProblem.TARGET_UNRESOLVED
    if not rules.allow_private_targets and not all(is_public(address) for address in found):
        return TargetProblem.TARGET_NOT_PUBLIC
    return tuple(found[:MAX_ADDRESSES])


async def check_url(url: str, rules: WebhookRules, *, resolve: Resolve | None = None) -> TargetProblem | None:
    """Return why a URL cannot be a webhook's, None when it can; raises `NotAUrl`."""
    problem = problem_of_url(url, rules)
    if problem is not None:
        return problem
    target, _ = read_target(url)
    try:
        async with asyncio.timeout(rules.timeout_s):
            found = await addresses_of(target, rules, resolve=resolve or resolve_here)
    except TimeoutError:
        return TargetProblem.TARGET_UNRESOLVED
    return found if isinstance(found, TargetProblem) else None


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, looked at through whatever it is wrapped in."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(read, ipaddress.IPv4Address):
        return _is_public(read)
    if any(read in network for network in _STANDING_FOR):
        return _is_public(ipaddress.IPv4Address(int(read) & 0xFFFF_FFFF))
    tunnelled = [each for each in (read.sixtofour, *(read.teredo or ())) if each is not None]
    return not read.is_site_local and all(_is_public(each) for each in (read, *tunnelled))


async def resolve_here(host: str, port: int) -> list[str]:
    """Return the addresses of a host as this machine resolves it; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).scope_id is None
        except ValueError:
            return False
    return len(host) <= LONGEST_NAME_CHARS and _NAME.fullmatch(host) is not None


def _is_public(address: IpAddress) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
    )
