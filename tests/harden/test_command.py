"""The command line: what is looked at, what is said, and how it ends."""

import json
import os
import re
import subprocess

import pytest

from harden import CLEAN, FINDINGS, PROGRAM, TROUBLE, audit, checks, harden

BAD = '{"icc": true}\n'
GOOD = json.dumps({"icc": False, "userns-remap": "default", "live-restore": True,
                   "userland-proxy": False, "no-new-privileges": True, "log-driver": "local"})


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# --- usage ----------------------------------------------------------------------------------------

def test_help():
    done = harden("--help")
    assert done.returncode == CLEAN and done.stderr == ""
    assert done.stdout.startswith("Usage: harden audit ")
    for command in ("audit", "fix", "explain", "report", "verify"):
        assert harden(command, "--help").stdout == done.stdout


def test_version():
    assert re.fullmatch(r"harden \(Bulkhead\) [0-9.]+\n", harden("--version").stdout)


@pytest.mark.parametrize("arguments, said", [
    ([], "Usage: "),
    (["nothing"], "Usage: "),
    (["explain"], "Usage: "),
    (["explain", "--list", "D1"], "Usage: "),
    (["explain", "--list", "--format", "sarif"], "Usage: "),
    (["explain", "Q1"], "harden: Q1: there is no such check: `harden explain --list` has them\n"),
    (["audit", "--nothing"], "harden: audit: --nothing: there is no such option: see --help\n"),
    (["audit", "--only"], "harden: audit: --only: its argument is missing\n"),
    (["audit", "--write"], "harden: audit: --write: it is no option of this command\n"),
    (["fix", "--format", "json"], "harden: fix: --format: it is no option of this command\n"),
    (["audit", "--only", "Q1"],
     "harden: audit: --only: Q1: there is no such check: `harden explain --list` has them\n"),
    (["audit", "--skip", "D1,,D2"], "harden: audit: --skip: : there is no such check"),
    (["audit", "--type", "what"], "harden: audit: --type: what: allowed is one of daemon"),
    (["audit", "--format", "xml"], "harden: audit: --format: xml: allowed is text, json or sarif"),
    (["audit", "--severity", "bad"], "harden: audit: --severity: bad: allowed is info, "),
    (["audit", "/nonexistent"], "harden: /nonexistent: No such file or directory\n"),
    (["audit", "--baseline", "/nonexistent"], "harden: /nonexistent: No such file or directory\n"),
    (["audit", "--save-baseline", "/nonexistent/file"], "harden: /nonexistent/file: No such file"),
    (["fix", "/nonexistent"], "harden: /nonexistent: No such file or directory\n"),
])
def test_wrong_usage(arguments, said, tmp_path):
    done = harden(*arguments, cwd=tmp_path)
    assert done.returncode == TROUBLE
    assert done.stderr.startswith(said)


def test_a_full_device_is_trouble(tmp_path):
    write(tmp_path, {"daemon.json": BAD})
    with open("/dev/full", "w", encoding="utf-8") as full:
        for arguments in (["audit"], ["fix"], ["explain", "--list"]):
            done = subprocess.run([PROGRAM, *arguments], cwd=tmp_path,
                                  stdout=full, stderr=subprocess.DEVNULL, timeout=60, check=False)
            assert done.returncode == TROUBLE, arguments


# --- explain --------------------------------------------------------------------------------------

def test_list():
    """Each row of the catalogue once."""
    lines = harden("explain", "--list").stdout.splitlines()
    rows = checks()
    assert [line.split()[0] for line in lines] == list(rows)
    for line in lines:
        assert line.endswith(" " + rows[line.split()[0]]["title"])


@pytest.mark.parametrize("check", checks())
def test_page(check):
    row = checks()[check]
    page = harden("explain", check).stdout
    text = " ".join(page.split())
    assert page.startswith(f"{check}: {row['title']}\n")
    assert row["why"] in text and row["advice"] in text
    assert (row.get("may_break") or "") in text
    assert all(f"{b['name']}: {b['number']}" in text for b in row["benchmarks"])
    assert f"MITRE ATT&CK {row['attack']}" in text
    assert all(len(line) <= 100 for line in page.splitlines())


# --- which files ----------------------------------------------------------------------------------

def files_of(findings):
    return sorted({finding["file"] for finding in findings})


def test_folders(tmp_path):
    """By name, wherever they are; sorted; not where nobody wants to look."""
    write(tmp_path, {"a/daemon.json": BAD, "b/c/daemon.json": BAD, "b/other.json": BAD,
                     "b/.git/daemon.json": BAD, "node_modules/x/daemon.json": BAD,
                     "z/DAEMON.JSON": BAD})
    os.symlink(tmp_path, tmp_path / "b/loop")
    os.symlink("nowhere", tmp_path / "b/daemon.json")
    findings = audit(cwd=tmp_path)
    assert files_of(findings) == ["./a/daemon.json", "./b/c/daemon.json", "./z/DAEMON.JSON"]
    assert [f["file"] for f in findings] == sorted(f["file"] for f in findings)
    assert files_of(audit(tmp_path / "b/")) == [str(tmp_path / "b/c/daemon.json")]


def test_a_file_is_looked_at_once(tmp_path):
    write(tmp_path, {"a/daemon.json": BAD, "b/x": ""})
    os.symlink("../a/daemon.json", tmp_path / "b/daemon.json")
    os.link(tmp_path / "a/daemon.json", tmp_path / "daemon.json")
    assert len(files_of(audit("a", "b", ".", "a/daemon.json", cwd=tmp_path))) == 1


def test_a_link_to_a_file_is_followed(tmp_path):
    """Its name says the type: /etc/docker/daemon.json may lead anywhere."""
    write(tmp_path, {"settings": BAD, "etc/x": ""})
    os.symlink("../settings", tmp_path / "etc/daemon.json")
    assert files_of(audit("etc", cwd=tmp_path)) == ["etc/daemon.json"]


def test_unknown_names(tmp_path):
    write(tmp_path, {"settings": BAD})
    done = harden("audit", "settings", cwd=tmp_path)
    assert done.returncode == TROUBLE
    assert done.stderr == ("harden: settings: its name says no type of file that is known; "
                           "--type does\n")
    assert audit("--type", "daemon", "settings", cwd=tmp_path)
    assert not audit("--type", "daemon", ".", cwd=tmp_path), "a folder's files go by their names"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable(tmp_path):
    write(tmp_path, {"a/daemon.json": BAD, "b/daemon.json": BAD})
    (tmp_path / "a/daemon.json").chmod(0)
    done = harden("audit", "--format", "json", ".", cwd=tmp_path)
    assert done.returncode == TROUBLE
    assert done.stderr == "harden: ./a/daemon.json: Permission denied\n"
    assert files_of(json.loads(done.stdout)["findings"]) == ["./b/daemon.json"], "the rest is told"


def test_too_large(tmp_path):
    """16 MiB are read, one byte more is not: a clear error, and the rest is told."""
    write(tmp_path, {"b/daemon.json": GOOD})
    large = tmp_path / "a/daemon.json"
    large.parent.mkdir()
    large.write_bytes(GOOD.encode().ljust(16 * 1024 * 1024, b" "))
    assert harden("audit", tmp_path).returncode == CLEAN
    large.write_bytes(GOOD.encode().ljust(16 * 1024 * 1024 + 1, b" "))
    done = harden("audit", tmp_path)
    assert (done.returncode, done.stderr) == (
        TROUBLE, f"harden: {large}: it is larger than 16 MiB\n")


def test_one_long_line(tmp_path):
    """Many findings in a line of megabytes take no time that grows with both."""
    entries = json.dumps([f"tcp://10.0.0.{i % 250}:{i}" for i in range(20000)])
    write(tmp_path, {"daemon.json": f'{{"hosts": {entries}}}'})
    assert len(audit("--only", "D7", tmp_path)) == 20000
    write(tmp_path, {"daemon.json": "{" + ",".join(['"a":1'] * 500000) + "}"})
    assert len(audit(tmp_path)) == 100, "of what is wrong with the text itself, the first"


def test_what_is_no_file(tmp_path):
    """A pipe of that name is not waited for."""
    os.mkfifo(tmp_path / "daemon.json")
    assert harden("audit", tmp_path).returncode == CLEAN
    done = harden("audit", tmp_path / "daemon.json")
    assert done.returncode == TROUBLE and "it is no regular file" in done.stderr


def test_depth(tmp_path):
    """Down to 64 folders; what is deeper is said."""
    deep = tmp_path.joinpath(*["d"] * 64)
    write(deep, {"daemon.json": BAD})
    assert audit(tmp_path)
    write(deep, {"d/daemon.json": BAD})
    done = harden("audit", tmp_path)
    assert done.returncode == TROUBLE and "it is more than 64 folders deep" in done.stderr


# --- which findings -------------------------------------------------------------------------------

def ids(*arguments, cwd):
    return [finding["id"] for finding in audit(*arguments, "daemon.json", cwd=cwd)]


def test_selection(tmp_path):
    write(tmp_path, {"daemon.json": '{"icc": false, "userns-remap": "default", "debug": true, '
                                    '"iptables": false, "log-driver": "local"}'})
    assert ids(cwd=tmp_path) == ["D3", "D4", "D5", "D10", "D9"], "in the order of the text"
    assert ids("--only", "D3,d10", cwd=tmp_path) == ["D3", "D10"], "in either case"
    assert ids("--only", "D3", "--only", "D10", cwd=tmp_path) == ["D3", "D10"], "several add up"
    assert ids("--skip", "D3,D4", cwd=tmp_path) == ["D5", "D10", "D9"]
    assert ids("--only", "D3,D4", "--skip", "D3", cwd=tmp_path) == ["D4"]
    assert ids("--severity", "medium", cwd=tmp_path) == ["D5", "D9"]
    assert ids("--severity", "HIGH", cwd=tmp_path) == ["D9"]
    assert ids("--severity", "critical", cwd=tmp_path) == []


def test_exit_codes(tmp_path):
    write(tmp_path, {"bad/daemon.json": BAD, "good/daemon.json": GOOD, "empty/x": ""})
    assert harden("audit", "bad", cwd=tmp_path).returncode == FINDINGS
    assert harden("audit", "good", cwd=tmp_path).returncode == CLEAN
    assert harden("audit", "empty", cwd=tmp_path).returncode == CLEAN
    assert harden("audit", "bad", "/nonexistent", cwd=tmp_path).returncode == TROUBLE


# --- the baseline ---------------------------------------------------------------------------------

def test_baseline(tmp_path):
    """What is known is not told, also when lines and folders move; what is new is."""
    write(tmp_path, {"a/daemon.json": '{"hosts": ["tcp://10.0.0.1:1", "tcp://10.0.0.2:1"]}'})
    arguments = ["--baseline", "known.json", "a"]
    assert harden("audit", "--save-baseline", "known.json", "a",
                  cwd=tmp_path).returncode == FINDINGS
    assert audit(*arguments, cwd=tmp_path) == []
    write(tmp_path, {"a/daemon.json": '\n\n{\n"hosts": [\n"tcp://10.0.0.3:1",\n'
                                      '"tcp://10.0.0.2:1", "tcp://10.0.0.1:1"]}'})
    (new,) = audit(*arguments, cwd=tmp_path)
    assert (new["id"], new["line"]) == ("D7", 5)
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    assert len(audit("--baseline", moved / "known.json", moved / "a")) == 1


def test_baseline_counts(tmp_path):
    """Two of a kind are two: a third is new."""
    write(tmp_path, {"daemon.json": '{"a": {"x": 1, "x": 1, "x": 1}}'})
    harden("audit", "--save-baseline", "known.json", "daemon.json", cwd=tmp_path)
    assert audit("--baseline", "known.json", "daemon.json", cwd=tmp_path) == []
    write(tmp_path, {"daemon.json": '{"a": {"x": 1, "x": 1, "x": 1, "x": 1}}'})
    assert len(audit("--baseline", "known.json", "daemon.json", cwd=tmp_path)) == 1


@pytest.mark.parametrize("text, why", [
    ("", "it is no baseline: --save-baseline makes one"),
    ("{}", "it is no baseline: --save-baseline makes one"),
    ("[", "it ends too early"),
    ('{"baseline": [{}]}', "it has an entry without file or fingerprint"),
    ('{"baseline": [{"file": "x", "fingerprint": "1"}]}',
     "it has an entry without file or fingerprint"),
])
def test_what_is_no_baseline(text, why, tmp_path):
    write(tmp_path, {"known.json": text})
    done = harden("audit", "--baseline", "known.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (TROUBLE, f"harden: known.json: {why}\n")


# --- fix without --write --------------------------------------------------------------------------

def test_fix_shows_a_patch(tmp_path):
    """Which patch(1) takes, and which gives what --write does; notes are not in it."""
    write(tmp_path, {"a b/daemon.json": BAD, "c/daemon.json": "{}"})
    done = harden("fix", cwd=tmp_path)
    assert done.returncode == FINDINGS
    assert (tmp_path / "a b/daemon.json").read_text() == BAD, "nothing is changed"
    assert "harden: ./a b/daemon.json:1: D1: would be fixed: icc is not false; may break: " \
        in done.stderr
    subprocess.run(["patch", "-s", "-p1"], cwd=tmp_path, input=done.stdout, text=True, check=True)
    assert harden("fix", cwd=tmp_path).stdout == ""
    assert json.loads((tmp_path / "c/daemon.json").read_text()) == {
        "icc": False, "userns-remap": "default", "live-restore": True, "userland-proxy": False}


def test_fix_names_the_lines_of_the_file(tmp_path):
    """As it is on the disk: not of what the fixes before have made of it."""
    service = "  {}:\n    image: nginx:1\n    # why\n    ports: [80]\n"
    text = "services:\n" + "".join(map(service.format, "abc"))
    write(tmp_path, {"compose.yml": text})
    notes = harden("fix", "--with", "C12,C16", cwd=tmp_path).stderr
    fixed = {(check, int(line)) for line, check in
             re.findall(r"^harden: \./compose\.yml:(\d+): (\w+): would be fixed", notes, re.M)}
    assert {line for _, line in fixed} == {2, 5, 6, 9, 10, 13}
    assert fixed < {(each["id"], each["line"]) for each in audit(cwd=tmp_path)}


def test_fix_by_selection(tmp_path):
    """Safe ones by default, others when they are asked for, no more than is selected."""
    for arguments, members in (
            ([], {"icc", "userns-remap", "live-restore", "userland-proxy"}),
            (["--only", "D1"], {"icc"}),
            (["--skip", "D2"], {"icc", "live-restore", "userland-proxy"}),
            (["--severity", "medium"], {"icc", "userns-remap"}),
            (["--only", "D5"], set()),
            (["--only", "D5", "--with", "D5"], {"no-new-privileges"}),
            (["--only", "D1,D6", "--with", "d6"], {"icc", "log-opts"})):
        write(tmp_path, {"daemon.json": "{}"})
        assert harden("fix", "--write", *arguments, "daemon.json", cwd=tmp_path).returncode == CLEAN
        assert set(json.loads((tmp_path / "daemon.json").read_text())) == members, arguments


def test_fix_leaves_what_is_broken(tmp_path):
    broken = '{"icc": true, "icc": true}'
    write(tmp_path, {"daemon.json": broken})
    done = harden("fix", "--write", "daemon.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (CLEAN, "", "")
    assert (tmp_path / "daemon.json").read_text() == broken
