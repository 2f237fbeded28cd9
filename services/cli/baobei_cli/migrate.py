"""``baobei migrate``: brings the database at BAOBEI_DATABASE_URL up to date."""

import asyncio
import sys

import asyncpg

from baobei.migration import MigrationError
from baobei.migration import migrate as migrate_database
from baobei.settings import load_settings
from baobei_cli.errors import CommandError


def migrate() -> None:
    """Bring the database at BAOBEI_DATABASE_URL up to date; safe to run from several hosts at once."""
    try:
        before, after = asyncio.run(migrate_database(load_settings().database_url))
    except MigrationError as error:
        raise CommandError(str(error)) from None
    except (OSError, TimeoutError) as error:
        raise CommandError(f"BAOBEI_DATABASE_URL: cannot connect: {error}", status=1) from None
    except asyncpg.PostgresError as error:
        raise CommandError(f"the database refused: {error}", status=1) from None
    told = f"already at {after}" if before == after else f"from {before or 'empty'} to {after}"
    print(f"database {told}", file=sys.stderr)
