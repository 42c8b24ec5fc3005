"""The modules of tests/http are the tests' of this folder too."""

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "http"))
