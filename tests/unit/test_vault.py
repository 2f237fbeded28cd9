"""Sealed values open where they belong, blind indexes tell nothing, masks hide."""

import base64
from uuid import UUID

import pytest

from baobei.vault import Vault, VaultError, mask_address, mask_phone, mask_text

KEY, NEXT_KEY, INDEX_KEY = bytes(range(32)), bytes(range(1, 33)), bytes(range(32, 64))
ROW, OTHER_ROW = UUID(int=1), UUID(int=2)
VAULT = Vault(keys={1: KEY}, active=1, index_key=INDEX_KEY)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_a_sealed_value_opens_in_its_own_field() -> None:
    sealed = VAULT.seal("王小明", alliance_id=1, record_id=ROW, field="name")
    assert VAULT.open(sealed, alliance_id=1, record_id=ROW, field="name") == "王小明"
    assert "王小明".encode() not in sealed


@pytest.mark.parametrize(
    ("alliance_id", "row", "field"), [(2, ROW, "name"), (1, OTHER_ROW, "name"), (1, ROW, "phone")]
)
def test_a_sealed_value_opens_nowhere_else(alliance_id: int, row: UUID, field: str) -> None:
    sealed = VAULT.seal("王小明", alliance_id=1, record_id=ROW, field="name")
    with pytest.raises(VaultError):
        VAULT.open(sealed, alliance_id=alliance_id, record_id=row, field=field)


def test_the_last_key_of_a_ring_seals_and_the_earlier_ones_still_open() -> None:
    sealed = VAULT.seal("王小明", alliance_id=1, record_id=ROW, field="name")
    rotated = Vault.from_text(ring=f"1:{_text(KEY)}, 2:{_text(NEXT_KEY)}", index_key=_text(INDEX_KEY))
    assert rotated.open(sealed, alliance_id=1, record_id=ROW, field="name") == "王小明"
    resealed = rotated.seal("王小明", alliance_id=1, record_id=ROW, field="name")
    with pytest.raises(VaultError, match="vault key 2 is not in the ring"):
        VAULT.open(resealed, alliance_id=1, record_id=ROW, field="name")


def test_a_keyed_digest_is_the_same_for_one_text_of_one_alliance_only() -> None:
    assert VAULT.keyed_digest("phone +8613800138000", alliance_id=1) == VAULT.keyed_digest(
        "phone +8613800138000", alliance_id=1
    )
    assert VAULT.keyed_digest("phone +8613800138000", alliance_id=1) != VAULT.keyed_digest(
        "phone +8613800138000", alliance_id=2
    )


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        ("", "expected NUMBER:BASE64"),
        ("1:short", "vault key 1: expected 32 bytes in base64"),
        (f"1:{_text(KEY[:16])}", "vault key 1: expected 32 bytes"),
        (f"0:{_text(KEY)}", "a number from 1 to 65535"),
    ],
)
def test_a_ring_that_cannot_be_used_is_refused_by_name(ring: str, said: str) -> None:
    with pytest.raises(VaultError, match=said):
        Vault.from_text(ring=ring, index_key=_text(INDEX_KEY))


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("138 0013 8000", "138****8000"),
        ("+86-13800138000", "138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("021-62345678", "216****5678"),
        ("1380013", "****13"),
        ("没有", "****"),
    ],
)
def test_a_phone_is_shown_with_its_middle_hidden(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("上海市浦东新区锦绣路100弄3号楼2单元501室", "上海市浦东新区锦绣路****"),
        ("朝阳区望京街１２９弄39幢", "朝阳区望京街****"),
        ("浦东新区花木街道8号", "浦东新区****"),
        ("幸福小区3栋501", "****"),
        ("浦东新区幸福小区3栋501", "浦东新区****"),
        ("", "****"),
    ],
)
def test_an_address_is_shown_down_to_the_road(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("客户电话 13800138000，周末到店", "客户电话 138****8000，周末到店"),
        ("约2026-11-01下午，3号楼2单元501室", "约2026-11-01下午，3号楼2单元501室"),
        ("", ""),
    ],
)
def test_phones_in_a_text_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert mask_text(text) == shown
