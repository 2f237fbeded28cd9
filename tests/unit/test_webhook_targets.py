"""Which targets webhooks may have: a table of what people try, and of what an address is wrapped in."""

from collections.abc import Awaitable, Callable

import pytest

from baobei.webhooks.targets import NotAUrl, TargetProblem, WebhookRules, check_url, is_public, read_target

STRICT = WebhookRules()
HTTP_TOO = WebhookRules(allow_http=True)
PRIVATE_TOO = WebhookRules(allow_private_targets=True, allow_http=True)
P = TargetProblem


def leading_to(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


PUBLIC = leading_to("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "not an address",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_public_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_leads_there_is_refused(address: str) -> None:
    problem = await check_url("https://example.org/hook", STRICT, resolve=leading_to(address))

    assert problem is P.TARGET_NOT_PUBLIC


@pytest.mark.parametrize(
    ("url", "rules", "problem"),
    [
        ("https://example.org", STRICT, None),
        ("https://example.org/hook?token=a%20b", STRICT, None),
        ("HTTPS://EXAMPLE.ORG/hook", STRICT, None),
        ("https://example.org:443/hook", STRICT, None),
        ("https://example.org:8443/hook", STRICT, None),
        ("https://xn--fiq228c.example/hook", STRICT, None),
        ("https://example.org./hook", STRICT, None),
        ("http://example.org/hook", STRICT, P.HTTPS_REQUIRED),
        ("http://example.org/hook", HTTP_TOO, None),
        ("http://example.org:8080/hook", HTTP_TOO, None),
        ("http://example.org:443/hook", HTTP_TOO, P.PORT_NOT_ALLOWED),
        ("https://example.org:80/hook", STRICT, P.PORT_NOT_ALLOWED),
        ("https://example.org:22/hook", STRICT, P.PORT_NOT_ALLOWED),
        ("https://example.org:6379/hook", STRICT, P.PORT_NOT_ALLOWED),
        ("https://example.org:65535/hook", STRICT, P.PORT_NOT_ALLOWED),
        ("https://example.org:9999/hook", PRIVATE_TOO, None),
        ("https://user@example.org/hook", STRICT, P.URL_HAS_CREDENTIALS),
        ("https://user:secret@example.org/hook", STRICT, P.URL_HAS_CREDENTIALS),
        ("https://:@example.org/hook", PRIVATE_TOO, P.URL_HAS_CREDENTIALS),
        ("https://example.org/hook#part", STRICT, P.URL_HAS_FRAGMENT),
        ("https://example.org/hook#", PRIVATE_TOO, P.URL_HAS_FRAGMENT),
    ],
)
async def test_what_a_url_may_be(url: str, rules: WebhookRules, problem: TargetProblem | None) -> None:
    assert await check_url(url, rules, resolve=PUBLIC) is problem


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "//example.org/hook",
        "ftp://example.org/hook",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "javascript:alert(1)",
        "https://",
        "https:///hook",
        "https://:443/hook",
        "https://example.org:0/hook",
        "https://example.org:70000/hook",
        "https://example.org:port/hook",
        "https://exam ple.org/hook",
        "https://example.org/ho ok",
        " https://example.org/hook",
        "https://example.org/hook\n",
        "https://example.org/\r\nhost: evil",
        "https://example.org\\@127.0.0.1/",
        "https://例子.example/hook",
        "https://①②⑦.0.0.1/hook",
        "https://[::1/hook",
        "https://[fe80::1%25eth0]/hook",
        "https://[fe80::1%eth0]/hook",
        "https://[not-an-address]/hook",
        "https://-example-.org%2f/hook",
        "https://example..org/hook",
        "https://" + "a" * 64 + ".org/hook",
        "https://" + "a." * 200 + "org/hook",
        "https://example.org/" + "a" * 2_000,
        "https://" + "a" * 1_900 + "!",
    ],
)
async def test_what_is_no_url(url: str) -> None:
    with pytest.raises(NotAUrl):
        await check_url(url, PRIVATE_TOO, resolve=PUBLIC)


# As this machine resolves them: spellings of addresses that are not of the public internet.
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "2130706433", "0", "[::ffff:7f00:1]", "10.1"],
)
async def test_a_spelling_of_this_machine_or_network_is_refused(host: str) -> None:
    assert await check_url(f"https://{host}/hook", STRICT) is P.TARGET_NOT_PUBLIC


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    resolve = leading_to("93.184.215.14", "10.0.0.1")

    assert await check_url("https://example.org/", STRICT, resolve=resolve) is P.TARGET_NOT_PUBLIC


async def test_a_name_that_leads_nowhere_is_refused_even_where_private_targets_are_allowed() -> None:
    async def fails(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    assert await check_url("https://example.org/", PRIVATE_TOO, resolve=fails) is P.TARGET_UNRESOLVED
    assert await check_url("https://example.org/", STRICT, resolve=leading_to()) is P.TARGET_UNRESOLVED


async def test_private_targets_are_allowed_by_setting() -> None:
    assert await check_url("http://127.0.0.1:5000/hook", PRIVATE_TOO) is None


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://Example.org", "example.org", "/"),
        ("https://example.org:443/a?b=c", "example.org", "/a?b=c"),
        ("https://example.org:8443/a", "example.org:8443", "/a"),
        ("http://[2606:4700::1111]:8080/?x", "[2606:4700::1111]:8080", "/?x"),
    ],
)
def test_what_a_request_is_made_from(url: str, authority: str, path: str) -> None:
    target, _ = read_target(url)

    assert (target.authority, target.path) == (authority, path)
