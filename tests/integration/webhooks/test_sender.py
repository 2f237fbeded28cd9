"""The sender over TLS: the certificate is that of the name, the address is the one that was checked."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from baobei.clock import wall_now
from baobei.webhooks.letters import Answer, Failure, Letter
from baobei.webhooks.sender import open_sender
from baobei.webhooks.signature import new_secret
from baobei.webhooks.targets import WebhookRules, check_url
from webhook_receiver import Receiver, answering, receiving, status

NAME = "hooks.example.org"
RULES = WebhookRules(allow_private_targets=True, allow_http=True, timeout_s=2)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for NAME, and a client's that trusts it."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]),
    )
    now = wall_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=pem.decode())


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[Receiver, ssl.SSLContext]]:
    server, client = certificate(tmp_path)
    async with receiving(server) as receiver:
        yield receiver, client


def letter(url: str) -> Letter:
    return Letter(url=url, message_id="m1", body=b'{"type":"webhook.test"}', secrets=(new_secret(),))


async def sent(
    url: str, *, verify: ssl.SSLContext | None = None, to: str = "127.0.0.1"
) -> tuple[Answer, list[str]]:
    """Send a letter with every name leading to one address; return the answer and the names asked for."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [to]

    async with open_sender(RULES, verify=verify, resolve=resolve) as sender:
        return await sender.send(letter(url)), asked


async def test_the_certificate_is_checked_for_the_name_though_the_address_is_connected_to(
    secure: tuple[Receiver, ssl.SSLContext],
) -> None:
    receiver, trusting = secure
    answer, asked = await sent(receiver.url(host=NAME), verify=trusting)

    assert (answer.status_code, answer.failure, answer.excerpt) == (200, None, "ok")
    assert receiver.received[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert asked == [NAME]


async def test_a_certificate_for_another_name_is_a_failure(secure: tuple[Receiver, ssl.SSLContext]) -> None:
    receiver, trusting = secure
    answer, _ = await sent(receiver.url(host="other.example.org"), verify=trusting)

    assert (answer.status_code, answer.failure, receiver.received) == (None, Failure.TLS, [])


async def test_a_certificate_that_nobody_vouches_for_is_a_failure(
    secure: tuple[Receiver, ssl.SSLContext],
) -> None:
    receiver, _ = secure
    answer, _ = await sent(receiver.url(host=NAME))

    assert (answer.failure, receiver.received) == (Failure.TLS, [])


async def test_a_name_that_leads_elsewhere_by_the_time_of_sending_gains_nothing() -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    strict, url = WebhookRules(allow_http=True), "http://rebind.example.org:8080/"
    async with receiving() as receiver, open_sender(strict, resolve=rebinding) as sender:
        assert await check_url(url, strict, resolve=rebinding) is None
        answer = await sender.send(letter(url))

    assert (answer.failure, answers, receiver.received) == (Failure.TARGET_NOT_ALLOWED, [], [])


async def test_a_second_address_is_tried_when_the_first_lets_nobody_connect() -> None:
    async def two(_host: str, _port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with receiving() as receiver, open_sender(RULES, resolve=two) as sender:
        answer = await sender.send(letter(receiver.url(host=NAME)))

    assert answer.delivered


async def test_cookies_of_one_answer_are_not_sent_with_the_next_letter() -> None:
    async with receiving() as receiver, open_sender(RULES) as sender:
        receiver.behaviours["/hook"] = answering(status("200 OK", headers="set-cookie: a=b\r\n"))
        for _ in range(2):
            assert (await sender.send(letter(receiver.url()))).delivered

    assert ["cookie" in received.headers for received in receiver.received] == [False, False]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with receiving() as receiver, open_sender(RULES) as sender:
        assert (await sender.send(letter(receiver.url()))).delivered
