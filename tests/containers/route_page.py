"""tests/http/test_adding_a_route.py, which reads the page, under a name of its own."""

import importlib.util
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "http/test_adding_a_route.py"

spec = importlib.util.spec_from_file_location("route_page_natively", PATH)
page = importlib.util.module_from_spec(spec)
spec.loader.exec_module(page)
