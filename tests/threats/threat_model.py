"""
What must be so of docs/threats.json, and what it is held against: the repository, and the record of
what tests ran. Each check yields its faults, a line each.
"""

import functools
import json
import re
from collections import Counter
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
LETTERS = {"external": "SR", "process": "STRIDE", "store": "TRID", "flow": "TID"}
# What every model of a service on a network has to have an answer to.
TECHNIQUES = ("T1190", "T1552", "T1059", "T1046", "T1499", "T1110", "T1078", "T1068", "T1611",
              "T1070", "T1565", "T1557", "T1195")


def read_model(path=ROOT / "docs/threats.json"):
    return json.loads(path.read_text(encoding="utf-8"))


class Repository:
    """What there is, by the files that make it so."""

    def __init__(self, root=ROOT):
        self.root = root

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    @functools.cache
    def units(self):
        """SUITE/NAME of each test of Criterion's."""
        text = "\n".join(path.read_text(encoding="utf-8")
                         for path in self.root.glob("tests/unit/test_*.c"))
        return {"/".join(found) for found in re.findall(r"^Test\((\w+), *(\w+)", text, re.M)}

    @functools.cache
    def attacks(self):
        """Of each class of attacks, its name."""
        text = "\n".join(path.read_text(encoding="utf-8")
                         for path in self.root.glob("tests/attacks/classes/*.py"))
        return set(re.findall(r"^    (?:AttackClass|within)\(\"([a-z-]+)\"", text, re.M))

    def routes(self):
        return sorted(path.stem for path in self.root.glob("nginx/routes/*.conf"))

    def services(self):
        """Of all Compose files; a twin is its first's."""
        found = set()
        for path in self.root.glob("docker-compose*.yml"):
            section = re.search(r"^services:\n(.*?)(?=^\w|\Z)", path.read_text(encoding="utf-8"),
                                re.M | re.S)
            found |= set(re.findall(r"^  ([a-z][\w-]*):", section[1], re.M))
        return sorted({re.sub(r"-2$", "", name) for name in found})

    def programs(self):
        """That are installed."""
        return sorted(set(re.findall(r"^(?:pkglibexec|bin|sbin)_(?:PROGRAMS|SCRIPTS) \+?= "
                                     r"(?:\S+/)?(\S+)$", self.text("Makefile.am"), re.M)))

    def has(self, path):
        return (self.root / path).exists()

    def has_test(self, test):
        """By its form: see tests/README.md."""
        kind, _, name = test.partition(":")
        if kind == "unit":
            return name in self.units()
        if kind == "fuzz":
            return self.has(f"tests/fuzz/fuzz_{name}.c")
        if kind == "attacks":
            return name in self.attacks()
        if kind == "part":
            return f"\npart_{name}() {{" in self.text("tests/run")
        path, _, name = test.partition("::")
        return self.has(path) and f"\ndef {name}(" in "\n" + self.text(path)


# --- the model by itself --------------------------------------------------------------------------

def schema(model, repository):
    validator = jsonschema.Draft202012Validator(
        json.loads(repository.text("docs/threats.schema.json")))
    for error in validator.iter_errors(model):
        yield f"{error.json_path}: {error.message[:200]}"


def ids(model, *names):
    return [each["id"] for name in names for each in model[name]]


def unique_ids(model, _):
    for names in (["assets"], ["actors"], ["principles"], ["boundaries"], ["groups", "elements"],
                  ["layers"], ["controls"], ["threats"]):
        for name, times in Counter(ids(model, *names)).items():
            if times > 1:
                yield f"{names[-1]}: {name} is there {times} times"


def references(model):
    """(what refers, what kind it refers to, the id) of each reference."""
    for element in model["elements"]:
        who = f"element {element['id']}"
        yield who, "boundaries", element["boundary"]
        yield from ((who, "assets", name) for name in element.get("assets", ()))
        yield from ((who, "elements", name) for end in ("from", "to")
                    for name in element.get(end, ()))
        if "group" in element:
            yield who, "groups", element["group"]
    for layer in model["layers"]:
        yield from ((f"layer {layer['id']}", "principles", name) for name in layer["principles"])
    for control in model["controls"]:
        yield f"control {control['id']}", "layers", control["layer"]
    for threat in model["threats"]:
        who = f"threat {threat['id']}"
        for kind in ("elements", "actors", "controls", "techniques", "weaknesses", "requirements"):
            yield from ((who, kind, name) for name in threat[kind])


def known_ids(model):
    named = {name: set(ids(model, name)) for name in (
        "assets", "boundaries", "groups", "principles", "layers", "actors", "controls")}
    named["elements"] = set(ids(model, "groups", "elements"))
    return named | {name: set(model[name]) for name in ("techniques", "weaknesses", "requirements")}


def references_lead_somewhere(model, _):
    known = known_ids(model)
    for who, kind, name in references(model):
        if name not in known[kind]:
            yield f"{who}: {name} is not among {kind}"


def all_is_referred_to(model, _):
    """Elements are, by their threats: see letters."""
    named = {(kind, name) for _, kind, name in references(model)}
    for kind, names in known_ids(model).items():
        for name in sorted(names if kind != "elements" else ()):
            if (kind, name) not in named:
                yield f"{kind}: nothing refers to {name}"


def letters(model, _):
    """Each letter of an element's kind has a threat, or a reason why not; no other letter has."""
    for element in model["elements"]:
        names = {element["id"], element.get("group")}
        own = {threat["stride"] for threat in model["threats"] if names & set(threat["elements"])}
        reasons = set(element.get("not", ()))
        due = set(LETTERS[element["kind"]])
        for letter in sorted(due - own - reasons):
            yield f"element {element['id']}: {letter} has neither a threat nor a reason why not"
        for letter in sorted(own & reasons):
            yield f"element {element['id']}: {letter} has a threat and a reason why not"
        for letter in sorted((own | reasons) - due):
            yield f"element {element['id']}: {letter} is no matter of a {element['kind']}"


def threats_have_controls(model, _):
    for threat in model["threats"]:
        if not threat["controls"]:
            yield f"threat {threat['id']}: no control"


def controls_have_tests(model, _):
    for control in model["controls"]:
        if not control["tests"]:
            yield f"control {control['id']}: no test"


def usual_techniques(model, _):
    for technique in TECHNIQUES:
        if technique not in model["techniques"]:
            yield f"techniques: {technique} has no threat"


def flows_come_out_of_their_boundary(model, _):
    members = {}
    for element in model["elements"]:
        for name in (element["id"], element.get("group")):
            members.setdefault(name, set()).add(element["boundary"])
    for flow in model["elements"]:
        homes = set().union(*(members.get(name, set()) for name in flow.get("from", ())))
        if homes and flow["boundary"] not in homes:
            yield f"element {flow['id']}: comes from {', '.join(sorted(homes))}"


# --- the model and the repository -----------------------------------------------------------------

def routes_are_known(model, repository):
    own = {each["id"] for each in model["elements"] if each.get("group") == "routes"}
    for name in sorted(set(repository.routes()) - own):
        yield f"route {name}: no element of the group routes: see docs/adding-a-route.md"
    for name in sorted(own - set(repository.routes())):
        yield f"element {name}: no file nginx/routes/{name}.conf"


def things_are_known(model, names, key, what):
    listed = [name for each in model["elements"] for name in each.get(key, ())]
    for name in sorted(set(names) - set(listed) - set(ids(model, "elements"))):
        yield f"{what} {name}: no element is it, or names it among its {key}"
    for name in sorted(set(listed) - set(names)):
        yield f"{key}: there is no {name}"


def services_are_known(model, repository):
    yield from things_are_known(model, repository.services(), "services", "service")


def programs_are_known(model, repository):
    yield from things_are_known(model, repository.programs(), "programs", "program")


def tests_are_there(model, repository):
    for control in model["controls"]:
        for test in control["tests"]:
            if not repository.has_test(test):
                yield f"control {control['id']}: there is no test {test}"


def places_are_there(model, repository):
    for control in model["controls"]:
        for path in control["where"]:
            if not repository.has(path):
                yield f"control {control['id']}: there is no {path}"


CHECKS = (unique_ids, references_lead_somewhere, all_is_referred_to, letters,
          threats_have_controls, controls_have_tests, usual_techniques,
          flows_come_out_of_their_boundary, routes_are_known, services_are_known,
          programs_are_known, tests_are_there, places_are_there)


def faults(model, repository):
    """Of a model that its schema refuses nothing else is asked."""
    found = list(schema(model, repository))
    return found or [fault for check in CHECKS for fault in check(model, repository)]


def all_tests(model):
    return sorted({test for control in model["controls"] for test in control["tests"]})
