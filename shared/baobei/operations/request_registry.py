"""Every kind of request that can be decided. A new kind is one file and one entry here."""

from collections.abc import Mapping
from typing import Final

from baobei.operations.cross_region_kind import CROSS_REGION
from baobei.operations.extension_kind import EXTENSION
from baobei.operations.handover_kind import HANDOVER
from baobei.operations.request_kinds import RequestKind
from baobei.operations.special_price_kind import SPECIAL_PRICE
from baobei.store.approval_models import ApprovalKind

KINDS: Final[Mapping[ApprovalKind, RequestKind]] = {
    each.kind: each for each in (EXTENSION, CROSS_REGION, SPECIAL_PRICE, HANDOVER)
}
