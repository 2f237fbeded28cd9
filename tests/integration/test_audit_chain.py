"""The audit under seals, on a real database: what is written is chained, and whoever changes it is found."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.clock import wall_now
from baobei.operations import seal_audit as seal_audit_module
from baobei.operations.seal_audit import Sealing, seal_audit
from baobei.operations.transaction import lent
from baobei.operations.verify_audit import AuditHead, Tampering, Verified, verify_audit
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.store import audit_seals, organisation
from baobei.store.organisation_models import Alliance
from baobei.vault import Vault

NOON = datetime.fromisoformat("2026-11-01T12:00:00+08:00")
TAMPERED_LOGS = 1_000
SEED = 20261101


SWAP = "UPDATE audit_event SET sequence = {0} + {1} - sequence WHERE sequence IN ({0}, {1}) AND $1 > 0"
SEALER_HAS_LOOKED = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query = $1 AND query_start > $2 AND state = 'idle')
"""


class Book:
    """An alliance's audit, sealed long ago, that tests tamper with as somebody who owns the database."""

    def __init__(self, test: TestAlliance, alliance: Alliance) -> None:
        self.test, self.alliance, self.office = test, alliance, test.office

    async def seal(self, *, events_a_seal: int = 7) -> Sealing:
        return await seal_audit(self.office, self.alliance, events_a_seal=events_a_seal)

    async def seal_later(self, *, minutes: int) -> Sealing:
        return await seal_audit(self.office, self.alliance, at=wall_now() + timedelta(minutes=minutes))

    async def verify(self, *, head: AuditHead | None = None) -> Verified:
        return await verify_audit(self.office, self.alliance, head=head)

    async def numbers_under(self, seal_number: int) -> tuple[int, int]:
        async with self.office.pool.acquire() as connection:
            seals = await audit_seals.seals_after(connection, self.alliance.id, seal_number - 1, limit=1)
        return seals[0].sequences[0], seals[0].sequences[1]

    async def act(self, count: int) -> None:
        for _ in range(count):
            await self.test.admitted(
                "G01", phone=f"138{next(_phones):08}", address=ADDRESS.format(next(_phones))
            )


_phones = iter(range(100, 100_000_000))


@pytest.fixture
async def book(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> Book:
    """An alliance with a few acts, none of them sealed."""
    test = await new_alliance(fresh_pool)
    await test.travel(NOON)
    async with fresh_pool.acquire() as connection:
        alliance = await organisation.alliance_by_code(connection, test.code)
    assert alliance is not None
    made = Book(test, alliance)
    await made.act(20)
    given_up = await test.admitted("G01", phone="13800000001", address=ADDRESS.format(1))
    reason = WithdrawRegistration(registration_id=given_up, reason="客户改变主意")
    await withdraw_registration(test.office, await test.actor("G01"), reason)
    return made


async def test_an_audit_that_nobody_touched_is_as_it_was_written(book: Book) -> None:
    events = await book.test.count("SELECT count(*) FROM audit_event")
    did = await book.seal()

    verified = await book.verify()

    assert (did.events, did.more) == (events, False)
    assert (verified.findings, verified.events, verified.unsealed) == ([], events, 0)
    assert verified.seals == did.seals == -(-events // 7)


async def test_what_was_written_after_the_last_seal_is_told_as_unsealed(book: Book) -> None:
    await book.seal()
    await book.act(2)

    verified = await book.verify()

    assert (verified.findings, verified.unsealed) == ([], 2)
    assert verified.oldest_unsealed_at is not None


async def test_sealed_twice_is_sealed_once(book: Book) -> None:
    await book.seal()

    assert await book.seal() == Sealing()


async def test_nothing_is_sealed_over_an_act_that_is_being_written(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_audit_module, "WAIT_FOR_WRITERS_S", 0.2)
    await book.seal()
    async with book.office.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await write_event(connection, book, kind="test.late")
        await book.act(3)
        held_up = await book.seal()
        await transaction.commit()

    sealed = await book.seal()
    verified = await book.verify()

    assert held_up == Sealing(held_up=1)
    assert (sealed.events, verified.findings, verified.unsealed) == (4, [], 0)


async def test_sealing_waits_for_an_act_that_is_being_written_and_for_none_that_begins_later(
    book: Book,
) -> None:
    await book.seal()
    async with book.office.pool.acquire() as early, book.office.pool.acquire() as late:
        begun = early.transaction()
        await begun.start()
        await write_event(early, book, kind="test.early")
        asked_at = await early.fetchval("SELECT clock_timestamp()")
        sealing = asyncio.create_task(book.seal())
        while not await late.fetchval(SEALER_HAS_LOOKED, audit_seals.SELECT_WRITERS, asked_at):  # noqa: ASYNC110 - another process would tell no event either
            await asyncio.sleep(0.01)
        after = late.transaction()
        await after.start()
        await write_event(late, book, kind="test.after")
        waited = not sealing.done()
        await begun.commit()
        sealed = await asyncio.wait_for(sealing, 4)
        await after.commit()

    assert waited
    assert (sealed.events, (await book.seal()).events) == (1, 1)
    assert (await book.verify()).findings == []


async def test_what_is_slipped_in_while_the_alliance_rests_is_found(book: Book) -> None:
    """As by somebody who takes a number of the quiet time that came to nothing, and dates the act to match."""
    await book.seal()
    quiet = await book.test.count("SELECT nextval('recording_sequence')")
    await book.seal_later(minutes=11)
    async with as_owner(book) as connection:
        await write_event(connection, book, kind="order.ruled", sequence=quiet)

    verified = await book.verify()

    assert [(finding.what, finding.sequence) for finding in verified.findings] == [
        (Tampering.SLIPPED_IN, quiet)
    ]


async def test_a_number_that_nobody_was_given_is_found_before_it_is_sealed(book: Book) -> None:
    await book.seal()
    async with as_owner(book) as connection:
        await write_event(connection, book, kind="order.ruled", sequence=10_000_000)

    verified = await book.verify()

    assert [finding.what for finding in verified.findings] == [Tampering.SLIPPED_IN]


async def test_an_act_that_says_it_is_older_than_the_seal_before_it_is_found(book: Book) -> None:
    await book.seal()
    await book.act(1)
    async with as_owner(book) as connection:
        await connection.execute(
            "UPDATE audit_event SET written_at = written_at - interval '3 hours'"
            " WHERE sequence = (SELECT max(sequence) FROM audit_event)"
        )
    await book.seal()

    assert [finding.what for finding in (await book.verify()).findings] == [Tampering.BACK_DATED]


async def test_sealed_by_several_at_once_while_people_write_each_act_has_one_seal(book: Book) -> None:
    async def seal_again_and_again() -> None:
        for _ in range(15):
            await book.seal(events_a_seal=3)

    await asyncio.gather(*(seal_again_and_again() for _ in range(4)), *(book.act(10) for _ in range(4)))
    await book.seal()

    verified = await book.verify()
    events = await book.test.count("SELECT count(*) FROM audit_event")
    named = await book.test.count("SELECT count(*) FROM (SELECT unnest(sequences) FROM audit_seal) n")
    assert (verified.findings, verified.unsealed) == ([], 0)
    assert verified.events == named == events


async def test_a_cut_tail_is_found_by_a_head_that_was_kept(book: Book) -> None:
    await book.seal()
    head = (await book.verify()).head
    assert head is not None
    async with as_owner(book) as connection:
        await connection.execute("DELETE FROM audit_seal WHERE seal_number >= $1", head.seal_number)
        await connection.execute(
            "DELETE FROM audit_event WHERE sequence > (SELECT max(given_out) FROM audit_seal)"
        )

    without, with_head = await book.verify(), await book.verify(head=head)

    assert without.findings == []
    assert [finding.what for finding in with_head.findings] == [Tampering.HEAD_MISSING]


async def test_a_chain_made_anew_without_the_key_is_found(book: Book) -> None:
    await book.seal()
    async with as_owner(book) as connection:
        await connection.execute("UPDATE audit_event SET actor_id = NULL")
        await connection.execute("DELETE FROM audit_seal")
    thief = Book(replace_vault(book), book.alliance)
    await thief.seal()

    verified = await book.verify()

    assert {finding.what for finding in verified.findings} == {Tampering.SEAL_EDITED}


async def test_a_chain_made_anew_with_the_key_is_found_by_a_head_that_was_kept(book: Book) -> None:
    await book.seal()
    head = (await book.verify()).head
    async with as_owner(book) as connection:
        await connection.execute("UPDATE audit_event SET actor_id = NULL")
        await connection.execute("DELETE FROM audit_seal")
    await book.seal()

    verified = await book.verify(head=head)

    assert [finding.what for finding in verified.findings] == [Tampering.HEAD_DIFFERS]


async def test_the_service_itself_cannot_say_where_an_event_stands_or_came_from(book: Book) -> None:
    forged = "INSERT INTO audit_event (alliance_id, {}, occurred_at, kind, subject_kind, subject_id, detail)"
    values = " VALUES ($1, {}, now(), 'order.ruled', 'order', gen_random_uuid(), '{{}}')"
    async with lent(book.office, book.alliance) as connection:
        for column, value in (("sequence", "0"), ("written_at", "now()"), ("origin", "'token'")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forged.format(column) + values.format(value), book.alliance.id)


async def test_seals_are_neither_changed_nor_taken_away_by_the_service(book: Book) -> None:
    await book.seal()
    async with book.office.pool.acquire() as connection:
        for statement in ("UPDATE audit_seal SET seal_number = 9", "DELETE FROM audit_seal"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await connection.execute(statement)


async def test_a_thousand_tampered_audits_are_all_found(book: Book) -> None:
    await book.seal()
    head = (await book.verify()).head
    luck = random.Random(SEED)
    missed: list[str] = []
    async with as_owner(book) as connection:
        for number in range(TAMPERED_LOGS):
            tamper = TAMPERINGS[number % len(TAMPERINGS)]
            async with undone(connection):
                await tamper(connection, book, luck)
                found = (await verify_on(connection, book, head)).findings
            if not found:
                missed.append(f"{number}: {tamper.__name__}")

    assert missed == []
    assert (await book.verify(head=head)).findings == []


async def test_a_finding_names_what_was_done_and_where(book: Book) -> None:
    await book.seal()
    first, second = await book.numbers_under(2)
    answers = []
    async with as_owner(book) as connection:
        for statement in (
            "UPDATE audit_event SET kind = 'order.ruled' WHERE sequence = $1",
            "DELETE FROM audit_event WHERE sequence = $1",
            "UPDATE audit_event SET alliance_id = alliance_id + 1 WHERE sequence = $1",
            SWAP.format(first, second),
            "DELETE FROM audit_seal WHERE seal_number = 2 AND $1 > 0",
            "UPDATE audit_seal SET sealed_at = now() WHERE seal_number = 2 AND $1 > 0",
        ):
            async with undone(connection):
                await connection.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey CASCADE")
                await connection.execute(statement, first)
                found = (await verify_on(connection, book, None)).findings
                answers.append([(finding.what, finding.sequence, finding.seal_number) for finding in found])

    edited, deleted, given_away, swapped, cut_out, changed = answers
    assert edited == [(Tampering.EDITED, first, 2)]
    assert deleted == given_away == [(Tampering.MISSING, first, 2)]
    assert swapped == [(Tampering.EDITED, first, 2), (Tampering.EDITED, second, 2)]
    assert (Tampering.SEAL_MISSING, None, 2) in cut_out
    assert changed == [(Tampering.SEAL_EDITED, None, 2)]


@asynccontextmanager
async def as_owner(book: Book) -> AsyncIterator[Any]:
    """A connection on which no trigger refuses anything."""
    async with book.office.pool.acquire() as connection:
        for table in ("audit_event", "audit_seal"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield connection


@asynccontextmanager
async def undone(connection: Any) -> AsyncIterator[None]:
    """A transaction that leaves nothing behind."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


class OneConnection:
    """A pool of the one connection whose transaction has not ended."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def acquire(self, **_waiting: float) -> "OneConnection":
        return self

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *raised: object) -> None:
        return None


async def verify_on(connection: Any, book: Book, head: AuditHead | None) -> Verified:
    office = replace(book.office, pool=OneConnection(connection))  # type: ignore[arg-type]
    return await verify_audit(office, book.alliance, head=head)


def replace_vault(book: Book) -> TestAlliance:
    vault = Vault(keys={1: bytes(32)}, active=1, index_key=bytes(32))
    return replace(book.test, office=replace(book.office, vault=vault))


async def write_event(connection: Any, book: Book, *, kind: str, sequence: int | None = None) -> None:
    await connection.execute(
        """
        INSERT INTO audit_event (alliance_id, sequence, occurred_at, kind, subject_kind, subject_id, actor_id, detail)
        SELECT $1, coalesce($2, nextval('recording_sequence')), now(), $3, 'test', gen_random_uuid(), NULL, '{}'
        """,
        book.alliance.id,
        sequence,
        kind,
    )


Tamper = Callable[[Any, Book, random.Random], Coroutine[Any, Any, None]]


async def some_events(connection: Any, luck: random.Random, count: int) -> list[int]:
    rows = await connection.fetch("SELECT sequence FROM audit_event ORDER BY sequence")
    return luck.sample([row["sequence"] for row in rows], count)


async def some_seal(connection: Any, luck: random.Random) -> int:
    last: int = await connection.fetchval("SELECT max(seal_number) FROM audit_seal")
    return luck.randint(1, last)


def edit(column: str, value: str) -> Tamper:
    async def tamper(connection: Any, book: Book, luck: random.Random) -> None:
        [sequence] = await some_events(connection, luck, 1)
        await connection.execute(f"UPDATE audit_event SET {column} = {value} WHERE sequence = $1", sequence)

    tamper.__name__ = f"edit {column}"
    return tamper


async def delete_some(connection: Any, book: Book, luck: random.Random) -> None:
    chosen = await some_events(connection, luck, luck.randint(1, 5))
    await connection.execute("DELETE FROM audit_event WHERE sequence = ANY($1::bigint[])", chosen)


async def swap_two(connection: Any, book: Book, luck: random.Random) -> None:
    one, other = await some_events(connection, luck, 2)
    await connection.execute("UPDATE audit_event SET sequence = 9000000000 WHERE sequence = $1", one)
    await connection.execute("UPDATE audit_event SET sequence = $1 WHERE sequence = $2", one, other)
    await connection.execute("UPDATE audit_event SET sequence = $1 WHERE sequence = 9000000000", other)


async def slip_one_in(connection: Any, book: Book, luck: random.Random) -> None:
    free = await connection.fetch(
        """
        SELECT n FROM generate_series(1, (SELECT max(given_out) FROM audit_seal)) n
         WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.sequence = n)
        """
    )
    await write_event(connection, book, kind="test.slipped_in", sequence=luck.choice(free)["n"])


async def slip_one_in_below_all(connection: Any, book: Book, luck: random.Random) -> None:
    await connection.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_sequence_check")
    await write_event(connection, book, kind="test.slipped_in", sequence=-luck.randint(0, 9))


async def edit_a_seal(connection: Any, book: Book, luck: random.Random) -> None:
    seal = await some_seal(connection, luck)
    change = luck.choice(
        [
            "hash = sha256(hash)",
            "previous_hash = sha256(previous_hash)",
            "sealed_at = sealed_at - interval '1 day'",
            "given_out = given_out + 1",
            "event_digests = sha256('x') || substr(event_digests, 33)",
            "sequences = ARRAY[0::bigint] || sequences[2:]",
        ]
    )
    await connection.execute(f"UPDATE audit_seal SET {change} WHERE seal_number = $1", seal)


async def edit_an_event_and_its_digest(connection: Any, book: Book, luck: random.Random) -> None:
    """As somebody would who knows how an event's digest is made, and not the key."""
    seal = await some_seal(connection, luck)
    await connection.execute(
        "UPDATE audit_event SET kind = 'order.ruled' WHERE sequence = (SELECT sequences[1] FROM audit_seal"
        " WHERE seal_number = $1)",
        seal,
    )
    await connection.execute(
        "UPDATE audit_seal SET event_digests = sha256('made to fit') || substr(event_digests, 33)"
        " WHERE seal_number = $1",
        seal,
    )


async def take_a_seal_away(connection: Any, book: Book, luck: random.Random) -> None:
    seal = await some_seal(connection, luck)
    await connection.execute("DELETE FROM audit_seal WHERE seal_number = $1", seal)


async def swap_two_seals(connection: Any, book: Book, luck: random.Random) -> None:
    seal = luck.randint(1, 3)
    await connection.execute("UPDATE audit_seal SET seal_number = -1 WHERE seal_number = $1", seal)
    await connection.execute("UPDATE audit_seal SET seal_number = $1 WHERE seal_number = $1 + 1", seal)
    await connection.execute("UPDATE audit_seal SET seal_number = $1 + 1 WHERE seal_number = -1", seal)


async def cut_the_tail(connection: Any, book: Book, luck: random.Random) -> None:
    seal = await some_seal(connection, luck)
    await connection.execute("DELETE FROM audit_seal WHERE seal_number >= $1", seal)
    await connection.execute(
        "DELETE FROM audit_event WHERE sequence > (SELECT coalesce(max(given_out), 0) FROM audit_seal)"
    )


TAMPERINGS: tuple[Tamper, ...] = (
    edit("occurred_at", "occurred_at + interval '1 microsecond'"),
    edit("kind", "kind || 'x'"),
    edit("subject_kind", "subject_kind || 'x'"),
    edit("subject_id", "gen_random_uuid()"),
    edit("actor_id", "gen_random_uuid()"),
    edit("detail", """detail || '{"x": 1}'"""),
    edit("written_at", "written_at - interval '1 second'"),
    edit("reason_id", "CASE WHEN reason_id IS NULL THEN (SELECT text_id FROM sealed_text LIMIT 1) END"),
    edit("origin", "'elsewhere'"),
    edit("request_id", "'another'"),
    delete_some,
    swap_two,
    slip_one_in,
    slip_one_in_below_all,
    edit_a_seal,
    edit_an_event_and_its_digest,
    take_a_seal_away,
    swap_two_seals,
    cut_the_tail,
)
