"""An alliance with administrators and an integration, and the keys by which it asks."""

from typing import Any

import asyncpg
import httpx2

from alliances import TestAlliance, new_alliance, organisation_of
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.create_api_key import ApiKeyIssued, CreateApiKey, create_api_key
from baobei.organisation_file import StaffEntry
from baobei.store.api_key_models import KeyScope
from baobei.store.organisation_models import Role
from graphql_client import GraphQLClient

MORE = (
    ("ADM", "HQ", Role.ADMINISTRATOR),
    ("ADM2", "HQ", Role.ADMINISTRATOR),
    ("HEAD2", "HQ", Role.DEPARTMENT_HEAD),
    ("CRM", "HQ", Role.INTEGRATION),
    ("CRM2", "PD", Role.INTEGRATION),
)
EVERY_SCOPE = tuple(KeyScope)


async def staffed_alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """Create an alliance that no other test uses, on the morning of 1 November 2026."""
    alliance = await new_alliance(pool)
    await employ(alliance, *MORE)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    return alliance


async def employ(alliance: TestAlliance, *people: tuple[str, str, Role], active: bool | None = None) -> None:
    """Create or update staff, each by code, unit and role."""
    file = organisation_of(alliance.code, guides=[], salespeople=[])
    staff = [
        StaffEntry(code=code, name=f"员工{code}", unit=unit, roles=[role], active=active)
        for code, unit, role in people
    ]
    await apply_organisation(alliance.office, file.model_copy(update={"staff": staff}))


async def issued(alliance: TestAlliance, *scopes: KeyScope, **more: Any) -> ApiKeyIssued:
    """Make a key, of every scope when none is named; of CRM when it is nobody's."""
    whose = {} if more.keys() & {"staff_code", "for_everybody", "for_unit_codes"} else {"staff_code": "CRM"}
    request = CreateApiKey(name="CRM", scopes=scopes or EVERY_SCOPE, **whose, **more)
    made = await create_api_key(alliance.office, await alliance.actor("ADM"), request)
    assert isinstance(made, ApiKeyIssued), made
    return made


async def ask_by_key(
    client: GraphQLClient, text: str, query: str, act_as: str | None = None, **variables: Any
) -> httpx2.Response:
    """Send a request by a key."""
    headers = {"authorization": f"Bearer {text}"} | ({} if act_as is None else {"baobei-act-as": act_as})
    return await client.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
