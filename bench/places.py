"""Where the rest of the project is, for what the benchmark shares with its tests."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", REPOSITORY / "build"))
PEERS = HERE / "peers"
RESULTS = HERE / "results"

sys.path[1:1] = [str(REPOSITORY / "tests" / name) for name in ("http", "calc")]
