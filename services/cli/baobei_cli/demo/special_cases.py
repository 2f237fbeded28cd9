"""Special cases that people decide: a price below the list, and a leaver's customers."""

from typing import Final

from baobei.policy.terms import Text
from baobei_cli.demo import case_questions, questions
from baobei_cli.demo.customers import KONG, ZHU
from baobei_cli.demo.story import (
    Customer,
    Facts,
    Kept,
    NightJobs,
    Scene,
    Step,
    at,
    look,
    protected,
    refused,
)

LIST_PRICE: Final = "12800.00"
SPECIAL_PRICE: Final = "9800.00"
LEAVES_BEHIND: Final = 21
DISTRIBUTION: Final = {"fromStaffCode": "F03", "method": "ROUND_ROBIN", "toStaffCodes": ["F01", "F02"]}


def _ask_price(price: str, does: Text, expected: Facts, *, keep: str | None = None) -> Step:
    return Step(
        by="G01",
        does=does,
        question=case_questions.ASK_PRICE,
        variables={
            "input": {
                "registrationId": Kept("zhu"),
                "listPrice": LIST_PRICE,
                "askedPrice": price,
                "reason": "样品柜，整套带走",
            }
        },
        expected=expected,
        keep=keep,
    )


def _decide_price(by: str, does: Text, expected: Facts) -> Step:
    return Step(
        by=by,
        does=does,
        question=case_questions.DECIDE_PRICE,
        variables={"id": Kept("price"), "note": "样品处理，同意"},
        expected=expected,
    )


def _priced_order(
    by: str, ref: str, customer: Customer, does: Text, *, amount: str, list_price: str, approved: object
) -> Step:
    return Step(
        by=by,
        does=does,
        question=case_questions.PLACE_PRICED_ORDER,
        variables={
            "input": {
                "externalRef": ref,
                "name": customer.name,
                "phone": customer.phone,
                "address": customer.address,
                "takenByCode": by,
                "amount": amount,
                "listAmount": list_price,
            }
        },
        expected={
            "credits": ((by, 10_000, amount),),
            "list_price": list_price,
            "violation": approved is None,
            "approved": approved,
        },
    )


BELOW_THE_LIST: Final = Scene(
    at=at(13, "16:00:00"),
    clause="B.5.3",
    title=Text("低于标价：先申请，批了再卖", "Below the list: asked for first, sold once it is approved"),
    parts=(
        _ask_price(
            LIST_PRICE,
            Text("按标价也来申请特价", "asks for a special price that is the list price"),
            refused("NOT_APPLICABLE", None),
        ),
        _ask_price(
            SPECIAL_PRICE,
            Text(
                f"为朱先生申请特价：标价{LIST_PRICE}元，想卖{SPECIAL_PRICE}元",
                f"asks for a special price for Mr Zhu: {SPECIAL_PRICE} yuan instead of {LIST_PRICE}",
            ),
            {"approval": "PENDING", "list_price": LIST_PRICE, "asked_price": SPECIAL_PRICE},
            keep="price",
        ),
        Step(
            by="G01",
            does=Text("补一份说明作凭据", "adds a note as evidence"),
            question=case_questions.ATTACH,
            variables={"input": {"approvalId": Kept("price"), "text": "样品柜有两处划痕，已拍照存店"}},
            expected={"evidence": ("TEXT", "G01")},
        ),
        _decide_price("PDM", Text("店长想直接批准", "tries to approve it"), {"error": "FORBIDDEN"}),
        Step(
            by="HEAD",
            does=Text("打开待审批的申请", "opens the requests that wait"),
            question=case_questions.INBOX,
            variables={},
            expected={"waiting": (("SPECIAL_PRICE", "G01", "朱先生", SPECIAL_PRICE),)},
        ),
        _decide_price(
            "HEAD",
            Text("批准特价", "approves it"),
            {"approval": "APPROVED", "list_price": LIST_PRICE, "asked_price": SPECIAL_PRICE},
        ),
        _priced_order(
            "G01",
            "T-01",
            ZHU,
            Text("朱先生按特价下定，接单", "takes Mr Zhu's order at that price"),
            amount=SPECIAL_PRICE,
            list_price=LIST_PRICE,
            approved=Kept("price"),
        ),
        _priced_order(
            "G04",
            "T-02",
            KONG,
            Text(
                "没有申请就低于标价接了孔女士的单：订单照收，但记为违价",
                "takes Ms Kong's order below the list without asking: it is recorded, and flagged",
            ),
            amount="8000.00",
            list_price="10000.00",
            approved=None,
        ),
    ),
)

HANDED_OVER: Final = Scene(
    at=at(15, "14:00:00"),
    clause="E",
    title=Text(
        "员工离职：先预览，再把客户交接给同事", "Somebody leaves: the handover is looked at, then done"
    ),
    parts=(
        Step(
            by="ADM",
            does=Text("为业务员·庚办离职", "notes that F03 has left"),
            question=case_questions.LET_GO,
            variables={"code": "F03", "reason": "个人原因离职"},
            expected={"active": False, "registrations": LEAVES_BEHIND, "requests": 0},
        ),
        Step(
            by="SUP",
            does=Text("预览：轮流分给戊和己", "looks at it first: F01 and F02 take turns"),
            question=case_questions.PREVIEW,
            variables={"input": DISTRIBUTION},
            expected={
                "registrations": LEAVES_BEHIND,
                "movable": LEAVES_BEHIND,
                "shares": (("F01", 11), ("F02", 10)),
            },
            keep="distribution",
        ),
        Step(
            by="SUP",
            does=Text("想自己开始交接", "tries to begin it"),
            question=case_questions.HAND_OVER,
            variables={"input": DISTRIBUTION, "reason": "庚离职", "digest": Kept("distribution", "digest")},
            expected={"error": "FORBIDDEN"},
        ),
        Step(
            by="HEAD",
            does=Text("按预览的方案开始交接", "begins it as it was looked at"),
            question=case_questions.HAND_OVER,
            variables={
                "input": DISTRIBUTION,
                "reason": "庚离职，由同组接手",
                "digest": Kept("distribution", "digest"),
            },
            expected={"registrations": LEAVES_BEHIND},
            keep="handover",
        ),
        NightJobs(
            does=Text("把客户逐一转交", "passes the customers on, one by one"), expected=("run_handovers",)
        ),
        Step(
            by="SUP",
            does=Text("查看交接结果", "looks at how it went"),
            question=case_questions.HANDED_OVER,
            variables={"id": Kept("handover")},
            expected={
                "handover": "DONE",
                "moved": LEAVES_BEHIND,
                "skipped": 0,
                "shares": (("F01", 11), ("F02", 10)),
            },
            settles=True,
        ),
        look(
            "F02",
            "estate-2",
            Text(
                "查看接手的一位客户：跟进期限从今天起算，到期日不变",
                "looks at one of those now hers: to be followed up from today, the expiry where it was",
            ),
            protected(follow_up=at(19), lapses=at(26), expires=22),
        ),
        Step(
            by="F01",
            does=Text(
                "查看自己的名额：接手不占名额", "looks at the month's quota: what was taken over uses none"
            ),
            question=questions.QUOTA,
            variables={},
            expected={"quota": (1, 20), "remaining": 19},
        ),
    ),
)

SCENES: Final = (BELOW_THE_LIST, HANDED_OVER)
