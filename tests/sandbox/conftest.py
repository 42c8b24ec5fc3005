"""What the tests of programs use is the tests' of the sandbox too."""

import pathlib
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
