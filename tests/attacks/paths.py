"""Where the tools of other tests are: imported before them, for its effect."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE), str(HERE.parent / "http"), str(HERE.parent / "sandbox")]
sys.path.append(str(HERE.parent / "containers"))
