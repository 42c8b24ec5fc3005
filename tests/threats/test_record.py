"""
The record of what ran: what the plugin and Criterion write, what is made of it, and that tests/run
asks it last. A test that did not run, or did not pass, is seen.
"""

import json
import os
import re
import subprocess
import sys

import pytest

import record
from threat_model import ROOT, all_tests, read_model

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError

@pytest.fixture
def breaks_at_the_end():
    yield
    raise RuntimeError

@pytest.mark.parametrize("text", ["::1", "a/b"])
def test_passes(text): pass
@pytest.mark.parametrize("number", [1, 2])
def test_fails_once(number): assert number == 1
@pytest.mark.parametrize("number", [1, 2])
def test_is_skipped_once(number):
    if number == 2: pytest.skip("for a reason")
@pytest.mark.skip(reason="always")
def test_is_skipped(): pass
def test_has_no_start(broken): pass
def test_has_no_end(breaks_at_the_end): pass
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
class TestInAClass:
    def test_method(self): pass
"""
OUTCOMES = {"test_passes": "passed", "test_fails_once": "failed", "test_is_skipped_once": "passed",
            "test_is_skipped": "skipped", "test_has_no_start": "failed",
            "test_has_no_end": "failed", "test_is_expected_to_fail": "skipped",
            "test_method": "passed"}


def run_pytest(file, ran, cwd):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "ran", str(file)],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests/threats"), "BULKHEAD_RAN": str(ran),
             "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.mark.parametrize("inside", [True, False])
def test_the_plugin(tmp_path, inside):
    """From wherever it is called; parameters are one test, by its worst outcome."""
    file = tmp_path / "test_made.py"
    file.write_text(TESTS)
    (tmp_path / "ran/style").mkdir(parents=True)
    run_pytest(file, tmp_path / "ran/style", tmp_path if inside else ROOT)
    found = record.read_record(tmp_path, "style")
    path = os.path.relpath(file, ROOT)
    assert found == {f"{path}::{name}": outcome for name, outcome in OUTCOMES.items()}


def test_the_plugin_without_a_folder(tmp_path):
    """Who runs pytest by hand gets no files."""
    file = tmp_path / "test_made.py"
    file.write_text("def test_passes(): pass\n")
    done = run_pytest(file, "", tmp_path)
    assert done.returncode == 0, done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["test_made.py"]


def test_criterions_report(tmp_path):
    folder = tmp_path / "ran/units"
    folder.mkdir(parents=True)
    tests = [{"name": name, "status": status} for name, status in (
        ("good", "PASSED"), ("bad", "FAILED"), ("crashed", "ERRORED"), ("left", "SKIPPED"))]
    (folder / "units.json").write_text(json.dumps(
        {"test_suites": [{"name": "suite", "tests": tests}]}))
    assert record.read_record(tmp_path, "units") == {
        "unit:suite/good": "passed", "unit:suite/bad": "failed", "unit:suite/crashed": "failed",
        "unit:suite/left": "skipped"}


# --- what is made of it ---------------------------------------------------------------------------

@pytest.fixture(name="logs")
def logs_of_two_parts(tmp_path):
    """units and fuzz have run, and dist has failed."""
    for part, name, text in (
            ("units", "pytest", "passed unit:a/b\nfailed unit:a/c\nskipped unit:a/d\n"),
            ("fuzz", "fuzz", "passed fuzz:query\n")):
        (tmp_path / "ran" / part).mkdir(parents=True)
        (tmp_path / "ran" / part / name).write_text(text)
    (tmp_path / "hardening.passed").touch()
    (tmp_path / "dist.failed").touch()
    return tmp_path


PARTS = ["units", "fuzz", "hardening", "dist"]


@pytest.mark.parametrize("test, said", [
    ("unit:a/b", None), ("unit:a/c", "did not pass"), ("unit:a/d", "was left out"),
    ("unit:a/e", "did not run"), ("fuzz:query", None), ("fuzz:other", "did not run"),
    ("part:hardening", None), ("part:dist", "did not pass"),
    ("elsewhere/test_x.py::test_y", "no part of tests/run runs it"),
])
def test_a_test_that_did_not_run_or_pass_is_seen(logs, test, said):
    found, left = record.judge([test], logs, PARTS, skips_count=True)
    assert found == ([f"{test}: {said}"] if said else []) and not left


def test_what_was_not_asked_is_counted(logs):
    """Parts that this run does not have; and, where tools may lack, what was skipped."""
    tests = ["unit:a/d", "part:load", "tests/load/test_x.py::test_y",
             "tests/http/test_x.py::test_y"]
    found, left = record.judge(tests, logs, [*PARTS, "http"], skips_count=False)
    assert not found
    assert left == {"of load": 2, "of command and lasting": 1, "skipped for want of something": 1}


@pytest.mark.parametrize("test", record.LONG)
def test_what_only_a_long_run_has(logs, test):
    """It is counted, and asked of that run; and tests/run knows that it is left out."""
    assert record.judge([test], logs, [*PARTS, "compose"], skips_count=True) == (
        [], {"of CHECK=long": 1})
    found, _ = record.judge([test], logs, [*PARTS, "compose"], skips_count=True, long_run=True)
    assert found == [f"{test}: did not run"]
    file, _, function = test.partition("::")
    assert (f"--ignore={file}" if not function else "not buildkit") in (
        ROOT / "tests/run").read_text(encoding="utf-8")


def test_another_parts_record_does_not_count(logs):
    """A sanitizer's build runs the same tests: what fails there is that part's fault."""
    (logs / "ran/asan").mkdir()
    (logs / "ran/asan/pytest").write_text("failed unit:a/b\npassed unit:a/e\n")
    found, _ = record.judge(["unit:a/b", "unit:a/e"], logs, [*PARTS, "asan"], skips_count=True)
    assert found == ["unit:a/e: did not run"]


def test_every_test_is_of_a_part():
    """And each part is one of tests/run."""
    text = (ROOT / "tests/run").read_text(encoding="utf-8")
    known = set(re.findall(r"^part_(\w+)\(\)", text, re.M))
    for test in all_tests(read_model()):
        assert record.parts_of(test) and set(record.parts_of(test)) <= known, test


def check(*arguments, **environment):
    return subprocess.run([ROOT / "tests/threats/check", *arguments], capture_output=True,
                          text=True, check=False, timeout=60, env={**os.environ, **environment})


def test_the_program(tmp_path):
    """What did not run is a line each, and a failure; what was not asked is not."""
    done = check("--ran", str(tmp_path), "hardening", "units")
    assert done.returncode == 1
    assert "threats: part:hardening: did not run" in done.stdout
    assert re.search(r"^threats: not asked: \d+ tests of fuzz$", done.stdout, re.M)
    done = check("--ran", str(tmp_path))
    assert done.returncode == 0 and re.search(r"^\d+ passed, 0 failed$", done.stdout, re.M)


@pytest.mark.parametrize("ci, code", [("true", 1), ("", 0)])
def test_a_skip_counts_in_ci(tmp_path, ci, code):
    """There everything is installed; elsewhere tests say what they lack."""
    (tmp_path / "ran/load").mkdir(parents=True)
    (tmp_path / "ran/load/pytest").write_text("".join(
        f"skipped {test}\n" for test in all_tests(read_model()) if test.startswith("tests/load/")))
    assert check("--ran", str(tmp_path), "load", CI=ci).returncode == code


# --- tests/run ------------------------------------------------------------------------------------

@pytest.fixture(name="runner")
def a_runner_whose_parts_only_say_that_they_ran(tmp_path):
    """tests/run in a folder of its own. What is slow is slow, so that the last would be early."""
    text = (ROOT / "tests/run").read_text(encoding="utf-8")
    parts = re.findall(r"^part_(\w+)\(\) \{$", text, re.M)
    made = re.sub(r"^part_\w+\(\) \{\n.*?^\}$", "", text, flags=re.M | re.S)
    stubs = "".join(f"part_{part}() {{ echo {part} >>$logs/order; }}\n" for part in parts)
    stubs += 'part_hardening() { sleep 1; echo "hardening" >>"$logs/order"; }\n'
    stubs += 'part_threats() { echo threats $parts >>"$logs/order"; }\n'
    made = made.replace("# --- running them", stubs + "# --- running them", 1)
    made = re.sub(r"^make .* check-programs", ":", made, flags=re.M)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/run").write_text(made)
    return tmp_path


def run_parts(folder, *parts, **environment):
    return subprocess.run(["sh", "tests/run", *parts], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=60, env={**os.environ, **environment})


def order_of(folder):
    return (folder / "build/check/order").read_text().splitlines()


def test_threats_is_last(runner):
    """Whatever its place on the command line, and however many lanes are free."""
    done = run_parts(runner, "threats", "hardening", "calc", CHECK_LANES="3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert order_of(runner) == ["calc", "hardening", "threats hardening calc"]
    assert (runner / "build/check/ran/calc").is_dir()
    assert "check: 3 passed, 0 failed" in done.stdout


def test_others_alone(runner):
    """Nobody asks the record who has not asked for that."""
    run_parts(runner, "calc")
    assert order_of(runner) == ["calc"]
    assert run_parts(runner, "nothing").returncode == 2


@pytest.mark.parametrize("form, number", [("quick", 9), ("full", 20)])
def test_it_is_in_both_forms(runner, form, number):
    """Behind all others, of whose names it is told."""
    run_parts(runner, CHECK=form)
    *others, last = order_of(runner)
    assert len(others) >= number
    assert last.split()[0] == "threats" and sorted(last.split()[1:]) == sorted(others)
