"""Who a customer is, and what people wrote, is opened in one place; a viewer sees what `access` says."""

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from baobei.operations.disclosure import ERASED, Disclosure, ShownContact
from baobei.store.contacts import seal
from baobei.store.organisation_models import Role, Staff, UnitKind
from baobei.store.registration_models import Contact
from baobei.vault import SealedContact, SealedText, Vault

ROOT = Path(__file__).parents[2]
VAULT = Vault(keys={1: bytes(32)}, active=1, index_key=bytes(32))
UNIT, OTHER_UNIT, ID = UUID(int=1), UUID(int=2), UUID(int=9)
CONTACT = seal(
    Contact(name="林女士", phone="13800138000", address="浦东新区锦绣路100弄3号楼501室"),
    id=ID,
    alliance_id=1,
    vault=VAULT,
)
IN_FULL = ShownContact(
    name="林女士", phone="13800138000", address="浦东新区锦绣路100弄3号楼501室", masked=False
)
MASKED = ShownContact(name="林女士", phone="138****8000", address="浦东新区锦绣路****", masked=True)

# Who may open something sealed: the one place, those who seal anew or sign letters, and who hands a file back to
# whoever sent it.
OPENERS = {
    "operations/disclosure.py",
    "operations/event_letters.py",
    "operations/import_pieces.py",
    "operations/read_evidence.py",
    "vault.py",
}
# Who may ask the one place for a customer or a text in clear, without a viewer.
IN_CLEAR = {"operations/export_person.py", "operations/report_digest.py", "operations/reseal.py"}


def staff(number: int, role: Role, unit: UUID = UNIT) -> Staff:
    return Staff(
        id=UUID(int=number),
        code=str(number),
        name="",
        unit_id=unit,
        unit_kind=UnitKind.STORE,
        roles=frozenset({role}),
        active=True,
    )


OWNER = staff(100, Role.GUIDE)


def shown_to(viewer: Staff, contact: SealedContact = CONTACT) -> ShownContact:
    return Disclosure(vault=VAULT, alliance_id=1, viewer=viewer).of_registration(contact, owner=OWNER)


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (OWNER, IN_FULL),
        (staff(2, Role.STORE_MANAGER), IN_FULL),
        (staff(3, Role.DEPARTMENT_HEAD, OTHER_UNIT), IN_FULL),
        (staff(4, Role.GUIDE), MASKED),
        (staff(5, Role.STORE_MANAGER, OTHER_UNIT), MASKED),
        (staff(6, Role.OPERATIONS_MANAGER, OTHER_UNIT), MASKED),
        (staff(7, Role.ADMINISTRATOR, OTHER_UNIT), MASKED),
    ],
)
def test_a_viewer_sees_a_customer_in_full_or_masked(viewer: Staff, seen: ShownContact) -> None:
    assert shown_to(viewer) == seen


def test_an_erased_customer_is_shown_as_such_to_everybody() -> None:
    gone = SealedContact(id=ID, name=None, phone=None, address=None)
    assert shown_to(OWNER, gone) == ShownContact(name=ERASED, phone="", address="", masked=True, erased=True)


def test_an_erased_text_says_so_and_one_from_before_is_read() -> None:
    disclosure = Disclosure(vault=VAULT, alliance_id=1, viewer=OWNER)
    assert disclosure.text(VAULT.seal_text("约周末", alliance_id=1, id=ID)) == "约周末"
    assert disclosure.text(SealedText(id=ID)) == ERASED
    assert disclosure.text(SealedText(id=None, clear="旧的")) == "旧的"
    assert disclosure.optional_text(None) is None


def sources() -> Iterator[tuple[str, ast.AST]]:
    for folder in ("shared/baobei", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT / folder)), ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_else_opens_what_is_sealed() -> None:
    opening = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "open"
        if any(keyword.arg == "record_id" for keyword in node.keywords)
    }
    assert opening == OPENERS


def test_nothing_else_asks_for_it_in_clear() -> None:
    asking = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "baobei.operations.disclosure"
        if {"opened_contact", "opened_text"} & {alias.name for alias in node.names}
    }
    assert asking == IN_CLEAR


def test_nothing_else_masks() -> None:
    masking = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and {"mask_phone", "mask_address"} & {a.name for a in node.names}
    }
    assert masking == {"operations/disclosure.py"}
