"""What an attempt to register would be answered, without making it: the checks of a dry run.

Checked by the policy as of now: the three facts, a deal, live claims, a cool-down and the month's quota; and
the rows of the file among one another, in their order. Nobody is held, so what others do meanwhile is not seen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.cross_regions import find_home
from baobei.operations.customers import blind_keys
from baobei.operations.import_answers import (
    answer_of_check,
    answer_of_code,
    answer_of_later,
    imagined_id,
    real_id,
)
from baobei.operations.questions import Questions
from baobei.operations.registrants import registrant_of
from baobei.operations.registration_request import RegisterCustomer
from baobei.policy.admission import (
    Admission,
    Admitted,
    Attempt,
    CoolingDown,
    DuplicateOwn,
    admit,
    held_back,
)
from baobei.policy.calendar import month_of
from baobei.policy.customer_file import CustomerFile
from baobei.policy.identity import CustomerKeys
from baobei.policy.quota import Quota, quota_of
from baobei.policy.records import Registration
from baobei.policy.terms import Moment, RegistrationId, StaffId
from baobei.store import orders, policies, quotas, registrations
from baobei.store.connection import Connection
from baobei.store.import_models import RowAnswer
from baobei.store.organisation_models import Staff
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_models import StoredRegistration

# After everything that is recorded: rows come in the order of their numbers.
_AFTER_ALL_RECORDED = 1 << 60


class Rehearsal:
    """The registrations that the rows of a file so far would make; in memory, as nothing is written."""

    def __init__(self) -> None:
        self._made: list[Registration] = []
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._counted: Counter[tuple[StaffId, date]] = Counter()
        self._registrants: dict[str | None, Staff | str] = {}
        self._now: tuple[datetime, PublishedPolicy] | None = None

    @property
    def made(self) -> int:
        """Return how many there are."""
        return len(self._made)

    def back_to(self, made: int) -> None:
        """Forget all but the first so many: what a transaction that is tried again had imagined."""
        while len(self._made) > made:
            registration = self._made.pop()
            for key in _known(registration.keys):
                self._by_key[key].pop()
            if registration.channel in registration.policy.quota_channels:
                self._counted[registration.registrant, _month_of(registration)] -= 1

    def look_again(self) -> None:
        """Forget what was read of people, the clock and the policy: it may be old by now."""
        self._registrants.clear()
        self._now = None

    async def registrant(
        self, connection: Connection, actor: Actor, request: RegisterCustomer
    ) -> Staff | str:
        """Return whose registration it would be, or the code of why it cannot be."""
        code = request.for_staff_code
        if code not in self._registrants:
            self._registrants[code] = await registrant_of(connection, actor, request)
        return self._registrants[code]

    async def now(
        self, connection: Connection, office: Office, actor: Actor
    ) -> tuple[datetime, PublishedPolicy]:
        """Return the instant of the checks and the version in force at it."""
        if self._now is None:
            at = await office.clock.now(connection)
            self._now = at, await policies.in_force(connection, actor.alliance, at)
        return self._now

    def matching(self, keys: CustomerKeys) -> tuple[Registration, ...]:
        """Return those that share a key, the earliest row first."""
        found = {place for key in _known(keys) for place in self._by_key.get(key, ())}
        return tuple(self._made[place] for place in sorted(found))

    def counted(self, person: StaffId, month: date) -> int:
        """Return how many would count in a person's month."""
        return self._counted[person, month]

    def add(self, registration: Registration) -> None:
        """Imagine one more."""
        for key in _known(registration.keys):
            self._by_key[key].append(len(self._made))
        self._made.append(registration)
        if registration.channel in registration.policy.quota_channels:
            self._counted[registration.registrant, _month_of(registration)] += 1


async def rehearse_registration(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    rehearsal: Rehearsal,
    questions: Questions,
    *,
    row_number: int,
    of: str | None = None,
) -> RowAnswer:
    """Return what a row would be answered, and imagine its registration when it would be admitted.

    With no question left, or in a month that is used up, it is compared with the person's own customers alone.
    """
    registrant = await rehearsal.registrant(connection, actor, request)
    if isinstance(registrant, str):
        return answer_of_code(row_number, registrant, of=of)
    at, version = await rehearsal.now(connection, office, actor)
    attempt = _attempt(office, actor, request, registrant, version, at=at, row_number=row_number)
    quota = await _quota(connection, actor, attempt, version, rehearsal)
    found = await registrations.find_by_keys(connection, actor.alliance, attempt.keys)
    imagined = rehearsal.matching(attempt.keys)
    own = tuple(stored.facts for stored in found if stored.facts.owner == attempt.by)
    decision = admit(
        attempt, file=CustomerFile(registrations=(*own, *imagined)), quota=quota, policy=version.policy
    )
    asks = isinstance(decision, Admitted)
    if asks and not questions.may_ask:
        rehearsal.add(_imagined(attempt, version, row_number))
        return answer_of_later(row_number)
    # Of a customer who is theirs, or was a short while ago, they may know everything: that is no question.
    if asks or isinstance(decision, CoolingDown) or _own(decision, found) is not None:
        known = await orders.find_by_keys(connection, actor.alliance, [attempt.keys])
        file = CustomerFile(
            registrations=(*(stored.facts for stored in found), *imagined),
            orders=tuple(stored.facts for stored in known),
        )
        home = await find_home(connection, actor, registrant, request.address, version.policy)
        admission = admit(attempt, file=file, quota=quota, policy=version.policy)
        decision = held_back(admission, cross_region=bool(home.stores))
    if asks:
        questions.asked(available=isinstance(decision, Admitted))
    if isinstance(decision, Admitted):
        rehearsal.add(_imagined(attempt, version, row_number))
    return answer_of_check(row_number, decision, policy=version.policy, own=_own(decision, found), of=of)


def _own(decision: Admission, found: Iterable[StoredRegistration]) -> StoredRegistration | None:
    """Return the person's own registration that a decision names, None where it names none that is recorded."""
    own_id = real_id(decision.existing) if isinstance(decision, DuplicateOwn) else None
    return next((stored for stored in found if stored.id == own_id), None)


async def imagine_again(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    rehearsal: Rehearsal,
    *,
    row_number: int,
) -> None:
    """Imagine the registration of a row that was found to be admitted before the run was broken off."""
    registrant = await rehearsal.registrant(connection, actor, request)
    if not isinstance(registrant, str):
        at, version = await rehearsal.now(connection, office, actor)
        attempt = _attempt(office, actor, request, registrant, version, at=at, row_number=row_number)
        rehearsal.add(_imagined(attempt, version, row_number))


async def _quota(
    connection: Connection, actor: Actor, attempt: Attempt, version: PublishedPolicy, rehearsal: Rehearsal
) -> Quota:
    month = month_of(attempt.made.at, version.policy.time_zone)
    person = UUID(attempt.by)
    tallies = await quotas.tallies(connection, actor.alliance.id, [(person, month)])
    quota = quota_of(
        staff=attempt.by,
        month=month,
        tallies=tallies.get((person, month), {}),
        channel=attempt.channel,
        policy=version.policy,
    )
    return quota.plus(rehearsal.counted(attempt.by, month))


def _attempt(
    office: Office,
    actor: Actor,
    request: RegisterCustomer,
    registrant: Staff,
    version: PublishedPolicy,
    *,
    at: datetime,
    row_number: int,
) -> Attempt:
    channel = registrant.unit_kind.channel
    if channel is None:
        raise ValueError("a registrant without a channel")
    keys = blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=version.policy,
    )
    return Attempt(
        made=Moment(at, _AFTER_ALL_RECORDED + row_number),
        by=StaffId(str(registrant.id)),
        channel=channel,
        name=request.name,
        keys=keys,
        new_need=request.new_need,
        customer_class=request.details.customer_class,
    )


def _imagined(attempt: Attempt, version: PublishedPolicy, row_number: int) -> Registration:
    return Registration(
        id=RegistrationId(imagined_id(row_number)),
        made=attempt.made,
        registrant=attempt.by,
        owner=attempt.by,
        channel=attempt.channel,
        keys=attempt.keys,
        policy=version.policy,
        last_touch_at=attempt.made.at,
        customer_class=attempt.customer_class,
    )


def _month_of(registration: Registration) -> date:
    return month_of(registration.made.at, registration.policy.time_zone)


def _known(keys: CustomerKeys) -> tuple[str, ...]:
    # Blind indexes of phones and of addresses are never equal.
    return tuple(key for key in (keys.phone, keys.address) if key is not None)
