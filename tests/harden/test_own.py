"""The project's own files are clean, and what is left out of that says why; secrets stay unsaid."""

import pathlib
import re
import shutil
import subprocess

import pytest

from harden import CLEAN, FINDINGS, REPOSITORY, audit, harden

SECRETS = ["hunter2", "correct-horse", "changeme", "letmein", "tr0ub4dor", "s3same", "w9k2fh3",
           "Zx81kQ27mmP4s9dE", "9f8e7d6c5b4a39281706", "Q3RT7YU2PLM4N8ZX", "a1B2c3D4e5F6",
           "MIIEowIBAAKCAQEA", "x7Yz9Qw3Er5Ty7"]
NOISY = "password = 'correct-horse'\n"


def test_our_own_files(tmp_path):
    """All that git knows or would take; not what a build has left."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("an unpacked archive has no list of its files")
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=REPOSITORY,
                            capture_output=True, check=True, text=True).stdout.split("\0")
    for name in filter(None, listed):
        if (REPOSITORY / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, tmp_path / name)
    done = harden("audit", cwd=tmp_path)
    assert done.returncode == CLEAN, done.stdout
    files = int(re.search(r"in (\d+) files", done.stdout).group(1))
    assert files > 300, "or it has not looked"


@pytest.mark.parametrize("name", ["text", "json", "sarif"])
def test_no_secret_is_said(name):
    folders = [pathlib.Path(__file__).parent / "fixtures" / check for check in ("S1", "S2")]
    done = harden("audit", "--type", "source", "--format", name,
                  *[path for folder in folders for path in sorted(folder.glob("bad-*"))])
    assert done.returncode == FINDINGS
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]


# --- what a folder leaves out ---------------------------------------------------------------------

def files_of(findings):
    return sorted({finding["file"] for finding in findings})


def test_what_a_folder_leaves_out(tmp_path):
    """In itself, not below; what is named is looked at anyway."""
    for name in ("a.py", "b.py", "lab/a.py", "sub/lab/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(NOISY)
    (tmp_path / ".hardenignore").write_text("# why\n\na* because it is made up\n"
                                            "lab because it is for tests\n")
    assert files_of(audit(cwd=tmp_path)) == ["./b.py", "./sub/lab/c.py"]
    assert files_of(audit("a.py", "lab", cwd=tmp_path)) == ["a.py", "lab/a.py"]


@pytest.mark.parametrize("line", ["a.py", "a.py because", "a.py because  ", " because x",
                                  "sub/a.py because x", "a.py # because"])
def test_what_a_folder_can_not_leave_out(line, tmp_path):
    (tmp_path / "a.py").write_text(NOISY)
    (tmp_path / ".hardenignore").write_text(line + "\n")
    done = harden("audit", cwd=tmp_path)
    assert done.returncode == 2 and "a.py:1:" in done.stdout
    assert "./.hardenignore: 1: it is no `NAME because REASON`" in done.stderr


@pytest.mark.parametrize("name, text, is_ignored, reason", [
    ("a.py", NOISY[:-1] + "  # harden: ignore S1 because x\n", True, "on its line"),
    ("a.py", "# harden: ignore S1 because x\n" + NOISY, True, "before it"),
    ("a.py", "'''\n# harden: ignore S1 because x'''\n" + NOISY, False, "in a string it is none"),
    ("a.c", "/* harden: ignore S6 because x */\nint i = system(a);\n", True, "another language's"),
    ("a.c", "char *s = \"// harden: ignore S6 because x\"; system(s);\n", False, "in a string"),
    ("a.ini", "; harden: ignore S1 because x\npassword=correct-horse\n", True, "of settings"),
    ("a.md", "Write `# harden: ignore` and why.\n", True, "a text has none, so none is wrong"),
])
def test_comments_of_source(name, text, is_ignored, reason, tmp_path):
    (tmp_path / name).write_text(text)
    assert (not audit(name, cwd=tmp_path)) == is_ignored, reason
