"""
The security report: made of its figures, of one file, and nothing that an attacker wrote is more
than text in it.
"""

import base64
import hashlib
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from threat_model import ROOT

EVIL = "\"'><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>\u202e\x00"
DOCS = ("make-security-report", "security_pictures.py", "security-report.css", "threats.json")


def attempt(number, before):
    return {"id": f"x/{number}", "what": f"way {number} {EVIL}", "payload": EVIL,
            "success_by": f"a file is there {EVIL}", "before": before, "after": "",
            "not_before": None}


def attack_class(name, threats, layer):
    made = [attempt(0, ""), *(attempt(number, EVIL) for number in range(1, 8)), attempt(8, None)]
    return {"id": name, "title": f"{name} & {EVIL}", "threats": threats, "layer": layer,
            "attempts": 9, "applicable_before": 8, "succeeded_before": 7, "succeeded_after": 0,
            "seconds": 1.5, "made": made}


@pytest.fixture(name="made", scope="module")
def a_report_of_two_classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name in DOCS:
        shutil.copy(ROOT / "docs" / name, folder)
    model = json.loads((folder / "threats.json").read_text(encoding="utf-8"))
    first, second = model["threats"][0], model["threats"][-1]
    classes = [attack_class("one", [first["id"]], model["layers"][0]["id"]),
               attack_class("two", [second["id"], first["id"]], model["layers"][-1]["id"])]
    finding = {"id": "S1", "severity": "high", "file": f"a{EVIL}", "line": 3, "title": EVIL}
    (folder / "attacks.json").write_text(json.dumps({
        "date": "2026-01-02T03:04:05Z", "seed": "4711", "versions": {"nginx": f"1.2 {EVIL}"},
        "seconds": 12.5, "classes": classes,
        "totals": {"attempts": 18, "applicable_before": 16, "succeeded_before": 14,
                   "succeeded_after": 0},
        "scans": {"before": {"found": [finding]}, "after": {"found": []}}}))
    done = make(folder, folder / "attacks.json")
    assert done.returncode == 0, done.stderr
    return folder


def make(folder, *arguments):
    return subprocess.run([folder / "make-security-report", *arguments], capture_output=True,
                          text=True, check=False, timeout=60)


class Page(html.parser.HTMLParser):
    """Its elements, and the text of each kind of element."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts[self.open[-1] if self.open else ""] = (
            self.texts.get(self.open[-1] if self.open else "", "") + data)


def page_of(folder):
    return Page((folder / "security-report.html").read_text(encoding="utf-8"))


def test_nothing_in_it_is_more_than_text(made):
    page = page_of(made)
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "em", "code", "dl",
        "div", "dt", "dd", "figure", "figcaption", "ul", "li", "span", "svg", "line", "text",
        "rect", "circle", "a", "table", "caption", "thead", "tbody", "tr", "th", "td", "details",
        "summary"}
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "alert(1)" in page.texts["td"] and "alert(1)" in page.texts["text"]
    assert page.open == []
    assert "\u202e" not in page.texts["td"] and "\\u202e\\x00" in page.texts["td"]


def test_it_is_one_file(made):
    """Nothing is loaded; its policy allows its style alone, and that is it."""
    page = page_of(made)
    references = [attributes[name] for _, attributes in page.elements
                  for name in ("src", "href", "srcset", "data", "xlink:href") if name in attributes]
    assert references == ["threat-model.md"]
    assert "url(" not in page.texts["style"] and "@import" not in page.texts["style"]
    policy = next(attributes["content"] for tag, attributes in page.elements
                  if attributes.get("http-equiv") == "Content-Security-Policy")
    found = re.fullmatch(r"default-src 'none'; style-src 'sha256-([^']+)'", policy)
    hashed = hashlib.sha256(page.texts["style"].encode()).digest()
    assert found[1] == base64.b64encode(hashed).decode()


def test_what_it_tells(made):
    page = page_of(made)
    assert "14 of 16, 88\u00a0%" in page.texts["dd"] and "0 of 18" in page.texts["dd"]
    assert page.texts["text"].count("7 of 8") == 2 and page.texts["text"].count("0 of 9") == 2
    assert "2026-01-02T03:04:05Z" in page.texts["td"] and "4711" in page.texts["td"]
    assert "BULKHEAD_SEED=4711 make report" in page.texts["code"]
    assert "has no meaning here" not in page.texts["td"], "what succeeded is an example"


def circles(page, kind):
    return sum(tag == "circle" and attributes["class"] == kind for tag, attributes in page.elements)


def test_the_matrix(made):
    """Full where a class was stopped; a ring for each other layer of its threats' controls."""
    model = json.loads((made / "threats.json").read_text(encoding="utf-8"))
    layer_of = {control["id"]: control["layer"] for control in model["controls"]}
    of_threat = {each["id"]: {layer_of[name] for name in each["controls"]}
                 for each in model["threats"]}
    run = json.loads((made / "security-report.json").read_text(encoding="utf-8"))
    rings = sum(len(set().union(*(of_threat[name] for name in one["threats"])) - {one["layer"]})
                for one in run["classes"])
    page = page_of(made)
    assert circles(page, "stopped") == 2 and circles(page, "behind") == rings > 0


def test_what_is_not_made_of_its_figures_is_seen(made, tmp_path):
    shutil.copytree(made, tmp_path / "docs")
    assert make(tmp_path / "docs", "--check").returncode == 0
    figures = tmp_path / "docs/security-report.json"
    figures.write_text(figures.read_text(encoding="utf-8").replace(
        '"succeeded_after": 0', '"succeeded_after": 1', 1), encoding="utf-8")
    done = make(tmp_path / "docs", "--check")
    assert done.returncode == 1 and "run docs/make-security-report" in done.stderr
    assert make(tmp_path / "docs").returncode == 0
    assert make(tmp_path / "docs", "--check").returncode == 0


def test_usage(made):
    assert make(made, "--help").returncode == 0
    assert make(made, "--other").returncode == 2 and make(made, "a", "b").returncode == 2


# --- the one that is kept -------------------------------------------------------------------------

def test_the_kept_page():
    """Of a run in which nothing succeeded, as a whole."""
    done = make(ROOT / "docs", "--check")
    assert done.returncode == 0, done.stderr
    run = json.loads((ROOT / "docs/security-report.json").read_text(encoding="utf-8"))
    assert run["totals"]["succeeded_after"] == 0
    assert run["totals"]["succeeded_before"] >= 0.6 * run["totals"]["applicable_before"]
    assert len(run["classes"]) >= 25 and run["totals"]["attempts"] >= 400
