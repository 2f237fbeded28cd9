"""Small builders for the policy's values: what a test does not name is ordinary.

Instants are written as the clock on the wall in Shanghai shows them, unless a zone is given.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from baobei.policy.admission import Admission, Attempt
from baobei.policy.attribution import Attribution
from baobei.policy.book import Book
from baobei.policy.document import Policy, default_policy
from baobei.policy.identity import CustomerKeys
from baobei.policy.quota import Quota
from baobei.policy.records import Order, Registration
from baobei.policy.standing import Standing, standing
from baobei.policy.terms import Channel, Credit, Moment, OrderId, RefusalCode, RegistrationId, StaffId

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPED = default_policy()

NAME = "王小明"
PHONE, OTHER_PHONE = "+8613800138000", "+8613900139000"
ADDRESS, OTHER_ADDRESS = "浦东新区锦绣路100弄3栋2单元501", "徐汇区漕宝路18弄6栋1单元302"

MORNING = "2026-11-01 10:00"


def at(text: str, time_zone: str = "Asia/Shanghai") -> datetime:
    """Return an instant in UTC: `2026-11-01 10:00` on a wall clock of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def policy(**overrides: Any) -> Policy:
    """Return the policy that ships with some parameters changed; a time zone may be given by name."""
    if isinstance(name := overrides.get("time_zone"), str):
        overrides["time_zone"] = ZoneInfo(name)
    return replace(SHIPPED, **overrides)


def keys(phone: str | None = PHONE, address: str | None = ADDRESS) -> CustomerKeys:
    """Return a customer's keys as recorded."""
    return CustomerKeys(phone=phone, address=address)


def registration(
    id: str = "R1",
    made: str | datetime = MORNING,
    *,
    sequence: int = 1,
    by: str = "F01",
    owner: str | None = None,
    channel: Channel = Channel.FIELD,
    phone: str | None = PHONE,
    address: str | None = ADDRESS,
    policy: Policy = SHIPPED,
    **state: Any,
) -> Registration:
    """Return an admitted registration, untouched since; `state` overrides what was recorded later."""
    instant = at(made) if isinstance(made, str) else made
    made_as = Registration(
        id=RegistrationId(id),
        made=Moment(instant, sequence),
        registrant=StaffId(by),
        owner=StaffId(owner or by),
        channel=channel,
        keys=keys(phone, address),
        policy=policy,
        last_touch_at=instant,
    )
    return replace(made_as, **state)


def order(
    id: str = "O1",
    placed: str | datetime = "2026-11-03 15:00",
    *,
    sequence: int = 100,
    taken_by: str | None = "F09",
    phone: str | None = PHONE,
    address: str | None = ADDRESS,
    policy: Policy = SHIPPED,
    **state: Any,
) -> Order:
    """Return a placed order."""
    instant = at(placed) if isinstance(placed, str) else placed
    placed_as = Order(
        id=OrderId(id),
        placed=Moment(instant, sequence),
        taken_by=None if taken_by is None else StaffId(taken_by),
        keys=keys(phone, address),
        policy=policy,
    )
    return replace(placed_as, **state)


def attempt(
    made: str = MORNING,
    *,
    sequence: int = 50,
    by: str = "F02",
    channel: Channel = Channel.FIELD,
    name: str = NAME,
    phone: str | None = PHONE,
    address: str | None = ADDRESS,
    new_need: bool = False,
) -> Attempt:
    """Return an attempt to register."""
    return Attempt(
        made=Moment(at(made), sequence),
        by=StaffId(by),
        channel=channel,
        name=name,
        keys=keys(phone, address),
        new_need=new_need,
    )


def quota(*, used: int = 0, limit: int | None = 20, by: str = "F02", month: str = "2026-11-01") -> Quota:
    """Return a person's quota in a month."""
    return Quota(staff=StaffId(by), month=datetime.fromisoformat(month).date(), limit=limit, used=used)


def credits(**shares: Any) -> list[Credit]:
    """Return credits from names and basis points: `credits(F01=6_000, F02=4_000)`."""
    return [Credit(staff=StaffId(staff), share_bp=share_bp) for staff, share_bp in shares.items()]


class Story:
    """A book told in order: every step says what happened and when, and returns what was decided."""

    def __init__(self, policy: Policy = SHIPPED) -> None:
        self.book = Book(policy)
        self._steps = 0

    def register(
        self,
        id: str,
        when: str,
        *,
        by: str = "F01",
        channel: Channel = Channel.FIELD,
        phone: str | None = PHONE,
        address: str | None = ADDRESS,
        new_need: bool = False,
        name: str = NAME,
    ) -> Admission:
        return self.book.register(
            RegistrationId(id),
            Attempt(
                made=self._moment(when),
                by=StaffId(by),
                channel=channel,
                name=name,
                keys=keys(phone, address),
                new_need=new_need,
            ),
        )

    def follow_up(self, id: str, when: str, *, by: str = "F01") -> RefusalCode | None:
        return self.book.follow_up(self.registration(id), by=StaffId(by), at=self._moment(when).at)

    def measure(self, id: str, when: str, *, by: str = "F01") -> RefusalCode | None:
        return self.book.measure(self.registration(id), by=StaffId(by), at=self._moment(when).at)

    def withdraw(self, id: str, when: str, *, by: str = "F01") -> RefusalCode | None:
        return self.book.withdraw(self.registration(id), by=StaffId(by), at=self._moment(when).at)

    def transfer(self, id: str, when: str, *, to: str) -> RefusalCode | None:
        return self.book.transfer(self.registration(id), to=StaffId(to), at=self._moment(when).at)

    def extend(self, id: str, when: str, *, days: int = 15) -> RefusalCode | None:
        return self.book.extend(self.registration(id), days=days, at=self._moment(when).at)

    def order(
        self,
        id: str,
        when: str,
        *,
        taken_by: str | None = "F09",
        phone: str | None = PHONE,
        address: str | None = ADDRESS,
    ) -> Attribution:
        decision = self.place(id, when, taken_by=taken_by, phone=phone, address=address)
        assert isinstance(decision, Attribution)
        return decision

    def place(
        self,
        id: str,
        when: str,
        *,
        taken_by: str | None = "F09",
        phone: str | None = PHONE,
        address: str | None = ADDRESS,
    ) -> Attribution | RefusalCode:
        moment = self._moment(when)
        placed = order(
            id, moment.at, taken_by=taken_by, phone=phone, address=address, policy=self.book.policy
        )
        return self.book.place(replace(placed, placed=moment))

    def close(self, id: str, when: str) -> RefusalCode | None:
        return self.book.close(self.order_of(id), at=self._moment(when).at)

    def cancel(self, id: str, when: str) -> RefusalCode | None:
        return self.book.cancel(self.order_of(id), cancelled=self._moment(when))

    def rule(self, id: str, *, by: str = "HEAD", **shares: Any) -> RefusalCode | None:
        return self.book.rule(self.order_of(id), by=StaffId(by), credits=credits(**shares))

    def registration(self, id: str) -> Registration:
        found = self.book.registration(RegistrationId(id))
        assert found is not None
        return found

    def order_of(self, id: str) -> Order:
        found = self.book.order(OrderId(id))
        assert found is not None
        return found

    def standing(self, id: str, when: str) -> Standing:
        return standing(self.registration(id), at(when))

    def _moment(self, when: str) -> Moment:
        self._steps += 1
        return Moment(at(when), self._steps)
