"""The rows of an import, answered one after another or a few at once, always as if one after another.

Rows that could decide one another wait for each other: those that share a key of the customer, and those of
one person whose month is counted.
"""

import asyncio
import contextlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import structlog

from baobei.operations.actor import Actor, Office
from baobei.operations.customer_profile import Details
from baobei.operations.failures import describe
from baobei.operations.import_answers import (
    IMAGINED,
    answer_of_bad_row,
    answer_of_failure,
    answer_of_registration,
)
from baobei.operations.questions import Questions
from baobei.operations.register_customer import RegisterCustomer, register_customer
from baobei.operations.rehearse_registration import Rehearsal, imagine_again, rehearse_registration
from baobei.operations.transaction import in_transaction, lent
from baobei.policy.document import Policy
from baobei.policy.identity import customer_keys
from baobei.sheets.tracking import Customer, TrackingRow
from baobei.sheets.words import NotUnderstood, class_of
from baobei.store import policies
from baobei.store.connection import NO_ANSWER, Connection
from baobei.store.import_models import RowAnswer
from baobei.store.organisation_models import Staff

log = structlog.get_logger("baobei.imports")

AT_ONCE: Final = 4
# A database that does not answer puts the import off, which goes on with this row; these are the row's own fault.
OF_THE_ROW: Final = (asyncpg.DataError, asyncpg.CheckViolationError, ValueError)


class Answering(Protocol):
    """Answers rows in their order, for whom and by what stood in force when they were read last."""

    actor: Actor
    people: "People"
    policy: Policy

    async def answers(self, rows: Sequence[TrackingRow]) -> list[RowAnswer]:
        """Return the answers of rows, each to be written down before the next ones are asked."""
        ...

    async def answered_before(self, rows: Iterable[tuple[TrackingRow, RowAnswer]]) -> None:
        """Take in rows that were answered in an earlier run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom a name or a code in a sheet means: members of the sender's unit by name, anybody by code."""

    by_name: Mapping[str, str | None]
    codes: frozenset[str]

    @classmethod
    def of(cls, members: Iterable[Staff]) -> "People":
        """Return the people of a unit; a name that two of them have means nobody."""
        by_name: dict[str, str | None] = {}
        codes = set()
        for person in members:
            name = _plain(person.name)
            by_name[name] = None if name in by_name else person.code
            codes.add(person.code)
        return cls(by_name=by_name, codes=frozenset(codes))

    def code_of(self, written: str | None) -> str | None:
        """Return the code that a cell means; what means nobody is asked for as it stands, and refused."""
        if written is None or written in self.codes:
            return written
        named = self.by_name.get(_plain(written))
        return named or next((part for part in written.split() if part in self.codes), written)


def request_of(
    customer: Customer, people: People, policy: Policy, *, import_id: UUID, row_number: int
) -> RegisterCustomer:
    """Return the attempt that a row makes; asked again, the row is answered as the first time.

    Raises `NotUnderstood` for a class that the policy does not have.
    """
    written = customer.customer_class
    return RegisterCustomer(
        name=customer.name,
        phone=customer.phone,
        address=customer.address,
        new_need=customer.new_need,
        note=customer.note,
        idempotency_key=f"import {import_id} row {row_number}",
        for_staff_code=people.code_of(customer.staff),
        cross_region_reason=customer.cross_region_reason,
        details=Details(
            customer_class=None if written is None else class_of(written, policy.customer_classes),
            segment=customer.segment,
            need=customer.need,
            source=customer.source,
            source_as_written=True,
        ),
    )


@dataclass(slots=True, kw_only=True)
class Registering:
    """Registers the customers of rows, each as a single registration would be.

    Not `patient`: the same place has failed before, and what the database says of a row is held against it.
    """

    office: Office
    actor: Actor
    people: People
    import_id: UUID
    policy: Policy
    at_once: int = AT_ONCE
    patient: bool = True

    async def answers(self, rows: Sequence[TrackingRow]) -> list[RowAnswer]:
        """Return the answers of rows; cancelled or failed, it leaves no row under way."""
        room = asyncio.Semaphore(self.at_once)
        latest: dict[Hashable, asyncio.Task[RowAnswer]] = {}
        tasks: list[asyncio.Task[RowAnswer]] = []
        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    await room.acquire()
                    shared = self._decided_by(row)
                    earlier = {latest[word] for word in shared if word in latest}
                    tasks.append(group.create_task(self._after(earlier, row, room)))
                    latest.update(dict.fromkeys(shared, tasks[-1]))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def answered_before(self, rows: Iterable[tuple[TrackingRow, RowAnswer]]) -> None:
        """Nothing to take in: what those rows did is recorded."""

    async def _after(
        self, earlier: "set[asyncio.Task[RowAnswer]]", row: TrackingRow, room: asyncio.Semaphore
    ) -> RowAnswer:
        try:
            if earlier:
                await asyncio.wait(earlier)
            return await self._answer(row)
        finally:
            room.release()

    async def _answer(self, row: TrackingRow) -> RowAnswer:
        if row.customer is None:
            return _unread(row)
        try:
            request = request_of(
                row.customer, self.people, self.policy, import_id=self.import_id, row_number=row.number
            )
            answer = await register_customer(self.office, self.actor, request)
            return answer_of_registration(row.number, answer, of=_somebody_else(self.actor, request))
        except NotUnderstood as error:
            return answer_of_bad_row(row.number, error.problem)
        except Exception as error:
            if self._is_not_now(error):
                raise
            return _failed(row, error)

    def _is_not_now(self, error: Exception) -> bool:
        if isinstance(error, OF_THE_ROW) or not isinstance(error, NO_ANSWER):
            return False
        said_by_the_database = isinstance(error, asyncpg.PostgresError) and not isinstance(
            error, asyncpg.PostgresConnectionError
        )
        return self.patient or not said_by_the_database

    def _decided_by(self, row: TrackingRow) -> list[Hashable]:
        """Return what a row has in common with those that could decide it, or be decided by it."""
        customer = row.customer
        if customer is None:
            return []
        keys = customer_keys(
            phone=customer.phone, address=customer.address, country=self.policy.phone_country
        )
        person = self.people.code_of(customer.staff) or self.actor.staff.code
        counted = self.actor.staff.unit_kind.channel in self.policy.quota_channels
        return [
            *(("phone", keys.phone) for _ in range(keys.phone is not None)),
            *(("address", keys.address) for _ in range(keys.address is not None)),
            *(("person", person) for _ in range(counted)),
        ]


@dataclass(slots=True, kw_only=True)
class Rehearsing:
    """Checks the customers of rows and registers nobody."""

    office: Office
    actor: Actor
    people: People
    import_id: UUID
    policy: Policy
    rehearsal: Rehearsal = field(default_factory=Rehearsal)

    async def answers(self, rows: Sequence[TrackingRow]) -> list[RowAnswer]:
        """Return the answers of rows, as of one instant; what was asked about others' customers is recorded."""

        made = self.rehearsal.made

        async def check(connection: Connection) -> list[RowAnswer]:
            # Tried again, it begins with what the rows before would have made, and with nothing of these.
            self.rehearsal.back_to(made)
            self.rehearsal.look_again()
            questions = await Questions.of(connection, self.office, self.actor, import_id=self.import_id)
            answers = [await self._answer(connection, row, questions) for row in rows]
            await questions.write_down()
            return answers

        return await in_transaction(self.office, check, within=self.actor)

    async def answered_before(self, rows: Iterable[tuple[TrackingRow, RowAnswer]]) -> None:
        """Imagine again what rows before would have made."""
        async with lent(self.office, self.actor) as connection:
            for row, answer in rows:
                if row.customer is None or answer.code not in IMAGINED:
                    continue
                # A policy that was published meanwhile may have lost the class of a row: it would not be admitted now.
                with contextlib.suppress(NotUnderstood):
                    request = self._request(row.customer, row.number)
                    await imagine_again(
                        connection, self.office, self.actor, request, self.rehearsal, row_number=row.number
                    )

    async def _answer(self, connection: Connection, row: TrackingRow, questions: Questions) -> RowAnswer:
        if row.customer is None:
            return _unread(row)
        try:
            request = self._request(row.customer, row.number)
        except NotUnderstood as error:
            return answer_of_bad_row(row.number, error.problem)
        return await rehearse_registration(
            connection,
            self.office,
            self.actor,
            request,
            self.rehearsal,
            questions,
            row_number=row.number,
            of=_somebody_else(self.actor, request),
        )

    def _request(self, customer: Customer, row_number: int) -> RegisterCustomer:
        return request_of(customer, self.people, self.policy, import_id=self.import_id, row_number=row_number)


async def policy_now(office: Office, actor: Actor) -> Policy:
    """Return the policy in force now."""

    async def read(connection: Connection) -> Policy:
        at = await office.clock.now(connection)
        return (await policies.in_force(connection, actor.alliance, at)).policy

    return await in_transaction(office, read, within=actor)


def _unread(row: TrackingRow) -> RowAnswer:
    if row.problem is None:
        raise ValueError("a row that is not to be answered")
    return answer_of_bad_row(row.number, row.problem)


def _somebody_else(actor: Actor, request: RegisterCustomer) -> str | None:
    """Return the code of whose the row is, None when it is the sender's own."""
    code = request.for_staff_code
    return None if code == actor.staff.code else code


def _failed(row: TrackingRow, error: BaseException) -> RowAnswer:
    log.error("row_failed", row=row.number, **describe(error))
    return answer_of_failure(row.number)


def _plain(name: str) -> str:
    return "".join(name.split()).replace("·", "").casefold()
