"""A thousand marked values go in as people would put them in, and are found in nothing that can be stolen or read."""

import asyncio
import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Awaitable, Iterator
from typing import Any
from urllib.parse import quote

import redis
from redis.typing import ResponseT

from baobei_cli.embedded import postgres_binary
from graphql_client import FOLLOW_UP, REGISTER, REQUEST_EXTENSION, GraphQLClient, change
from running_service import RunningService, redis_url_of

# The mark of each kind of value: the same in all of them, so that a few needles find any of them, and too long to
# come about by itself: a microsecond is six digits, and a database has thousands of them.
NAME, PHONE, PLACE, WORDS = "祁木桐", "17731728", "桫椤雾凇路", "冰裂纹岩板"
CUSTOMERS, AT_ONCE = 125, 8

WITHDRAW = change("withdrawRegistration", "$registrationId: ID!, $reason: String!", of="registration")
MEASURE = change("recordMeasurement", "$registrationId: ID!, $note: String", of="registration")
CANCEL = change("cancelOrder", "$orderId: ID!, $reason: String!", of="order")
REVEAL = """
mutation ($registrationId: ID!, $reason: String!) {
  revealContact(registrationId: $registrationId, reason: $reason) { __typename } }
"""
CHECK = "query ($phone: String, $address: String) { checkProtection(phone: $phone, address: $address) { available } }"


class Marked:
    """Makes values with their marks, each another one, and remembers all of them."""

    def __init__(self) -> None:
        self.values: set[str] = set()

    def name(self, number: int) -> str:
        return self._kept(f"{NAME}{number}女士")

    def phone(self, number: int) -> str:
        return self._kept(f"{PHONE}{number:03}")

    def address(self, number: int) -> str:
        return self._kept(f"浦东新区{PLACE}{number}弄3号楼2单元501室")

    def words(self, what: str, number: int) -> str:
        return self._kept(f"{what}：看中{WORDS}{number}")

    def customer(self, number: int) -> dict[str, str]:
        return {"name": self.name(number), "phone": self.phone(number), "address": self.address(number)}

    def _kept(self, value: str) -> str:
        self.values.add(value)
        return value


async def told(client: GraphQLClient, marked: Marked, number: int) -> None:
    """All that happens with one customer, by way of the API."""
    who, registration_id = marked.customer(number), ""
    owner, other = ("G01", "G02") if number % 2 else ("G02", "G01")
    admitted = await client.admitted(
        owner, note=marked.words("报备", number), need=marked.words("需求", number), **who
    )
    registration_id = admitted["id"]
    await client.register(other, note=marked.words("再报", number), idempotencyKey=f"K-{number}", **who)
    await client.follow_up(owner, registration_id, note=marked.words("跟进", number))
    await client.one(owner, MEASURE, registrationId=registration_id, note=marked.words("量尺", number))
    if number % 4 == 0:
        await client.one("OPS", REVEAL, registrationId=registration_id, reason=marked.words("查看", number))
        await client.post(owner, CHECK, {"phone": who["phone"], "address": who["address"]})
    if number % 4 == 1:
        await client.one(owner, WITHDRAW, registrationId=registration_id, reason=marked.words("撤回", number))
    if number % 4 == 2:
        order = await client.placed(owner, externalRef=f"SO-{number}", takenByCode=owner, **who)
        await client.one("OPS", CANCEL, orderId=order["id"], reason=marked.words("退单", number))


async def asked_for_more_days(client: GraphQLClient, marked: Marked, number: int) -> None:
    """A request for an extension, and how it was decided."""
    registration = await client.admitted("F01", **marked.customer(number))
    asked = {"registrationId": registration["id"], "days": 5, "reason": marked.words("延期", number)}
    answer = await client.one("F01", REQUEST_EXTENSION, input=asked)
    decide = change("decideApproval", "$approvalId: ID!, $approve: Boolean!, $note: String!", of="approval")
    await client.one(
        "HEAD",
        decide,
        approvalId=answer["approval"]["id"],
        approve=True,
        note=marked.words("批准", number),
    )


def wrong(marked: Marked, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that are refused as wrong, with marked values where they do not belong."""
    who, words = marked.customer(number), marked.words("误填", number)
    yield REGISTER, {"input": who | {"phone": int(who["phone"])}}
    yield REGISTER, {"input": who | {"note": words * 300}}
    yield REGISTER, {"input": who | {"name": [who["name"]]}}
    yield REGISTER, {"input": who | {"newNeed": who["phone"]}}
    yield REGISTER, {"input": who | {who["name"]: who["phone"]}}
    yield REGISTER, {"input": who["address"]}
    yield FOLLOW_UP, {"input": {"registrationId": who["phone"], "kind": who["name"], "note": words}}
    yield (
        FOLLOW_UP,
        {"input": {"registrationId": words, "kind": "CALL", "note": "", "occurredAt": who["phone"]}},
    )
    yield "query ($at: DateTime) { policy(at: $at) { id } }", {"at": who["address"]}
    written = json.dumps(who["name"], ensure_ascii=False)
    yield f"{{ checkProtection(phone: {who['phone']}) {{ available }} }}", {}
    yield f"{{ checkProtection(phone: [{written}]) {{ available }} }}", {}
    yield f"{{ registrations(first: {written}) {{ edges {{ cursor }} }} }}", {}
    yield f"{{ quota(month: {written}) {{ used }} }}", {}
    yield '{ checkProtection(phone: "' + who["phone"], {}
    yield f"{{ registrations(filter: {{status: [X{who['phone']}]}}) {{ edges {{ cursor }} }} }}", {}


async def errors_of(client: GraphQLClient, marked: Marked, number: int) -> list[str]:
    answers = []
    for query, variables in wrong(marked, number):
        answer = (await client.post("G01", query, variables)).json()
        assert "errors" in answer, (query, answer)
        answers.append(json.dumps(answer, ensure_ascii=False))
    return answers


async def in_turn(works: Iterator[Awaitable[None]]) -> None:
    """Let works run, so many at once."""

    async def some() -> None:
        for work in works:
            await work

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


def needles() -> list[str]:
    """Every way in which a mark could be written: plain, escaped, hexadecimal, base64 at any place."""
    found = []
    for mark in (NAME, PHONE, PLACE, WORDS):
        plain = mark.encode()
        found += [mark, json.dumps(mark)[1:-1], quote(mark), plain.hex()]
        for place in range(3):
            encoded = base64.b64encode(b"\0" * place + plain).decode().rstrip("=")
            # Without the characters that are made of what stands before and after the mark.
            found.append(encoded[place + 1 if place else 0 : -1])
    return [needle for needle in dict.fromkeys(found) if len(needle) >= 6 or needle in (NAME, WORDS)]


def hits(where: dict[str, str]) -> list[tuple[str, str]]:
    """The marks that stand in a text, by where it is from."""
    return [(name, needle) for name, text in where.items() for needle in needles() if needle in text]


def plain_hashes(values: set[str], dump: str) -> set[str]:
    """The values of which somebody kept a hash without a key, as anybody who tries all phones would find it."""
    normalised = {value: {value, f"+86{value}", f"phone +86{value}"} for value in values}
    digests = {
        hashlib.new(kind, spelling.encode()).hexdigest(): value
        for value, spellings in normalised.items()
        for spelling in spellings
        for kind in ("md5", "sha1", "sha256")
    }
    kept = set(re.findall(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])", dump))
    return {digests[digest] for digest in kept & set(digests)}


def dump_of(service: RunningService) -> str:
    """The whole database, as somebody who has it would write it out."""
    done = subprocess.run(
        [str(postgres_binary("pg_dump")), "--dbname", service.database_url, "--inserts"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


def redis_of(service: RunningService) -> str:
    """Every key of Redis with its value."""
    client = redis.Redis.from_url(redis_url_of(service.data))
    readers: dict[bytes, Any] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"hash": client.hgetall,
        b"stream": client.xrange,
    }
    with client:
        found: list[tuple[bytes, ResponseT]] = [
            (key, readers[client.type(key)](key)) for key in client.scan_iter()
        ]
    return "\n".join(f"{key!r} {value!r}" for key, value in found)


def logs_of(service: RunningService) -> dict[str, str]:
    """Everything that a process has written."""
    files = [*(service.data / "logs").iterdir(), service.stdout, service.stderr]
    return {path.name: path.read_text(errors="replace") for path in files}


async def test_a_thousand_marked_values_are_found_nowhere(
    client: GraphQLClient, service: RunningService
) -> None:
    marked = Marked()
    await in_turn(told(client, marked, number) for number in range(1, CUSTOMERS + 1))
    await in_turn(asked_for_more_days(client, marked, number) for number in range(900, 910))
    errors = [error for number in range(950, 955) for error in await errors_of(client, marked, number)]
    metrics = (await client.http.get("/metrics")).text
    dump = dump_of(service)
    everywhere = {
        "database": dump,
        "redis": redis_of(service),
        "metrics": metrics,
        **{f"error {number}": error for number, error in enumerate(errors)},
        **logs_of(service),
    }

    assert len(marked.values) >= 1_000
    assert dump.count("INSERT INTO public.contact ") >= 2 * CUSTOMERS
    assert hits(everywhere) == []
    assert plain_hashes(marked.values, dump) == set()


def test_a_leak_would_be_found() -> None:
    value = f"{NAME}7女士"
    leaks = {
        "plain": f"x {value}",
        "json": json.dumps({"name": value}),
        "query": f"?name={quote(value)}",
        "bytea": f"\\x00ff{value.encode().hex()}",
        "base64": base64.b64encode(value.encode()).decode(),
        "base64 one on": base64.b64encode(b"x" + value.encode()).decode(),
        "base64 two on": base64.b64encode(b"xy" + value.encode()).decode(),
        "phone": f"+86{PHONE}012",
    }
    assert {where for where, _ in hits(leaks)} == set(leaks)
    phone = f"{PHONE}012"
    kept = hashlib.sha256(f"+86{phone}".encode()).hexdigest()
    assert plain_hashes({phone}, f"VALUES ('\\x{kept}')".replace("\\x", " ")) == {phone}
