"""
Every fixture of every check: fixtures/ID/{bad,good,fixed,refused}-WHAT, as harden/README.md says.
"""

import pathlib
import shutil

import pytest

from harden import CLEAN, FINDINGS, STOPPED, audit, checks, harden

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
ENOUGH = 3
CHECKS = checks()


def fixtures(*kinds):
    """Those of the kinds, as parameters (id, path)."""
    found = [path for kind in kinds for path in FIXTURES.glob(f"*/{kind}-*")]
    return [pytest.param(path.parent.name, path, id=f"{path.parent.name}/{path.name}")
            for path in sorted(found)]


def of(check, kind):
    return sorted((FIXTURES / check).glob(f"{kind}-*"))


def arguments(check, path):
    """A file is of the check's type, whatever its name; a folder's files go by their names."""
    return ["--only", check] + ([] if path.is_dir() else ["--type", CHECKS[check]["type"]]) + [path]


def found(check, path):
    findings = audit(*arguments(check, path))
    assert all(finding["id"] == check for finding in findings)
    return findings


def is_fixable(check):
    return CHECKS[check]["fix"] != "none"


def fix(check, path):
    asked = ["--with", check] if CHECKS[check]["fix"] == "asked" else []
    return harden("fix", "--write", *asked, *arguments(check, path))


def copied(path, folder):
    folder = folder / "here"
    folder.mkdir()
    target = folder / path.name
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copyfile(path, target)
    return target


def contents(path):
    """Name to bytes, backups left out; of a file, its bytes and what was made beside it."""
    files = path.parent.iterdir() if path.parent.name == "here" and path.is_file() else \
        [path] if path.is_file() else path.rglob("*")
    return {"" if file == path else file.name if path.is_file() else str(file.relative_to(path)):
            file.read_bytes() for file in files if file.is_file() and ".bak" not in file.name}


@pytest.mark.parametrize("check", [check for check, row in CHECKS.items() if row["type"] != "any"])
def test_a_check_has_enough_fixtures(check):
    assert len(of(check, "bad")) >= ENOUGH, f"{check}: fixtures/{check}/bad-*: too few"
    assert len(of(check, "good")) >= ENOUGH, f"{check}: fixtures/{check}/good-*: too few"
    if is_fixable(check):
        assert len(of(check, "fixed")) >= ENOUGH, f"{check}: fixtures/{check}/fixed-*: too few"


def test_fixtures_are_of_checks():
    """A fixture of another folder or name would be a test that does not run."""
    for path in FIXTURES.glob("*/*"):
        assert path.parent.name in CHECKS, path
        assert path.name.split("-")[0] in ("bad", "good", "fixed", "refused"), path
        if path.name.startswith("fixed-"):
            assert path.with_name(path.name.replace("fixed-", "bad-", 1)).exists(), path


@pytest.mark.parametrize("check, path", fixtures("bad", "refused"))
def test_bad(check, path, tmp_path):
    """In a folder of its own: what is beside it here is not for the check."""
    assert found(check, copied(path, tmp_path))


@pytest.mark.parametrize("check, path", fixtures("good", "fixed"))
def test_good(check, path, tmp_path):
    assert not found(check, copied(path, tmp_path))


@pytest.mark.parametrize("check, path", [p for p in fixtures("bad") if is_fixable(p.values[0])])
def test_fixed(check, path, tmp_path):
    """As was expected byte for byte; nothing is found any more; again nothing is changed."""
    target = copied(path, tmp_path)
    done = fix(check, target)
    assert done.returncode == CLEAN, done.stderr
    fixed = contents(target)
    assert fixed != contents(path)
    expected = path.with_name(path.name.replace("bad-", "fixed-", 1))
    if expected.exists():
        assert fixed == contents(expected)
    assert not found(check, target)
    again = fix(check, target)
    assert (again.returncode, again.stdout, again.stderr) == (CLEAN, "", "")
    assert contents(target) == fixed


@pytest.mark.parametrize("check, path", fixtures("refused"))
def test_refused(check, path, tmp_path):
    target = copied(path, tmp_path)
    done = fix(check, target)
    assert done.returncode == FINDINGS
    assert f"{check}: not fixed: " in done.stderr and not STOPPED.search(done.stderr)
    assert contents(target) == contents(path)
