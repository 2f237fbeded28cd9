"""How often one caller may ask, counted in Redis for all processes together.

Only hints are kept there: counters under keyed digests, gone after two minutes. Where Redis is away, a rule
that is open lets everybody pass and a closed one nobody. What must hold whatever becomes of Redis is
counted in the database, by the operation itself.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from baobei.clock import monotonic, wall_now
from baobei.operations.actor import Actor
from baobei.settings import Settings
from baobei.vault import Vault
from baobei_api.graphql.errors import RateLimited
from baobei_api.metrics import Metrics

log: Final = structlog.get_logger("baobei.api")

KEY_PREFIX: Final = "baobei:rate"
ANSWER_WITHIN_S: Final = 0.1
# While Redis is away it is not asked again for so long, so that nobody waits for it.
LEFT_ALONE_S: Final = 5.0
MAX_CONNECTIONS: Final = 20
# Digests of callers belong to no alliance, which begin at 1.
_NO_ALLIANCE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How much of one thing a caller may have in a minute; `closed`: nothing while it cannot be counted."""

    name: str
    per_minute: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of the API."""

    reads: Rule
    sign_in_failures: Rule

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """Return the rules that the settings ask for."""
        return cls(
            reads=Rule(name="reads", per_minute=settings.reads_per_minute, closed=False),
            sign_in_failures=Rule(
                name="sign_in_failures", per_minute=settings.sign_in_failures_per_minute, closed=True
            ),
        )


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Charges callers, and says when they have had enough."""

    rules: Rules
    vault: Vault
    metrics: Metrics
    storage: RedisStorage | MemoryStorage
    left_alone_s: float = LEFT_ALONE_S
    _strategy: SlidingWindowCounterRateLimiter = field(init=False)
    _asked_again_at: float = -math.inf

    def __post_init__(self) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(self.storage)

    async def charge(self, rule: Rule, who: str, *, cost: int = 1) -> None:
        """Charge a caller; raises `RateLimited` when the minute is used up, or cannot be counted and is closed.

        `who` tells callers apart; only a keyed digest of it leaves the process.
        """
        digest = self.vault.keyed_digest(f"rate/{rule.name}/{who}", alliance_id=_NO_ALLIANCE).hex()
        item = RateLimitItemPerMinute(rule.per_minute, namespace=KEY_PREFIX)
        wait_s = await self._counted(item, f"{rule.name}/{digest}", cost)
        if wait_s is None:
            self.metrics.limited(rule.name, "uncounted")
            wait_s = max(math.ceil(self.left_alone_s), 1) if rule.closed else 0
        if wait_s:
            self.metrics.limited(rule.name, "refused")
            raise RateLimited(retry_after_s=wait_s)

    async def _counted(self, item: RateLimitItemPerMinute, key: str, cost: int) -> int | None:
        """Return how many seconds to wait, 0 for none; None when nobody can say."""
        now = monotonic()
        if now < self._asked_again_at:
            return None
        if was_away := self._asked_again_at > -math.inf:
            # One asks for all the others whether it is back.
            self._asked_again_at = now + self.left_alone_s
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                within = await self._strategy.hit(item, key, cost=cost)
                stats = None if within else await self._strategy.get_window_stats(item, key)
        except (RedisError, OSError, TimeoutError) as error:
            if not was_away:
                log.warning("rate limits are not counted", error=type(error).__qualname__)
            self._asked_again_at = monotonic() + self.left_alone_s
            return None
        self._asked_again_at = -math.inf
        if stats is None:
            return 0
        return min(max(math.ceil(stats.reset_time - wall_now().timestamp()), 1), item.get_expiry())


def caller_of(actor: Actor) -> str:
    """Return what tells a staff member from every other."""
    return f"{actor.alliance.id}/{actor.staff.id}"


def counted_here(settings: Settings, vault: Vault, metrics: Metrics) -> RateLimits:
    """Return limits that this process counts by itself."""
    return RateLimits(rules=Rules.of(settings), vault=vault, metrics=metrics, storage=MemoryStorage())


@asynccontextmanager
async def counted_in_redis(settings: Settings, vault: Vault, metrics: Metrics) -> AsyncIterator[RateLimits]:
    """Yield limits that all processes on one Redis count together; it need not be there."""
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=MAX_CONNECTIONS,
        timeout=ANSWER_WITHIN_S,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
    )
    options: dict[str, Any] = {"connection_pool": pool}
    storage = RedisStorage("async+redis://", implementation="redispy", key_prefix=KEY_PREFIX, **options)
    try:
        yield RateLimits(rules=Rules.of(settings), vault=vault, metrics=metrics, storage=storage)
    finally:
        await pool.disconnect()
