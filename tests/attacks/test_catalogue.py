"""
The list of attacks: how many, that no two are the same, that the threat model knows each class, and
that each class can succeed. What an attack finds is for tests/attacks/run, which has run before.
"""

import json
import pathlib
import re

import pytest

import paths  # noqa: F401
import runner
import scans
from classes import all_classes
from model import Marks
from ping_lab import need
from program import BUILD, REPOSITORY

CLASSES = all_classes()
NATIVE = [each for each in CLASSES if not each.full]
MODEL = json.loads((REPOSITORY / "docs/threats.json").read_text(encoding="utf-8"))
CONTROLS = {each["id"]: each for each in MODEL["controls"]}
THREATS = {each["id"]: each for each in MODEL["threats"]}
LEAST_ATTEMPTS, LEAST_CLASSES = 400, 25


def names(classes):
    return [each.id for each in classes]


# --- how many -------------------------------------------------------------------------------------

def test_there_are_enough():
    """Without those that need an engine."""
    assert len(NATIVE) >= LEAST_CLASSES
    assert sum(len(each.attempts) for each in NATIVE) >= LEAST_ATTEMPTS


def test_no_two_are_the_same():
    assert len(set(names(CLASSES))) == len(CLASSES)
    made = [one["id"] for each in CLASSES
            for one in runner.entry(each, [runner.rows_of(each, Marks(1))] * 2,
                                    *[[""] * len(each.attempts)] * 2, 0)["made"]]
    assert len(set(made)) == len(made)
    sent = [(each.id, repr(payload)) for each in CLASSES for payload in each.attempts.values()]
    twice = {one for one in sent if sent.count(one) > 1}
    assert twice == set()


def test_marks_are_nobody_elses():
    """The same for the same seed, so that a run can be repeated."""
    marks = [Marks(7).attempt("x", "y") for _ in range(2)]
    assert marks[0] == marks[1]
    many = Marks(7)
    assert len({many.attempt("x", "y").mark for _ in range(2000)}) == 2000


# --- what the threat model says -------------------------------------------------------------------

@pytest.mark.parametrize("each", CLASSES, ids=names(CLASSES))
def test_the_model_knows_it(each):
    """Its threats are there, and a control of its layer, for one of them, names it as a test."""
    assert each.threats and set(each.threats) <= set(THREATS)
    assert each.layer in {layer["id"] for layer in MODEL["layers"]}
    assert each.title and each.success_by
    controls = [CONTROLS[name] for threat in each.threats for name in THREATS[threat]["controls"]]
    assert [control["id"] for control in controls if control["layer"] == each.layer
            and f"attacks:{each.id}" in control["tests"]] != []


@pytest.mark.parametrize("each", CLASSES, ids=names(CLASSES))
def test_the_page_has_it(each):
    """With its layer, and with the hole that it was seen to find, or why there is none."""
    page = (REPOSITORY / "docs/attacks.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{each.id}`.*$", page, re.M)[0]
    assert each.title in row and f"#layer-{each.layer})" in row
    holes = page.partition("find a hole where there is one")[2]
    assert f"`{each.id}`" in holes


def test_the_model_names_no_others():
    named = {test.partition(":")[2] for control in CONTROLS.values() for test in control["tests"]
             if test.startswith("attacks:")}
    assert named == set(names(CLASSES))


# --- that they can succeed ------------------------------------------------------------------------

@pytest.fixture(scope="module")
def last():
    path = BUILD / "attacks.json"
    need(path.exists(), "what tests/attacks/run has found, in the build folder,")
    return json.loads(path.read_text(encoding="utf-8"))


def test_each_class_can_succeed(last):
    """Of those that the last run has made."""
    assert [one["id"] for one in last["classes"] if not one["succeeded_before"]] == []


def test_what_has_no_meaning_before_says_why(last):
    for one in last["classes"]:
        for made in one["made"]:
            assert (made["before"] is None) == bool(made["not_before"]), made["id"]


def entry_of(before, after):
    return {"attempts": 2, "applicable_before": 2, "succeeded_before": before, "made": [
        {"id": "x/y", "after": after}, {"id": "x/z", "after": ""}],
        "succeeded_after": int(bool(after))}


@pytest.mark.parametrize("before, after, words", [
    (2, "", None), (2, "seen", "x/y succeeds: seen"), (1, "", "too few"), (0, "", "too few")])
def test_what_fails(before, after, words):
    found = list(runner.faults([entry_of(before, after)], whole=True))
    assert (found == []) if words is None else (len(found) == 1 and words in found[0])


@pytest.mark.parametrize("before, after, number", [
    ({"S1": 1, "S4": 1, "S5": 2, "K3": 1}, 0, 0), ({"S1": 1, "S4": 1, "S5": 2}, 0, 1),
    ({"S4": 1, "S5": 2, "K3": 1}, 0, 1), ({}, 0, 4), ({"S1": 1, "S4": 1, "S3": 2, "K3": 1}, 1, 1)])
def test_what_scans_fail_for(before, after, number):
    given = {"before": {"findings": 9, "checks": before},
             "after": {"findings": after, "checks": {}}}
    assert len(list(scans.faults(given))) == number


# --- that what is broken stays where it is --------------------------------------------------------

BEFORE = REPOSITORY / "tests/before"


def test_what_is_broken_says_so():
    files = [path for path in BEFORE.rglob("*") if path.is_file() and path.name != ".env"
             and "__pycache__" not in path.parts]
    assert len(files) >= 9
    assert [path.name for path in files if "eliberately broken" not in
            path.read_text(encoding="utf-8").replace("DELIBERATELY", "Deliberately")
            .replace("BROKEN", "broken")] == []


def recipes():
    """What says what is installed, started, or put into an image."""
    found = [REPOSITORY / name for name in ("bulkhead", "quickstart", "GNUmakefile", "Makefile.am")]
    for pattern in ("docker/*", "bulkhead.d/*", "docker-compose*.yml", "nginx/**/*.conf"):
        found += [path for path in REPOSITORY.glob(pattern) if path.is_file()]
    return found


def test_what_is_broken_is_never_installed():
    """Nor in an image: of tests/, nothing is sent to the engine."""
    assert [str(path) for path in recipes()
            if "tests/before" in path.read_text(encoding="utf-8")] == []
    assert "!tests" not in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8")
    installed = re.findall(r"^\w*(?:PROGRAMS|SCRIPTS|DATA|MANS)\b.*=(.*)$",
                           (REPOSITORY / "Makefile.am").read_text(encoding="utf-8"), re.M)
    assert installed and not any("before" in each for each in installed)


def test_what_is_broken_listens_on_loopback_alone():
    text = (BEFORE / "server.py").read_text(encoding="utf-8")
    assert re.findall(r"\.bind\(\((.*?),", text) == ['"127.0.0.1"']
    assert pathlib.Path(BEFORE / "start").read_text(encoding="utf-8").count("exec ") == 1
