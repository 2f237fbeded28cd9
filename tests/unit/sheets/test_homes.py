"""A home is told by its address and the columns beside it together, or the row is nobody's."""

import pytest

from baobei.policy.addresses import address_key
from baobei.sheets.headers import Field
from baobei.sheets.homes import HomeUnclear, home_of
from baobei.sheets.tracking import HOME_UNCLEAR, TrackingRow, open_tracking_sheet
from sheet_files import workbook

COLUMNS = (Field.ADDRESS, Field.ESTATE, Field.BUILDING, Field.ENTRANCE, Field.ROOM)


def home(*cells: str) -> str:
    return home_of({field: cell for field, cell in zip(COLUMNS, cells, strict=True) if cell})


@pytest.mark.parametrize(
    ("cells", "address", "key"),
    [
        # What the address lacks comes after it.
        (("金桥路8号", "", "", "", "601室"), "金桥路8号601室", "金桥路8栋601"),
        (("金桥路8号", "", "", "", "601"), "金桥路8号601室", "金桥路8栋601"),
        (("金桥路8号", "", "3", "", "601"), "金桥路8号3号楼601室", "金桥路8号3栋601"),
        (("金桥路8号", "金桥花园", "3", "", "601"), "金桥路8号金桥花园3号楼601室", "金桥路8号金桥花园3栋601"),
        (("锦绣路100弄", "", "3", "2", "501"), "锦绣路100弄3号楼2单元501室", "锦绣路100弄3栋2单元501"),
        (("锦绣路100弄3号", "", "", "", "501"), "锦绣路100弄3号501室", "锦绣路100弄3栋501"),
        (("锦绣路100弄3号楼", "", "", "2", "501"), "锦绣路100弄3号楼2单元501室", "锦绣路100弄3栋2单元501"),
        (("锦绣路100弄3号楼5楼", "", "", "", "501"), "锦绣路100弄3号楼5楼501室", "锦绣路100弄3栋501"),
        (("浦东新区", "锦绣花园", "3", "2", "501"), "浦东新区锦绣花园3号楼2单元501室", "浦东新区锦绣花园3栋2单元501"),
        (("锦绣花园", "锦绣花园东区", "3", "", "501"), "锦绣花园东区3号楼501室", "锦绣花园东区3栋501"),
        (("锦绣花园", "", "", "", "3-2-501"), "锦绣花园3-2-501", "锦绣花园3栋2单元501"),
        (("锦绣花园", "", "3", "", "3号楼501"), "锦绣花园3号楼501", "锦绣花园3栋501"),
        (("锦绣花园", "", "3", "", "2-501"), "锦绣花园3号楼2-501", "锦绣花园3栋2单元501"),
        (("银座大厦", "", "", "", "1201"), "银座大厦1201室", "银座大厦1201"),
        (("科苑路8号", "", "A座", "", "1204"), "科苑路8号A座1204室", "科苑路8号A栋1204"),
        (("幸福村12号", "", "A", "", "2"), "幸福村12号A号楼2室", "幸福村12号A栋2"),
        # A compound's name goes before what is in it.
        (("3号楼501室", "锦绣花园", "", "", ""), "锦绣花园3号楼501室", "锦绣花园3栋501"),
        (("3-501", "锦绣花园", "", "", ""), "锦绣花园3-501", "锦绣花园3栋501"),
        # What stands in the address is not said twice.
        (("锦绣花园3号楼2单元501室", "锦绣花园", "3", "2", "501"), "锦绣花园3号楼2单元501室", "锦绣花园3栋2单元501"),
        (("锦绣花园3-2-501", "", "3", "2", "501"), "锦绣花园3-2-501", "锦绣花园3栋2单元501"),
        (("锦绣花园3号楼2单元", "", "3号楼", "2单元", "0501"), "锦绣花园3号楼2单元501室", "锦绣花园3栋2单元501"),
        (("锦绣路100弄三号楼", "", "3", "", "501"), "锦绣路100弄三号楼501室", "锦绣路100弄3栋501"),
        (("锦绣路100弄3号", "", "3", "", "501"), "锦绣路100弄3号501室", "锦绣路100弄3栋501"),
        (("锦绣路100弄3号楼501室", "锦绣花园", "", "", "501"), "锦绣路100弄3号楼501室", "锦绣路100弄3栋501"),
        (("银座大厦1201", "", "", "", "1201室"), "银座大厦1201", "银座大厦1201"),
        # Without an address, its parts.
        (("", "锦绣花园", "3", "2", "501"), "锦绣花园3号楼2单元501室", "锦绣花园3栋2单元501"),
        # Nothing beside it: as it stands.
        (("金桥路8号", "", "", "", ""), "金桥路8号", "金桥路8号"),
    ],
)  # fmt: skip
def test_what_the_address_lacks_is_put_to_it(cells: tuple[str, ...], address: str, key: str) -> None:
    assert home(*cells) == address
    assert address_key(address) == key


@pytest.mark.parametrize(
    ("district", "address", "key"),
    [
        ("浦东新区", "锦绣路100弄3号楼2单元501室", "浦东新区锦绣路100弄3栋2单元501"),
        ("上海市浦东新区", "锦绣路100弄3号楼2单元501室", "浦东新区锦绣路100弄3栋2单元501"),
        ("浦东新区", "上海市锦绣路100弄3号楼501室", "浦东新区锦绣路100弄3栋501"),
        ("浦东新区", "浦东新区锦绣路100弄3号楼501室", "浦东新区锦绣路100弄3栋501"),
        # No district in full: the address as it stands.
        ("浦东", "锦绣路100弄3号楼501室", "锦绣路100弄3栋501"),
        ("城东", "锦绣路100弄3号楼501室", "锦绣路100弄3栋501"),
    ],
)
def test_the_district_of_its_column_is_that_of_an_address_that_names_none(
    district: str, address: str, key: str
) -> None:
    assert address_key(home_of({Field.DISTRICT: district, Field.ADDRESS: address})) == key


def test_a_home_in_two_districts_is_none() -> None:
    with pytest.raises(HomeUnclear):
        home_of({Field.DISTRICT: "徐汇区", Field.ADDRESS: "浦东新区锦绣路100弄3号楼501室"})


@pytest.mark.parametrize(
    "cells",
    [
        # Two homes.
        ("锦绣花园3号楼501室", "", "", "", "502"),
        ("锦绣花园3号楼501室", "", "5", "", "501"),
        ("锦绣路100弄3号", "", "5", "", "501"),
        ("银座大厦1201", "", "", "", "1202"),
        # An entrance in the middle of what is stated.
        ("锦绣花园3号楼501室", "", "3", "2", "501"),
        # The house, or a building of that number in it.
        ("金桥路8号", "", "8", "", "601"),
        # Numbers that would run on into one another, or that may number anything.
        ("锦绣花园3", "", "", "", "501"),
        ("锦绣路100", "", "", "", "501"),
        ("科苑路8号A", "", "", "", "1204"),
        ("", "阳光100", "3", "", "501"),
        ("", "海棠花园", "3-1", "", "101"),
        ("", "海棠花园", "3-1", "2", "104"),
        ("", "海棠花园", "3", "1-2", "102"),
        ("", "海棠花园", "3", "2单元1", "112"),
        ("", "海棠花园", "3号楼1", "2", "103"),
        ("", "海棠花园", "3－1", "2", "107"),
        ("", "海棠花园", "1号楼A", "2", "122"),
        ("", "海棠花园", "3.5", "2", "502"),
        ("", "海棠花园", "三", "2", "502"),
        ("紫薇花园", "", "3-1", "", "401"),
        ("紫薇花园", "", "3~4", "2", "120"),
        # Building and room, or entrance and room.
        ("锦绣花园", "", "3", "", "3-501"),
        ("锦绣花园", "", "3", "2", "2-501"),
        # A room that is none.
        ("金桥路8号", "", "", "", "待定"),
        ("金桥路8号", "", "", "", "整栋"),
    ],
)
def test_where_no_one_home_can_be_told_there_is_none(cells: tuple[str, ...]) -> None:
    with pytest.raises(HomeUnclear):
        home(*cells)


def rows(*cells: list[str]) -> list[TrackingRow]:
    written = workbook([["姓名", "电话", "地址", "房号"], *(["王", "13800138000", *each] for each in cells)])
    return [row for row in open_tracking_sheet(written).rows() if row.counts]


def test_two_flats_of_one_house_are_two_homes_and_an_empty_room_is_none() -> None:
    found = [
        row.customer.address
        for row in rows(["金桥路8号", "601"], ["金桥路8号", "602"], ["金桥路8号", "/"])
        if row.customer
    ]
    assert found == ["金桥路8号601室", "金桥路8号602室", "金桥路8号"]


def test_a_row_of_two_homes_says_so_and_the_next_one_is_read() -> None:
    unclear, good = rows(["锦绣花园3号楼501室", "502"], ["锦绣花园3号楼", "502"])
    assert (unclear.customer, unclear.problem) == (None, HOME_UNCLEAR)
    assert good.customer is not None
