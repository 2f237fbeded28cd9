"""What is asked for when a customer is registered."""

from dataclasses import dataclass

from baobei.operations.actor import Actor, Office
from baobei.operations.customer_profile import NOTHING_SAID, Details
from baobei.operations.repeated import idempotency_key
from baobei.store.idempotency import IdempotencyKey
from baobei.store.models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """A customer to register; `for_staff_code` names the member of the unit whose registration it is."""

    name: str
    phone: str
    address: str
    new_need: bool = False
    note: str | None = None
    idempotency_key: str | None = None
    for_staff_code: str | None = None
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
        **request.details.facts,
    )
