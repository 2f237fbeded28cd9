"""Whether the keys of the settings are those that the database needs: asked before anything is done with them.

A wrong index key would find no customer and so protect nobody; a missing key would fail in the middle of the day.
"""

import asyncpg

from baobei.store import vault_keys
from baobei.store.connection import Connection
from baobei.vault import INDEX_KEY, Vault, VaultError

_REMEMBERED = "the key that this database was begun with"


async def prove_keys(connection: Connection, vault: Vault) -> None:
    """Check the ring and the index key, and remember the key that seals from now on.

    Raises `VaultError`, which names the setting and the key. A database that is not migrated needs no keys yet.
    """
    try:
        needed = await vault_keys.proofs(connection)
    except asyncpg.UndefinedTableError:
        return
    for number, proof in sorted(needed.items()):
        _check(vault, number, proof)
    missing = {number: vault.proof(number) for number in (INDEX_KEY, vault.active) if number not in needed}
    if missing:
        await vault_keys.need(connection, missing)


def _check(vault: Vault, number: int, proof: bytes) -> None:
    if number == INDEX_KEY:
        if vault.proof(number) != proof:
            raise VaultError(f"BAOBEI_VAULT_INDEX_KEY: expected {_REMEMBERED}")
        return
    if number not in vault.numbers:
        raise VaultError(
            f"BAOBEI_VAULT_KEYS: expected key {number}, which has sealed data, and it is not there"
        )
    if vault.proof(number) != proof:
        raise VaultError(f"BAOBEI_VAULT_KEYS: key {number} is another one than that which has sealed data")
