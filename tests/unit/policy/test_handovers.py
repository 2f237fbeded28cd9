"""Who gets what of a person's registrations."""

import pytest

from baobei.policy.handovers import DistributionMethod, Receiver, share_out
from baobei.policy.terms import StaffId

ANNA, BO, CHEN = (
    Receiver(staff=StaffId(name), unit=unit) for name, unit in (("anna", "PD"), ("bo", "PX"), ("chen", "PD"))
)


@pytest.mark.parametrize(
    ("method", "units", "receivers", "shared"),
    [
        (DistributionMethod.ONE_COLLEAGUE, ["PD", "PX", "PD"], [BO], ["bo", "bo", "bo"]),
        (DistributionMethod.ROUND_ROBIN, ["PD"] * 4, [ANNA, BO, CHEN], ["anna", "bo", "chen", "anna"]),
        (DistributionMethod.ROUND_ROBIN, ["PD"] * 2, [CHEN, ANNA], ["chen", "anna"]),
        (
            DistributionMethod.BY_STORE,
            ["PD", "PX", "PD", "PX", "PD"],
            [ANNA, BO, CHEN],
            ["anna", "bo", "chen", "bo", "anna"],
        ),
        (DistributionMethod.BY_STORE, ["PD", "YW"], [ANNA], ["anna", None]),
        (DistributionMethod.BY_STORE, [], [ANNA], []),
    ],
)
def test_receivers_take_turns_in_the_order_given(
    method: DistributionMethod, units: list[str], receivers: list[Receiver], shared: list[str | None]
) -> None:
    assert share_out(method, units, receivers) == tuple(shared)
