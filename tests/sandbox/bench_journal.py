#!/usr/bin/python3
"""
What recording costs: hello and calculate with a journal against the same without one.

    tests/sandbox/bench_journal.py [ROUNDS [SECONDS]]

As tests/sandbox/bench.py measures the layers: in pairs, through nginx and on the program's own
socket. The journals are on the disk of the temporary folder, and nobody ships them meanwhile.
"""

import pathlib
import sys
import tempfile

import bench
from program import Program

ROUTES = ("hello", "calculate")


def measure(route, folder):
    journal = pathlib.Path(folder, route)
    journal.mkdir()
    journal.chmod(0o777)
    with Program(route, "--journal", str(journal)) as on, Program(route) as off:
        left = bench.compare_rates(route, on, off)
        bench.compare_requests(route, on, off)
    return left


def main():
    print(f"{'':30} {'journal':>10} {'without':>10} {'':6} {'ratio':>8} {'of pairs':>9} "
          f"{'quartiles':>16}")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        left = [measure(route, folder) for route in ROUTES]
    return 0 if min(left) >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
