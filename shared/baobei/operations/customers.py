"""From what people write of a customer to the keys that are compared."""

from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys, customer_keys
from baobei.vault import Vault


def blind_keys(
    vault: Vault, *, alliance_id: int, phone: str | None, address: str | None, policy: Policy
) -> CustomerKeys:
    """Return the identity keys of a customer as they are stored: blind indexes in hexadecimal.

    None where a fact is absent or unusable. Equal customers have equal keys, within one alliance only.
    """
    keys = customer_keys(phone=phone, address=address, country=policy.phone_country)
    return CustomerKeys(
        phone=None
        if keys.phone is None
        else vault.keyed_digest(f"phone {keys.phone}", alliance_id=alliance_id).hex(),
        address=None
        if keys.address is None
        else vault.keyed_digest(f"address {keys.address}", alliance_id=alliance_id).hex(),
    )
