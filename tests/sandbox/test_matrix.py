"""
Assumed breach: code of the attacker's runs in each program already. What is it worth to them, with
all layers, with any one missing, with each alone, and with none?

The quick form asks each route for all layers, and none; and hello for the rest too, whose part of
docs/compartments.md it compares. CHECK=long asks each for everything and compares the whole page
with what it finds; WRITE_MATRIX=1 writes it.
"""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import matrix
import world
from ping_lab import need
from program import BUILD, is_sanitized, run

LONG = os.environ.get("CHECK") == "long" or "WRITE_MATRIX" in os.environ
ATTACKS_AT_LEAST = 70


@pytest.fixture(scope="module", autouse=True)
def tools():
    need(os.geteuid() == 0, "root, to make namespaces,")
    for tool in ("nginx", "unshare", "setpriv", "ip"):
        need(shutil.which(tool), f"the program {tool}")


def configurations(route):
    if is_sanitized("hello"):  # which needs calls that nothing else does: no layer is as it is
        return {matrix.ALL: matrix.CONFIGURATIONS[matrix.ALL]}
    return matrix.CONFIGURATIONS if LONG or route == "hello" else matrix.ENDS


@pytest.fixture(scope="module")
def results():
    """Route to configuration to attack to verdict; two worlds at a time."""
    # A sanitizer's programs start slowly: one with threads, one with a journal.
    routes = ("ping", "journal") if is_sanitized("hello") else matrix.ROUTES
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda route: world.run_attacks(f"breach-{route}", configurations(route)),
                         routes)
        return dict(zip(routes, found, strict=True))


@pytest.fixture(scope="module")
def measured(results):
    """Those that were asked for everything, as rows."""
    whole = {route: found for route, found in results.items() if matrix.PAIR in found}
    if not whole:
        pytest.skip("a sanitizer's program is not what is measured")
    return matrix.rows_of(whole)


def cases(results, configuration):
    """(route, attack, verdict) of a configuration, where it was asked."""
    return [(route, attack, verdict) for route, found in results.items()
            for attack, verdict in found.get(configuration, {}).items()]


def judged(rows):
    return [(route, attack, row) for route, found in rows.items() for attack, row in found.items()
            if not row.absent and not matrix.remains(route, attack)]


@pytest.mark.parametrize("route", matrix.ROUTES)
def test_there_are_enough_attacks(route):
    assert len(world.attacks_of(f"breach-{route}")) >= ATTACKS_AT_LEAST


@pytest.mark.parametrize("configuration", [matrix.ALL, matrix.PLAIN])
def test_every_attack_is_stopped(results, configuration):
    """By a program as it is released, whoever starts it."""
    sanitized = is_sanitized("hello")
    assert [(route, attack, verdict) for route, attack, verdict in cases(results, configuration)
            if not matrix.is_stopped(verdict)
            and not matrix.remains(route, attack, configuration)
            and not matrix.is_absent(attack, verdict)
            and not (sanitized and attack in matrix.SANITIZED)] == []


def test_every_attack_is_one(results):
    """The control: with no layer at all each has its effect, or the kernel lacks what it takes."""
    assert [case for case in cases(results, matrix.NONE) if case[2] != world.DONE
            and not matrix.is_absent(*case[1:])] == []


def test_nothing_hangs(results):
    """Whatever the layers are, each attempt ends with a verdict."""
    assert [(route, configuration, attack) for route, found in results.items()
            for configuration, verdicts in found.items() for attack, verdict in verdicts.items()
            if verdict.startswith(world.HUNG)] == []


def test_what_remains_does(results):
    """What is said to be possible with all layers is: else it need not be said."""
    possible = {(route, attack) for route, attack, verdict in cases(results, matrix.ALL)
                if verdict == world.DONE}
    assert set(matrix.REMAINS) - possible == set() or is_sanitized("hello")


def test_no_layer_is_indispensable_unsaid(results, measured):
    """With a layer off the others hold, save against what is explained to have no other."""
    explained = matrix.explanations()
    assert [(layer, route, attack, verdict) for layer in world.LAYERS
            for route, attack, verdict in cases(results, matrix.WITHOUT[layer])
            if verdict == world.DONE and attack not in explained
            and not matrix.remains(route, attack)] == []


def test_fewer_than_two_walls_are_explained(measured):
    thin = {attack for _, attack, row in judged(measured) if row.walls < 2}
    assert thin - set(matrix.explanations()) == set()


def test_each_explanation_is_needed(measured):
    """None is stale, none comes twice. What this kernel lacks can't be judged."""
    names = [name for _, *names in matrix.EXPLAINED for name in names]
    assert len(names) == len(set(names))
    thin = {attack for _, attack, row in judged(measured) if row.walls < 2}
    absent = {attack for found in measured.values() for attack, row in found.items() if row.absent}
    known = {attack for route, found in measured.items() for attack in found
             if route in matrix.THIN_FOR.get(attack, (route,))}
    assert (set(names) & known) - thin - absent == set()


def test_each_layer_stops_something_alone(measured):
    """Else it would be no layer, or its switch none."""
    alone = {layer for _, _, row in judged(measured) for layer in row.alone}
    assert alone == set(world.LAYERS)


def landlock_abi():
    shown = run("hello", "--sandbox", privileged=False).output.decode()
    found = re.search(r"Landlock has ABI (\d+)", shown)
    return int(found[1]) if found else 0


@pytest.mark.skipif(not LONG, reason="CHECK=long compares it")
def test_the_page_says_so(results, measured):
    """docs/compartments.md has what was found just now."""
    words = world.attacks_of("breach-journal") | world.attacks_of("breach-healthz")
    part = matrix.page_part(words, results, landlock_abi())
    if "WRITE_MATRIX" in os.environ:
        matrix.write_page(part)
    stated = matrix.stated_abi(matrix.read_page())
    if stated not in (None, landlock_abi()):
        pytest.skip(f"the page was written with ABI {stated}")
    assert matrix.differences(matrix.read_page(), part) == [], "WRITE_MATRIX=1 writes it anew"


def test_the_page_has_these_marks(measured):
    """The quick form's part of that: hello's, which the others are measured against."""
    part = matrix.read_page()
    if matrix.stated_abi(part) not in (None, landlock_abi()):
        pytest.skip("the page was written with another ABI of Landlock")
    words, stated = world.attacks_of("breach-hello"), matrix.marks_on(part)
    found = {words[name]: matrix.marks_of(row) for name, row in measured["hello"].items()
             if not row.absent}
    assert len(set(found) & set(stated)) >= ATTACKS_AT_LEAST
    assert {what: marks for what, marks in found.items()
            if what in stated and stated[what] != marks} == {}


def test_differences_are_seen():
    """Of two pages: every one but what a kernel lacks."""
    row, lacking = "| a | ● |  |", f"| b |  | {matrix.NOT_HERE} |"
    assert matrix.differences(f"{row}\n- x.", f"{row}\n- x.") == []
    assert matrix.differences(row, "| a |  |  |") == [row, "| a |  |  |"]
    assert matrix.differences(row, "- y.") == [row, "- y."]
    assert matrix.differences(f"{row}\n{lacking}\n| hello | 1 |", f"{row}\n| hello | 2 |") == []
    assert matrix.differences("| hello | 1 |", "| hello | 2 |") != []


def test_the_programs_that_run_have_no_switch():
    """Neither the variables nor the tests' functions are in what is installed."""
    for path in (BUILD / "cgi-src").iterdir():
        if path.is_file() and os.access(path, os.X_OK):
            image = path.read_bytes()
            assert b"BULKHEAD_TEST" not in image and b"BREACH" not in image
            symbols = subprocess.run(["nm", path], capture_output=True, text=True, check=True)
            assert "layer_is_on" in symbols.stdout and "wrap_route" not in symbols.stdout
