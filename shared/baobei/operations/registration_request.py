"""What is asked for when a customer is registered."""

from dataclasses import dataclass

from baobei.operations.actor import Actor, Office
from baobei.operations.customer_profile import NOTHING_SAID, Details
from baobei.operations.repeated import idempotency_key
from baobei.store.idempotency import IdempotencyKey
from baobei.store.registration_models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """A customer to register; `for_staff_code` names the member of the unit whose registration it is.

    `cross_region_reason` is why it should stand outside their region, for an attempt that has to wait for approval.
    """

    name: str
    phone: str
    address: str
    new_need: bool = False
    note: str | None = None
    idempotency_key: str | None = None
    for_staff_code: str | None = None
    cross_region_reason: str | None = None
    details: Details = NOTHING_SAID

    @property
    def contact(self) -> Contact:
        """Return the customer as written."""
        return Contact(name=self.name, phone=self.phone, address=self.address)


def registration_key(office: Office, actor: Actor, request: RegisterCustomer) -> IdempotencyKey | None:
    """Return the idempotency key of a request, None when it has none."""
    return idempotency_key(
        office,
        actor,
        "registerCustomer",
        request.idempotency_key,
        name=request.name,
        phone=request.phone,
        address=request.address,
        new_need=request.new_need,
        note=request.note,
        for_staff=request.for_staff_code,
        **_reason(request),
        **request.details.facts,
    )


def _reason(request: RegisterCustomer) -> dict[str, str]:
    """Return the reason only where one was given: keys from before there were any still answer as the first time."""
    reason = request.cross_region_reason
    return {} if reason is None else {"cross_region_reason": reason}
