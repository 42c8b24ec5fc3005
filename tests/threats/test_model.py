"""
The threat model against its schema and the repository; and that each way in which it can be wrong
is seen: a table of changes, each of which must be named.
"""

import copy
import os
import re
import shutil
import subprocess

import pytest

import threat_model
from threat_model import ROOT, Repository, faults, read_model

MODEL = read_model()


def test_the_model_holds():
    assert faults(MODEL, Repository()) == []


def test_page_and_picture_are_made_of_it():
    done = subprocess.run([ROOT / "docs/make-threat-model", "--check"], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


# --- each fault is seen ---------------------------------------------------------------------------

class Changed(Repository):
    """The repository with one thing more, or less."""

    def __init__(self, more=(), without=()):
        super().__init__()
        self.more, self.without = more, without

    def changed(self, names):
        return sorted((set(names) | set(self.more)) - set(self.without))

    def routes(self):
        return self.changed(super().routes())

    def has(self, path):
        return path not in self.without and super().has(path)


class MoreServices(Changed):
    def services(self):
        return self.changed(super().services())

    def routes(self):
        return Repository.routes(self)


class MorePrograms(Changed):
    def programs(self):
        return self.changed(super().programs())

    def routes(self):
        return Repository.routes(self)


def by_id(model, kind, name):
    return next(each for each in model[kind] if each["id"] == name)


def change(kind, name, **values):
    """A change of the members of what has this id; None takes one away."""
    def apply(model):
        each = by_id(model, kind, name)
        for key, value in values.items():
            if value is None:
                del each[key]
            else:
                each[key] = value
    return apply


def add(kind, like, **values):
    """One more, like another one."""
    return lambda model: model[kind].append({**by_id(model, kind, like), **values})


def without(kind, name):
    return lambda model: model[kind].remove(by_id(model, kind, name))


def drop_threats_of(element, letter):
    def apply(model):
        for threat in model["threats"]:
            if threat["stride"] == letter and element in threat["elements"]:
                threat["elements"] = [each for each in threat["elements"] if each != element]
        model["threats"] = [threat for threat in model["threats"] if threat["elements"]]
    return apply


def put(kind, key, value):
    return lambda model: model[kind].update({key: value})


def rename_technique(model):
    for threat in model["threats"]:
        if "T1611" in threat["techniques"]:
            threat["techniques"] = ["T1068"]
    del model["techniques"]["T1611"]


THREAT, CONTROL, ELEMENT = "smuggling", "strict-http", "nginx"
CHANGES = {
    "a threat has no control": (change("threats", THREAT, controls=[]),
                                f"threat {THREAT}: no control"),
    "a control has no test": (change("controls", CONTROL, tests=[]), f"control {CONTROL}: no test"),
    "a test is not there": (
        change("controls", CONTROL, tests=["tests/http/test_edge_raw.py::test_nothing"]),
        f"control {CONTROL}: there is no test tests/http/test_edge_raw.py::test_nothing"),
    "a file of tests is not there": (
        change("controls", CONTROL, tests=["tests/http/test_nothing.py::test_x"]),
        "there is no test"),
    "a unit is not there": (change("controls", CONTROL, tests=["unit:scan/nothing"]),
                            "there is no test unit:scan/nothing"),
    "a name that only begins so": (change("controls", CONTROL, tests=["unit:scan/first"]),
                                   "there is no test unit:scan/first"),
    "a fuzzer is not there": (change("controls", CONTROL, tests=["fuzz:nothing"]),
                              "there is no test fuzz:nothing"),
    "a part is not there": (change("controls", CONTROL, tests=["part:nothing"]),
                            "there is no test part:nothing"),
    "a place is not there": (change("controls", CONTROL, where=["nginx/nothing.conf"]),
                             "there is no nginx/nothing.conf"),
    "an element lacks a letter": (drop_threats_of(ELEMENT, "D"),
                                  f"element {ELEMENT}: D has neither"),
    "a letter has both": (change("elements", ELEMENT, **{"not": {"D": "because"}}),
                          f"element {ELEMENT}: D has a threat and a reason"),
    "a letter that is none of its kind": (
        change("threats", THREAT, elements=[ELEMENT, "requests"], stride="E"),
        "element requests: E is no matter of a flow"),
    "a reference to nothing": (change("threats", THREAT, controls=["nothing"]),
                               f"threat {THREAT}: nothing is not among controls"),
    "an element that is none": (change("threats", THREAT, elements=["nothing"]),
                                "nothing is not among elements"),
    "a technique without a name": (change("threats", THREAT, techniques=["T1234"]),
                                   "T1234 is not among techniques"),
    "nothing refers to a control": (add("controls", CONTROL, id="spare"),
                                    "controls: nothing refers to spare"),
    "nothing refers to a layer": (add("layers", "edge", id="spare"),
                                  "layers: nothing refers to spare"),
    "nothing refers to an actor": (add("actors", "anyone", id="spare"),
                                   "actors: nothing refers to spare"),
    "nothing refers to an asset": (add("assets", "trail", id="spare"),
                                   "assets: nothing refers to spare"),
    "nothing refers to a weakness": (put("weaknesses", "CWE-1", "Spare"),
                                     "weaknesses: nothing refers to CWE-1"),
    "one id twice": (add("threats", THREAT), f"threats: {THREAT} is there 2 times"),
    "a group and an element of one id": (add("groups", "routes", id=ELEMENT),
                                         f"elements: {ELEMENT} is there 2 times"),
    "a usual technique lacks": (rename_technique, "techniques: T1611 has no threat"),
    "a flow from elsewhere": (change("elements", "questions", boundary="edge"),
                              "element questions: comes from compartments"),
    "a route's element without the route": (add("elements", "hello", id="spare"),
                                            "element spare: no file nginx/routes/spare.conf"),
    "a route that has lost its element": (without("elements", "hello"), "route hello: no element"),
    "a service that has": (change("elements", "nginx", services=None), "service edge: no element"),
    "a service that is gone": (change("elements", "nginx", services=["edge", "spare"]),
                               "services: there is no spare"),
    "a program that has": (change("elements", "nginx", programs=["enclose"]),
                           "program http-probe: no element"),
    "a technique of a wrong form": (change("threats", THREAT, techniques=["T119"]), "'T119'"),
    "a weakness of a wrong form": (change("threats", THREAT, weaknesses=["CWE-0444"]),
                                   "'CWE-0444'"),
    "a requirement of a wrong form": (change("threats", THREAT, requirements=["5.1.3"]), "'5.1.3'"),
    "a chapter that is none": (change("threats", THREAT, requirements=["V15.1.1"]), "'V15.1.1'"),
    "a letter of no word": (change("threats", THREAT, stride="X"), "'X'"),
    "a member that nobody knows": (change("threats", THREAT, risk="high"), "'risk'"),
    "a flow without ends": (change("elements", "questions", to=None),
                            "'to' is a required property"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_fault_of_the_model_is_seen(name):
    edit, said = CHANGES[name]
    model = copy.deepcopy(MODEL)
    edit(model)
    found = faults(model, Repository())
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize("repository, said", [
    (Changed(more=["shout"]), "route shout: no element of the group routes"),
    (Changed(without=["hello"]), "element hello: no file nginx/routes/hello.conf"),
    (MoreServices(more=["cache"]), "service cache: no element is it"),
    (MoreServices(without=["builder"]), "services: there is no builder"),
    (MorePrograms(more=["helper"]), "program helper: no element is it"),
    (MorePrograms(without=["enclose"]), "programs: there is no enclose"),
], ids=["route", "no route", "service", "no service", "program", "no program"])
def test_what_the_model_does_not_know_is_seen(repository, said):
    assert any(said in fault for fault in faults(MODEL, repository))


def test_the_repository_is_read():
    """Or the checks above would compare with nothing."""
    repository = Repository()
    assert set(repository.routes()) >= {"hello", "ping", "calculate", "audit"}
    assert set(repository.services()) >= {"edge", "db", "trail", "hello", "tables", "builder"}
    assert set(repository.programs()) >= {"hello", "trail", "enclose", "harden", "bulkhead"}
    assert len(threat_model.all_tests(MODEL)) > 300


# --- what is made of it ---------------------------------------------------------------------------

@pytest.fixture(name="copied")
def a_copy_of_the_pages(tmp_path):
    for name in ("threats.json", "threat-model.in.md", "threat-model.md", "threat-model.svg",
                 "make-threat-model", "threat_picture.py"):
        shutil.copy2(ROOT / "docs" / name, tmp_path / name)
    return tmp_path


def make(folder, *arguments):
    return subprocess.run([folder / "make-threat-model", *arguments], capture_output=True,
                          text=True, check=False, timeout=60,
                          env={**os.environ, "PYTHONHASHSEED": "random"})


@pytest.mark.parametrize("name", ["threat-model.md", "threat-model.svg"])
def test_a_page_that_is_stale_is_seen(copied, name):
    """And mended by the command that the message names."""
    wanted = (copied / name).read_text()
    (copied / name).write_text(wanted.replace("Journals", "Diaries"))
    done = make(copied, "--check")
    assert done.returncode == 1
    assert name in done.stderr and "run docs/make-threat-model" in done.stderr
    assert make(copied).returncode == 0
    assert (copied / name).read_text() == wanted


def test_a_change_of_the_data_is_in_the_page(copied):
    text = (copied / "threats.json").read_text()
    (copied / "threats.json").write_text(text.replace('"Shipper"', '"Carrier"'))
    assert make(copied, "--check").returncode == 1
    make(copied)
    assert "Carrier" in (copied / "threat-model.md").read_text()
    assert "Carrier" in (copied / "threat-model.svg").read_text()


def test_no_two_texts_of_the_picture_meet():
    """By a width of 8 a character, which is more than any has; numbers are in circles."""
    svg = (ROOT / "docs/threat-model.svg").read_text(encoding="utf-8")
    boxes = []
    pattern = r'<text(?: class="(\w+)")? x="([\d.]+)" y="([\d.]+)">([^<]+)'
    for kind, x, y, text in re.findall(pattern, svg):
        width = len(text) * 8 if kind != "number" else 20
        left = float(x) - (width / 2 if kind in ("name", "number") else 0)
        boxes.append((left, float(y) - 12, left + width, float(y) + 3, text))
    assert len(boxes) > 60
    for n, one in enumerate(boxes):
        for two in boxes[n + 1:]:
            apart = (one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1])
            assert apart, (one, two)


def test_usage():
    for program in ("docs/make-threat-model", "tests/threats/check"):
        done = subprocess.run([ROOT / program, "--help"], capture_output=True, text=True,
                              check=False, timeout=60)
        assert done.returncode == 0 and program in done.stdout
        done = subprocess.run([ROOT / program, "--nothing"], capture_output=True, text=True,
                              check=False, timeout=60)
        assert done.returncode == 2 and program in done.stderr
