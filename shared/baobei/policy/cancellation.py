"""What becomes of a registration when the order it was credited with is called off."""

from baobei.policy.customer_file import CustomerFile
from baobei.policy.records import Ended, Order, RecordedEnd, Registration, Reinstated
from baobei.policy.terms import Moment


def after_cancellation(
    registration: Registration, *, order: Order, cancelled: Moment, file: CustomerFile
) -> Reinstated | Ended:
    """Return the event for the registration that a cancelled order had converted.

    Live again, with the cancellation as a touch and its expiry satisfied for good, unless another
    registration or order of the customer has taken its place since the order: then it is lost.

    Source: policy.md section 7, "Cancelling an order".
    """
    match = order.policy.match
    others = CustomerFile(
        registrations=file.registrations, orders=tuple(o for o in file.orders if o.id != order.id)
    )
    place_taken = others.has_other_since(registration, order.placed, match) or others.has_order_since(
        registration, order.placed, match
    )
    if place_taken:
        return Ended(at=cancelled.at, kind=RecordedEnd.LOST, order=order.id)
    return Reinstated(at=cancelled.at)
