"""`make bench`: speed and memory, as CPU time and as ratios within one run.

Wall time on a busy machine says little; CPU seconds of the process that does the work say much. Names on the
command line choose benches: `python tests/bench replay claim`.
"""

import sys

import bench_claim
import bench_replay
from rich.console import Console

BENCHES = {"replay": bench_replay.run, "claim": bench_claim.run}


def main() -> None:
    """Run the benches asked for, all without a name."""
    chosen = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        sys.exit(f"bench: no {unknown[0]}: expected {', '.join(BENCHES)}")
    console = Console()
    for name in chosen:
        BENCHES[name](console)


if __name__ == "__main__":
    main()
