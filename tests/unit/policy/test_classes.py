"""A class may have days of its own; the class given at registration says which hold, for life."""

import pytest

from baobei.policy.classes import ClassDays
from baobei.policy.document import default_document, default_policy, read_policy
from baobei.policy.standing import expires_at, follow_up_due_at, lapses_at
from baobei.policy.yaml_lines import PolicyDocumentError
from baobei.replay import Replay
from builders import at, policy, registration

OF_A = policy(customer_classes={"A": ClassDays(follow_up_days=1, lapse_days=7), "B": ClassDays()})
SHIPPED_CLASSES = "{A: {}, B: {}, C: {}}"
# Of a step of the shipped plan.
OF_CLASS_A = ", classes: [A]"


def written(classes: str) -> str:
    document = default_document()
    assert SHIPPED_CLASSES in document
    return document.replace(SHIPPED_CLASSES, classes)


def test_a_class_has_its_own_days_and_those_of_everybody_where_it_names_none() -> None:
    urgent = registration(policy=OF_A, customer_class="A")

    assert follow_up_due_at(urgent) == at("2026-11-03 00:00")
    assert lapses_at(urgent) == at("2026-11-09 00:00")
    assert expires_at(urgent) == at("2026-11-17 00:00")


@pytest.mark.parametrize("customer_class", [None, "B", "Z"])
def test_without_days_of_its_own_the_ordinary_ones_hold(customer_class: str | None) -> None:
    ordinary = registration(policy=OF_A, customer_class=customer_class)

    assert lapses_at(ordinary) == at("2026-11-12 00:00")


def test_the_policy_that_ships_has_classes_and_no_days_for_them() -> None:
    shipped = default_policy()

    assert dict(shipped.customer_classes) == dict.fromkeys("ABC", ClassDays())
    assert "自然进店" in shipped.customer_sources


def test_a_document_from_before_classes_has_those_that_ship() -> None:
    older = "\n".join(
        line for line in default_document().splitlines() if not line.strip().startswith("customer_classes")
    )

    assert dict(read_policy(older).customer_classes) == dict(default_policy().customer_classes)


@pytest.mark.parametrize(
    "classes", ["[A, B]", "{A-1: {}}", "{A: 3}", "{A: {lapse_days: 0}}", "{A: {quota: 3}}", '{"": {}}']
)
def test_classes_that_cannot_be_meant_are_refused(classes: str) -> None:
    with pytest.raises(PolicyDocumentError, match="customer_classes"):
        read_policy(written(classes))


@pytest.mark.parametrize("name", ["A类", "a", "大客户", "重点客户1"])
def test_a_class_is_called_what_the_source_calls_it(name: str) -> None:
    document = written(f"{{{name}: {{lapse_days: 7}}}}").replace(OF_CLASS_A, "")
    assert list(read_policy(document).customer_classes) == [name]


@pytest.mark.parametrize("name", ["A 类", "A-1", "ABCDEFGHI", "A😀"])
def test_a_class_whose_name_cannot_be_says_that_it_is_the_name(name: str) -> None:
    with pytest.raises(PolicyDocumentError, match=f"1 to 8 letters.*{name}"):
        read_policy(written(f'{{"{name}": {{}}}}'))


def test_a_history_may_name_the_class_and_is_decided_by_its_days() -> None:
    line = (
        '{"type": "register", "at": "2026-11-01T10:00:00+08:00", "id": "r", "by": "G01", "channel": "STORE",'
        ' "name": "林", "phone": "13800138000", "address": "浦东新区锦绣路100弄3号楼501室", "class": "A"}'
    )
    replay = Replay(OF_A)
    replay.answer(line.encode(), number=1)
    (standing,) = replay.standings(at("2026-11-09 00:00"), as_of="")

    assert standing["standing"] == "LAPSED"
