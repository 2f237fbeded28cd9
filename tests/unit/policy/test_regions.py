"""Which region an address is in, and which a unit covers."""

import pytest

from baobei.policy.regions import NOWHERE, region_named, region_of_address

PUDONG, XUHUI, CHAOYANG_CHANGCHUN = "310115", "310104", "220104"
KUNSHAN, DONGGUAN = "320583", "441900"


@pytest.mark.parametrize("name", ["浦东", "浦东新区", "上海市浦东新区", " 上海 浦东 "])
def test_a_unit_names_its_district_with_or_without_city_and_suffix(name: str) -> None:
    assert region_named(name) == {PUDONG}


def test_a_city_is_all_of_its_districts() -> None:
    assert {PUDONG, XUHUI} < region_named("上海")
    assert region_named("苏州") < region_named("江苏")


@pytest.mark.parametrize("name", ["", "某地", "上"])
def test_a_name_that_is_no_region_is_nowhere(name: str) -> None:
    assert region_named(name) == NOWHERE


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("浦东新区锦绣路100弄3号楼2单元501室", PUDONG),
        ("上海 浦东新区 锦绣路100弄 三号楼 2单元 501 室", PUDONG),
        ("上海市徐汇区漕宝路18弄6号楼302室", XUHUI),
        ("上海浦东锦绣路100弄3号楼501室", PUDONG),
        ("长春市朝阳区人民大街1号3栋501", CHAOYANG_CHANGCHUN),
        ("中国上海市市辖区徐汇区漕宝路18弄6号楼302", XUHUI),
        ("上海市(徐汇区)漕宝路18弄6号楼302", XUHUI),
        ("上海市浦东锦绣路100弄3号楼501", PUDONG),
        ("江苏省苏州市昆山市花园路8号3栋501", KUNSHAN),
        ("苏州昆山花园路8号3栋501", KUNSHAN),
        ("昆山市花园路8号3栋501", KUNSHAN),
        ("广东东莞南城鸿福路8号3栋501", DONGGUAN),
        ("内蒙古呼和浩特新城区中山路8号3栋501", "150102"),
        ("重庆市万州区五桥路8号楼302", "500101"),
    ],
)
def test_an_address_is_in_the_district_that_it_names(address: str, district: str) -> None:
    assert region_of_address(address) == {district}


@pytest.mark.parametrize(
    "address",
    [
        "锦绣路100弄3号楼501室",
        "上海市锦绣路100弄3号楼501室",
        "浦东锦绣路100弄3号楼501室",
        "上海浦东大道100号3栋501",
        "北京路100号3栋501",
        "中山东一路100号3栋501",
        "宝山新村3号楼501",
        "",
    ],
)
def test_an_address_that_names_no_district_is_nowhere(address: str) -> None:
    assert region_of_address(address) == NOWHERE


def test_a_district_of_several_cities_is_any_of_them_until_the_city_is_named() -> None:
    assert CHAOYANG_CHANGCHUN in region_of_address("朝阳区人民大街1号3栋501")
    assert len(region_of_address("朝阳区人民大街1号3栋501")) == 2
