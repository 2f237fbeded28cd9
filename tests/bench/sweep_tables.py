"""What the bench of the sweep prints."""

from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

TARGET, ONLINE_TARGET = 2.0, 3.0


Rounds = list[dict[str, float]]


def print_measured(console: Console, way: str, measured: dict[str, float]) -> None:
    """Print one measurement as it comes: a large size takes long."""
    parts = (f"{of} {value:.1f}" for of, value in measured.items())
    console.print(f"{way}: {', '.join(parts)}", style="dim")


def print_sweep(console: Console, *, due: int, found: dict[str, Rounds]) -> None:
    """Print wall time, CPU time and memory of the sweep, and how often it is each bare statement.

    Ratios are those of one round, and their median: what slows the machine slows a round.
    """
    table = Table(title=f"sweep of {due:,} due at one midnight, median of {len(found['sweep'])} rounds")
    for column in ("what", "s", "rows / s", "CPU s: database", "worker", "MB after a tenth, at most"):
        table.add_column(column, justify="right")
    for name, rounds in found.items():
        wall, server, own = (median(r[of] for r in rounds) for of in ("s", "server_s", "cpu_s"))
        last = rounds[-1]
        memory = f"{last['first_mb']:.0f}, {last['last_mb']:.0f}" if "last_mb" in last else ""
        table.add_row(name, f"{wall:.1f}", f"{due / wall:,.0f}", f"{server:.1f}", f"{own:.1f}", memory)
    console.print(table)
    for name in [name for name in found if name != "sweep"]:
        wall = [ours["s"] / bare["s"] for ours, bare in zip(found["sweep"], found[name], strict=True)]
        cpu = [_cpu_s(ours) / _cpu_s(bare) for ours, bare in zip(found["sweep"], found[name], strict=True)]
        for what, ratios in (("wall", wall), ("CPU, database and worker", cpu)):
            each = " ".join(f"{ratio:.2f}" for ratio in ratios)
            console.print(
                f"sweep x {name}, {what}: {median(ratios):.2f} (target {TARGET}); rounds {each}",
                soft_wrap=True,
            )


def _cpu_s(round: dict[str, float]) -> float:
    return round["server_s"] + round["cpu_s"]


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
