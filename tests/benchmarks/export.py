"""What an export costs: python tests/benchmarks/export.py --plans 32 320

On generated plans, from a store on disk; each profile in a process of its own, so that its peak of memory is its
own. The measure is the store's own dump, which neither sorts nor labels blank nodes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from nation import generate

from atkg import dataset
from atkg.export import PROFILES, Source, export
from atkg.plans import PlanFolder
from atkg.store import Store

DUMP = "dump"


def build(plans: int, seed: int, out: Path) -> int:
    """Write the store of generated plans with registers, ontology and shapes to out/store; how many quads it holds."""
    made = generate(plans, seed, 0.02, out)
    store = Store()
    store.load_nquads(made.nquads)
    folders = [PlanFolder(path=out, record=record, text="", corrections=()) for record in made.records]
    dataset.add_context(store, folders, made.registers)
    Store.write(out / "store", store.nquads())
    return len(store)


def measure(name: str, folder: Path) -> dict[str, float]:
    """Seconds, peak of memory in MB and bytes of an export of the store in this folder, or of its dump."""
    store = Store.open(folder / "store")
    out = folder / "out" / name
    start = perf_counter()
    if name == DUMP:
        out.mkdir(parents=True, exist_ok=True)
        with (out / "atkg.nq").open("wb") as file:
            store.dump(file)
        paths = [out / "atkg.nq"]
    else:
        source = Source(store, {"version": "0", "digest": "sha256:0", "quads": 0, "built": "2026-01-01T00:00:00+00:00"})
        paths = export(source, PROFILES[name], out)
    seconds = perf_counter() - start
    peak = _peak()
    written = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    return {"seconds": seconds, "peak": peak, "bytes": written}


def _peak() -> float:
    """The highest memory of this process in MB; what getrusage tells would be its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="export.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--plans", type=int, nargs="+", default=[32], metavar="N", help="how many plans (default 32)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plans (default 1)")
    parser.add_argument("--profile", nargs="+", default=list(PROFILES), choices=list(PROFILES), metavar="NAME")
    parser.add_argument("--repeat", type=int, default=2, help="the fastest of so many runs counts (default 2)")
    parser.add_argument("--one", nargs=2, metavar=("NAME", "DIR"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return 0
    for plans in options.plans:
        with tempfile.TemporaryDirectory() as scratch:
            quads = build(plans, options.seed, Path(scratch))
            print(f"{plans} plans, {quads:,} quads")
            print(f"{'profile':<12}{'s':>9}{'peak MB':>9}{'MB':>9}{'quads/s':>12}{'of the dump':>13}")
            base = 0.0
            for name in (DUMP, *options.profile):
                command = [sys.executable, __file__, "--one", name, scratch]
                runs = [
                    json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                    for _ in range(options.repeat)
                ]
                found = min(runs, key=lambda run: run["seconds"])
                base = base or found["seconds"]
                print(
                    f"{name:<12}{found['seconds']:>9.2f}{found['peak']:>9.0f}{found['bytes'] / 1e6:>9.1f}"
                    f"{quads / found['seconds']:>12,.0f}{base / found['seconds']:>13.2f}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
