"""Which column holds what: the names that people give the columns of a tracking sheet."""

import enum
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from baobei.sheets.cells import Cell

LONGEST_HEADING: Final = 40


class Field(enum.StrEnum):
    """What a column holds; the parts of an address stand for it where it has no column of its own."""

    DATE = "DATE"
    NAME = "NAME"
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    DISTRICT = "DISTRICT"
    ESTATE = "ESTATE"
    BUILDING = "BUILDING"
    ENTRANCE = "ENTRANCE"
    ROOM = "ROOM"
    SOURCE = "SOURCE"
    NEED = "NEED"
    NOTE = "NOTE"
    STAFF = "STAFF"
    NEW_NEED = "NEW_NEED"
    CLASS = "CLASS"
    SEGMENT = "SEGMENT"
    CROSS_REGION = "CROSS_REGION"


ADDRESS_PARTS: Final = (Field.DISTRICT, Field.ESTATE, Field.BUILDING, Field.ENTRANCE, Field.ROOM)

# Written without blanks and punctuation, in lower case; of several, the first column counts.
SYNONYMS: Final[Mapping[Field, str]] = {
    Field.DATE: "日期 时间 登记日期 登记时间 报备日期 报备时间 接待日期 来访日期 进店日期 到店日期 "
    "date time registeredon registrationdate visitdate",
    Field.NAME: "客户姓名 姓名 客户 顾客 顾客姓名 客户名称 客户名 业主 业主姓名 联系人 称呼 "
    "name customer customername client clientname",
    Field.PHONE: "电话 手机 手机号 手机号码 联系电话 联系方式 客户电话 电话号码 顾客电话 业主电话 电话1 "
    "phone mobile tel telephone phonenumber mobilenumber customerphone contact",
    Field.ADDRESS: "地址 详细地址 客户地址 家庭地址 装修地址 安装地址 送货地址 项目地址 住址 家庭住址 楼盘地址 小区地址 "
    "address customeraddress homeaddress fulladdress",
    Field.DISTRICT: "区域 区县 所在区 行政区 district",
    Field.ESTATE: "小区 楼盘 小区名称 楼盘名称 小区名 楼盘名 estate community compound",
    Field.BUILDING: "楼栋 楼号 栋 幢 栋号 幢号 几栋 building buildingno",
    Field.ENTRANCE: "单元 单元号 entrance",
    Field.ROOM: "房号 室号 门牌 门牌号 房间号 room roomno",
    Field.SOURCE: "来源 客户来源 信息来源 渠道 客户渠道 source channel",
    Field.NEED: "需求 意向产品 意向 产品需求 客户需求 需求产品 意向品类 购买意向 感兴趣的产品 need needs product interest",
    Field.NOTE: "备注 跟进情况 跟进 洽谈内容 洽谈情况 沟通内容 跟进记录 接待情况 说明 note notes remark remarks comment "
    "comments followup",
    Field.STAFF: "导购 业务员 登记人 报备人 接待人 接待导购 销售 销售人员 员工 工号 员工工号 跟进人 负责人 "
    "staff staffcode guide salesperson registrant owner",
    Field.NEW_NEED: "新需求 是否新需求 newneed",
    Field.CLASS: "客户等级 等级 客户级别 级别 意向等级 意向级别 客户分级 class customerclass grade level",
    Field.SEGMENT: "客户类型 客户类别 客户性质 客户属性 segment customersegment customertype",
    Field.CROSS_REGION: "跨区理由 跨区原因 跨区域理由 跨区域原因 跨区报备理由 跨区报备原因 crossregionreason crossregion",
}

_FIELD_OF: Final = {word: field for field, words in SYNONYMS.items() for word in words.split()}
_PUNCTUATION: Final = re.compile(r"[\s\W_]+")
_REMARK: Final = re.compile(r"[(（\[【].*?[)）\]】]|\*|必填|选填|required|optional", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[/／|、,，;；或及与和&+]")


def columns_of(row: Sequence[Cell]) -> dict[Field, int]:
    """Return the column (from 0) of each field that a row of headings names."""
    found: dict[Field, int] = {}
    for column, cell in enumerate(row):
        if isinstance(cell, str) and cell and len(cell) <= LONGEST_HEADING:
            field = _field_of(cell)
            if field is not None:
                found.setdefault(field, column)
    return found


def is_usable(columns: Mapping[Field, int]) -> bool:
    """Whether a header leads to customers: at least two of the three facts that a registration needs."""
    address = Field.ADDRESS in columns or Field.ESTATE in columns
    return (Field.NAME in columns) + (Field.PHONE in columns) + address >= 2


def _field_of(heading: str) -> Field | None:
    plain = _REMARK.sub("", unicodedata.normalize("NFKC", heading).lower())
    written = [plain, *_BETWEEN.split(plain)]
    words = (_PUNCTUATION.sub("", part) for part in written)
    return next((_FIELD_OF[word] for word in words if word in _FIELD_OF), None)
