"""What the bench of the sweep prints."""

from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

TARGET, ONLINE_TARGET = 2.0, 3.0


def print_sweep(
    console: Console, *, due: int, bare: list[dict[str, float]], swept: list[dict[str, float]]
) -> None:
    """Print wall time, CPU time and memory of the sweep against the bare statement."""
    floor, ours = (median(r["s"] for r in rounds) for rounds in (bare, swept))
    least = median(r["server_s"] for r in bare)
    table = Table(title=f"sweep of {due:,} due at one midnight, median of {len(bare)} (target {TARGET} x)")
    for column in (
        "what",
        "s",
        "rows / s",
        "x bare",
        "CPU s: database",
        "sweep",
        "x bare",
        "MB after a tenth, at most",
    ):
        table.add_column(column, justify="right")
    for name, rounds, wall in (("one bare statement", bare, floor), ("sweep", swept, ours)):
        server, own = (median(r[of] for r in rounds) for of in ("server_s", "cpu_s"))
        memory = f"{rounds[-1]['first_mb']:.0f}, {rounds[-1]['last_mb']:.0f}" if rounds is swept else ""
        table.add_row(
            name,
            f"{wall:.1f}",
            f"{due / wall:,.0f}",
            f"{wall / floor:.2f}",
            f"{server:.1f}",
            f"{own:.1f}",
            f"{(server + own) / least:.2f}",
            memory,
        )
    console.print(table)
    console.print(
        "rounds, s: bare", *[f"{r['s']:.1f}" for r in bare], "sweep", *[f"{r['s']:.1f}" for r in swept]
    )


def print_online(console: Console, *, calm: list[float], busy: list[float], rate: int) -> None:
    """Print how long registrations took without a sweep and beside one."""
    online = Table(title=f"registrations online, {rate} a second (target p99 under {ONLINE_TARGET} x)")
    for column in ("when", "registrations", "p50 ms", "p99 ms", "x p99"):
        online.add_column(column, justify="right")
    without = quantiles(calm, n=100)[98]
    for name, times in (("without a sweep", calm), ("during the sweep", busy)):
        p99 = quantiles(times, n=100)[98]
        online.add_row(
            name, f"{len(times):,}", f"{median(times) * 1e3:.1f}", f"{p99 * 1e3:.1f}", f"{p99 / without:.2f}"
        )
    console.print(online)
