"""An alliance with a past, so that what a fuzzer asks about sometimes exists."""

import random
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from graphql import (
    ArgumentNode,
    IntValueNode,
    NullValueNode,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from graphql_client import REQUEST_EXTENSION, GraphQLClient
from stories import STAFF, customer

N = TypeVar("N", ArgumentNode, ObjectFieldNode)

HOW_OFTEN: Final = 0.6
MONTHS: Final = ["2026-11-01", "2026-12-01", "2026-13-01", "1999-02-30", "9999-12-01", ""]
INSTANTS: Final = [
    "2026-11-01T10:00:00+08:00", "2026-11-20T00:00:00Z", "1971-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00",
    "2026-11-01T10:00:00", "",
]  # fmt: skip
AMOUNTS: Final = ["12800.00", "0", "0.01", "9999999999.99", "10000000000", "-1", "1e3", ""]


@dataclass(frozen=True, slots=True)
class Known:
    """Values that mean something in one alliance, by the names of the arguments that they are for."""

    ids: tuple[str, ...]
    phones: tuple[str, ...]
    addresses: tuple[str, ...]
    references: tuple[str, ...]
    cursors: tuple[str, ...]

    def values(self, argument: str) -> tuple[str, ...]:
        """Return values for an argument, none where whatever was made up will do."""
        name = argument.lower()
        if name == "id" or name.endswith("id"):
            return self.ids
        if name.endswith("code"):
            return tuple(STAFF)
        by_name = {
            "phone": self.phones,
            "address": self.addresses,
            "externalref": self.references,
            "after": self.cursors,
            "name": ("王小明", "林女士"),
            "reason": ("客户出差",),
            "note": ("聊了户型",),
            "url": ("https://crm.example.com/hook",),
        }
        return by_name.get(name, ())

    def put_into(self, query: str, chance: random.Random) -> str:
        """Return a query in which some of the values are known ones."""
        return print_ast(visit(parse(query), _Putting(self, chance)))


class _Putting(Visitor):
    def __init__(self, known: Known, chance: random.Random) -> None:
        super().__init__()
        self._known, self._chance = known, chance

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        return self._with_known(node)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        return self._with_known(node)

    def _with_known(self, node: N) -> N | None:
        """Return the node with a known value, None to leave it as it is."""
        values = self._known.values(node.name.value)
        written = isinstance(node.value, StringValueNode | IntValueNode | NullValueNode)
        if not values or not written or self._chance.random() > HOW_OFTEN:
            return None
        return replace(node, value=StringValueNode(value=self._chance.choice(values)))


async def make_past(client: GraphQLClient) -> Known:
    """Register, follow up, measure, order, ask and be told; return what came of it."""
    customers = [customer() for _ in range(8)]
    owners = ["G01", "G02", "G03", "F01", "F02", "G01", "F01", "G02"]
    ids = []
    for staff, who in zip(owners, customers, strict=True):
        ids.append((await client.admitted(staff, **who))["id"])
    for staff, id in list(zip(owners, ids, strict=True))[:4]:
        await client.follow_up(staff, id)
    for place, taker in ((0, "G02"), (1, "G02"), (3, None)):
        order = await client.placed(
            taker or "OPS",
            externalRef=f"SO-{place}",
            takenByCode=taker,
            amount="12800.00",
            **customers[place],
        )
        ids += [order["id"], order["attribution"]["id"]]
    asked = await client.one(
        "F01", REQUEST_EXTENSION, input={"registrationId": ids[6], "days": 5, "reason": "出差"}
    )
    page = await client.one("HEAD", "{ registrations(first: 3) { edges { cursor } } }")
    orders = await client.one("HEAD", "{ orders(first: 3) { edges { cursor } } }")
    return Known(
        ids=(*ids, asked["approval"]["id"]),
        phones=tuple(who["phone"] for who in customers),
        addresses=tuple(who["address"] for who in customers),
        references=("SO-0", "SO-1", "SO-3"),
        cursors=tuple(edge["cursor"] for edge in (*page["edges"], *orders["edges"])),
    )
