"""Stories told over HTTP: an alliance of their own, and customers whom no other test knows."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from baobei.clock import TravelClock
from baobei.operations.actor import Desk
from baobei.operations.apply_organisation import apply_organisation
from baobei.organisation_file import OrganisationFile
from baobei.store.organisation_models import Role
from graphql_client import GraphQLClient

SHANGHAI = ZoneInfo("Asia/Shanghai")
STORY_BEGINS = datetime(2026, 11, 1, 10, tzinfo=SHANGHAI)
STAFF = {
    "HEAD": ("HQ", Role.DEPARTMENT_HEAD),
    "OPS": ("HQ", Role.OPERATIONS_MANAGER),
    "MKT": ("HQ", Role.MARKETING_MANAGER),
    "ADM": ("HQ", Role.ADMINISTRATOR),
    "FIN": ("HQ", Role.FINANCE),
    "PDM": ("PD", Role.STORE_MANAGER),
    "G01": ("PD", Role.GUIDE),
    "G02": ("PD", Role.GUIDE),
    "XHM": ("XH", Role.STORE_MANAGER),
    "G03": ("XH", Role.GUIDE),
    "SUP": ("YW", Role.SUPERVISOR),
    "F01": ("YW", Role.SALESPERSON),
    "F02": ("YW", Role.SALESPERSON),
    "C01": ("YW", Role.CONSULTANT),
}
UNITS = {"HQ": "HEADQUARTERS", "PD": "STORE", "XH": "STORE", "YW": "FIELD_DEPARTMENT"}

_alliances = itertools.count(1)
_customers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A client of an alliance that nobody else uses, and the morning on which its story begins."""

    client: GraphQLClient
    begins: datetime

    async def after(self, *, days: int = 0, seconds: int = 0) -> datetime:
        """Travel to so much after the beginning."""
        return await self.client.travel(self.begins + timedelta(days=days, seconds=seconds))

    def midnight_after(self, days: int) -> str:
        """Return the local midnight at the end of so many days after the first, as the API writes it."""
        return (self.begins.replace(hour=0) + timedelta(days=days + 1)).isoformat()

    def shown(self, days: int) -> str:
        """Return the same midnight as an English sentence writes it."""
        midnight = self.begins.replace(hour=0) + timedelta(days=days + 1)
        return f"{midnight.day} {midnight:%b %Y} 00:00 (Asia/Shanghai)"


def customer(**changes: Any) -> dict[str, Any]:
    """Return a customer whom no other test knows."""
    number = next(_customers)
    whole = {
        "name": "王小明",
        "phone": f"138{number:08d}",
        "address": f"上海市浦东新区锦绣路100弄3号楼2单元{number}室",
    }
    return {**whole, **changes}


async def make_alliance(database_url: str) -> str:
    """Create an alliance with every role and return its code."""
    code = f"story{next(_alliances)}"
    file = OrganisationFile.model_validate(
        {
            "alliance": {"code": code, "name": code, "time_zone": "Asia/Shanghai"},
            "units": [{"code": u, "name": u, "kind": kind, "region": "上海"} for u, kind in UNITS.items()],
            "staff": [
                {"code": s, "name": f"员工{s}", "unit": unit, "roles": [role.value]}
                for s, (unit, role) in STAFF.items()
            ],
        }
    )
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        await apply_organisation(Desk(pool=pool, clock=TravelClock()), file)
    return code
