"""`make bench`: speed and memory, as CPU time and as ratios within one run.

Wall time on a busy machine says little; CPU seconds of the process that does the work say much. Names on the
command line choose benches: `python tests/bench replay claim`; one that takes a size has it after an equals
sign: `python tests/bench sweep=1000000`.
"""

import sys
from collections.abc import Callable

import bench_claim
import bench_day
import bench_guard
import bench_import
import bench_replay
import bench_sweep
from rich.console import Console

BENCHES: dict[str, Callable[..., None]] = {
    "replay": bench_replay.run,
    "claim": bench_claim.run,
    "sweep": bench_sweep.run,
    "guard": bench_guard.run,
    "import": bench_import.run,
    "day": bench_day.run,
}


def main() -> None:
    """Run the benches asked for, all without a name."""
    chosen = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in chosen if name.partition("=")[0] not in BENCHES]
    if unknown:
        sys.exit(f"bench: no {unknown[0]}: expected {', '.join(BENCHES)}")
    console = Console()
    for name in chosen:
        bench, _, size = name.partition("=")
        BENCHES[bench](console, *([size] if size else []))


if __name__ == "__main__":
    main()
