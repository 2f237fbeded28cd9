"""The customers of the story; phones and homes are made up."""

from typing import Final

from baobei_cli.demo.story import Customer

LIN: Final = Customer(name="林女士", phone="138 0013 8001", address="浦东新区锦绣路100弄3号楼2单元501室")
CHEN: Final = Customer(name="陈先生", phone="138 0013 8002", address="徐汇区天钥桥路30弄5号602室")
WANG: Final = Customer(name="王先生", phone="138 0013 8003", address="浦东新区幸福小区6栋301室")
WU: Final = Customer(name="吴女士", phone="138 0013 8004", address="浦东新区梅花路258弄9号1101室")
ZHAO: Final = Customer(name="赵女士", phone="138 0013 8005", address="闵行区七莘路1507弄12号401室")
SUN: Final = Customer(name="孙先生", phone="138 0013 8006", address="闵行区水清路700弄3栋2单元1503室")
ZHENG: Final = Customer(name="郑女士", phone="138 0013 8007", address="徐汇区龙华西路31弄7号202室")
FENG: Final = Customer(name="冯先生", phone="138 0013 8008", address="浦东新区科苑路8号")
ZHOU: Final = Customer(name="周女士", phone="138 0013 8009", address="徐汇区漕宝路82弄1号楼1804室")
WEI_WIFE: Final = Customer(name="卫太太", phone="138 0013 8010", address="徐汇区宛平南路88弄3号楼1201室")
WEI_HUSBAND: Final = Customer(name="卫先生", phone="138 0013 8011", address="长宁区仙霞路345弄20号302室")
CHU: Final = Customer(name="褚先生", phone="138 0013 8012", address="静安区江宁路1415弄8号501室")

ZHU: Final = Customer(name="朱先生", phone="138 0013 8013", address="浦东新区芳甸路333弄2号楼901室")
KONG: Final = Customer(name="孔女士", phone="138 0013 8014", address="徐汇区龙漕路200弄6号1102室")


def of_the_store_event(number: int) -> Customer:
    """Return one of those who came to the store's open day."""
    return Customer(
        name=f"开放日客户{number:02d}",
        phone=f"139 0013 80{number:02d}",
        address=f"徐汇区桂平路{number}弄1号楼101室",
    )


def of_the_new_estate(number: int) -> Customer:
    """Return one of those whom a salesperson met at the handing over of a new estate."""
    return Customer(
        name=f"新楼盘客户{number:02d}",
        phone=f"137 0013 70{number:02d}",
        address=f"松江区新松江路1000弄{number}号楼1001室",
    )
