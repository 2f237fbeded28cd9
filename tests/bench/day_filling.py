"""An alliance of 30 units and 300 people with two years behind it, filled in by a few statements."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
import day_statements as statements

from alliances import VAULT, TestAlliance, office_on
from baobei.clock import TravelClock
from baobei.operations.apply_organisation import apply_organisation
from baobei.organisation_file import OrganisationFile
from baobei.store import contacts, organisation, policies
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import Contact
from baobei.vault import TEXT_FIELD

CODE = "day"
STORES, GUIDES_A_STORE, DEPARTMENTS, SALESPEOPLE_A_DEPARTMENT = 24, 9, 5, 10
# A Monday morning: the week's tasks have opened, and nobody has made them yet.
NOW = datetime.fromisoformat("2026-11-16T09:30:00+08:00")
LEAVER, BUSY = "G001", "G002"


def _organisation() -> OrganisationFile:
    stores = [f"S{n:02}" for n in range(1, STORES + 1)]
    departments = [f"D{n}" for n in range(1, DEPARTMENTS + 1)]
    units = [
        {"code": "HQ", "name": "总部", "kind": "HEADQUARTERS", "region": "上海"},
        *({"code": s, "name": s, "kind": "STORE", "region": s} for s in stores),
        *({"code": d, "name": d, "kind": "FIELD_DEPARTMENT", "region": "上海"} for d in departments),
    ]
    staff = [
        *(_person(code, "HQ", role) for code, role in (("HEAD", "DEPARTMENT_HEAD"), ("OPS", "OPERATIONS_MANAGER"))),
        *(_person(f"{s}M", s, "STORE_MANAGER") for s in stores),
        *(_person(f"{d}M", d, "SUPERVISOR") for d in departments),
        *(
            _person(f"G{n + 1:03}", stores[n % STORES], "GUIDE")
            for n in range(STORES * GUIDES_A_STORE)
        ),
        *(
            _person(f"F{n + 1:03}", departments[n % DEPARTMENTS], "SALESPERSON")
            for n in range(DEPARTMENTS * SALESPEOPLE_A_DEPARTMENT)
        ),
    ]  # fmt: skip
    return OrganisationFile.model_validate(
        {"alliance": {"code": CODE, "name": "锦绣"}, "units": units, "staff": staff}
    )


def _person(code: str, unit: str, role: str) -> dict[str, object]:
    return {"code": code, "name": f"王{code}", "unit": unit, "roles": [role]}


async def fill(url: str, superuser: str, registrations: int) -> None:
    """Fill a migrated database; triggers and keys are looked at by nobody, as what is filled in obeys them."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        office = office_on(pool)
        await apply_organisation(office, _organisation())
        async with pool.acquire() as connection:
            await TravelClock().set(connection, NOW)
            alliance = await organisation.alliance_by_code(connection, CODE)
            assert alliance is not None
            version = (await policies.in_force(connection, alliance, NOW)).id
    connection = await asyncpg.connect(superuser)
    try:
        await connection.execute("SET session_replication_role = replica")
        await _fill(connection, alliance, version, registrations)
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
        # What it would use is told apart from what was asked for by nobody.
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _fill(
    connection: "asyncpg.Connection[asyncpg.Record]", alliance: Alliance, version: UUID, registrations: int
) -> None:
    id = alliance.id
    await connection.execute(statements.STORIES, registrations, NOW, id)
    await connection.execute(statements.TALKS, NOW)
    await connection.execute("ANALYZE story, talk")
    await connection.execute("CREATE INDEX ON talk (n)")
    await _seal(connection, id)
    await connection.execute(statements.REGISTRATIONS, id, version, NOW)
    await connection.execute(statements.ATTEMPTS, id, version)
    await _refuse(connection, id, version)
    await connection.execute(statements.FOLLOW_UPS, id)
    await connection.execute(statements.ACTS, id, NOW)
    await connection.execute(statements.ORDERS, id, version)
    await connection.execute("ANALYZE customer_order")
    await connection.execute(statements.DECISIONS, id, version)
    await connection.execute("ANALYZE attribution")
    await connection.execute(statements.RULINGS, id, version, NOW)
    await connection.execute(statements.DISPUTES, id)
    await connection.execute(statements.REQUESTS, id, NOW)
    await connection.execute("ANALYZE registration")
    await connection.execute(statements.TASKS, id, NOW)
    await connection.execute(statements.REPORTS, id, NOW, version)


async def _seal(connection: "asyncpg.Connection[asyncpg.Record]", alliance_id: int) -> None:
    """Write who the customers are and what was said of them, sealed as anything is."""
    ids = await connection.fetch(statements.CONTACT_IDS)
    await _copy_contacts(connection, alliance_id, [(row["contact_id"], None) for row in ids])
    texts = await connection.fetch(statements.TEXT_IDS)
    await connection.copy_records_to_table(
        "sealed_text",
        columns=("alliance_id", "text_id", "sealed"),
        records=[
            (alliance_id, row[0], _sealed("约周末再看，预算三万", alliance_id, row[0])) for row in texts
        ],
    )


def _sealed(text: str, alliance_id: int, id: UUID) -> bytes:
    return VAULT.seal(text, alliance_id=alliance_id, record_id=id, field=TEXT_FIELD)


async def _refuse(connection: "asyncpg.Connection[asyncpg.Record]", alliance_id: int, version: UUID) -> None:
    refused = await connection.fetch(statements.REFUSED_CONTACTS)
    await _copy_contacts(connection, alliance_id, [(row["contact_id"], row["phone"]) for row in refused])
    await connection.execute(
        statements.REFUSED_ATTEMPTS,
        alliance_id,
        version,
        [row["contact_id"] for row in refused],
        [row["n"] for row in refused],
    )


async def _copy_contacts(
    connection: "asyncpg.Connection[asyncpg.Record]",
    alliance_id: int,
    keyed: Iterable[tuple[UUID, bytes | None]],
) -> None:
    who = Contact(name="王小明", phone="+8613800000000", address="浦东新区锦绣路100弄3号楼501室")
    records = []
    for id, key in keyed:
        sealed = contacts.seal(who, id=id, alliance_id=alliance_id, vault=VAULT)
        records.append((alliance_id, id, sealed.name, sealed.phone, sealed.address, key, True))
    await connection.copy_records_to_table(
        "contact",
        columns=(
            "alliance_id", "contact_id", "name_sealed", "phone_sealed", "address_sealed", "phone_key", "indexed"
        ),
        records=records,
    )  # fmt: skip


def the_alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """Return the alliance that was filled in, on a pool."""
    return TestAlliance(office=office_on(pool), code=CODE)
