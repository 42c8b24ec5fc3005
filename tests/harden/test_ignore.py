"""Comments that say to ignore a finding: with a reason, and near it."""

import pytest

from harden import CLEAN, audit, harden

HEAD = "FROM debian:13\n"


def found(text, tmp_path, *arguments):
    (tmp_path / "Dockerfile").write_text(text)
    return {(finding["id"], finding["line"])
            for finding in audit(*arguments, "Dockerfile", cwd=tmp_path)}


@pytest.mark.parametrize("text, is_ignored, reason", [
    ("# harden: ignore K3 because it is so\n" + HEAD, True, "on the line before"),
    ("# harden:ignore K3 because it is so\n" + HEAD, False, "another word"),
    ("#harden: ignore K3 because x\n" + HEAD, True, "without a blank"),
    ("  #  harden: ignore K3 because x\n" + HEAD, True, "with several"),
    ("# harden: ignore K1,K3 because x\n" + HEAD, True, "with others"),
    ("# harden: ignore k3 BECAUSE x\n" + HEAD, True, "in either case"),
    ("# harden: ignore K1 because x\n" + HEAD, False, "another check"),
    ("# harden: ignore K3 because x\n\n" + HEAD, False, "two lines before"),
    (HEAD + "# harden: ignore K3 because x\n", False, "on the line behind"),
    ("# so: harden: ignore K3 because x\n" + HEAD, False, "not at the comment's beginning"),
    ("FROM \\\n# harden: ignore K3 because x\ndebian:13\n", True, "within the instruction"),
    ("# harden: ignore K3 because x\nFROM \\\n\\\ndebian:13\n", True, "before the instruction"),
])
def test_where(text, is_ignored, reason, tmp_path):
    assert (not found(text, tmp_path, "--only", "K3")) == is_ignored, reason


@pytest.mark.parametrize("comment, why", [
    ("# harden: ignore K3", "it has no reason"),
    ("# harden: ignore K3 because", "nothing follows"),
    ("# harden: ignore K3 because  ", "nothing follows"),
    ("# harden: ignore K3 it is so", "it has no reason"),
    ("# harden: ignore", "it names a check that there is not"),
    ("# harden: ignore K99 because x", "it names a check that there is not"),
    ("# harden: ignore K3, K1 because x", "it names a check that there is not"),
])
def test_without_a_reason(comment, why, tmp_path):
    """It counts for nothing, and is a finding itself."""
    (tmp_path / "Dockerfile").write_text(f"{comment}\n{HEAD}")
    first, second = audit("--only", "K3,X1", "Dockerfile", cwd=tmp_path)
    assert (first["id"], first["line"], second["id"], second["line"]) == ("X1", 1, "K3", 2)
    assert why in first["message"]


def test_on_its_line(tmp_path):
    """Of a shell's comment in RUN."""
    text = HEAD + "RUN sudo x # harden: ignore K10 because x\nRUN sudo y\n"
    assert found(text, tmp_path, "--only", "K10") == {("K10", 3)}


def test_what_is_ignored_is_counted_and_not_fixed(tmp_path):
    text = "# harden: ignore K1 because root is meant\n" + HEAD
    (tmp_path / "Dockerfile").write_text(text)
    done = harden("audit", "--only", "K1", cwd=tmp_path)
    assert done.returncode == CLEAN
    assert done.stdout == "0 findings in 1 files, 1 ignored by comments\n"
    assert harden("fix", "--only", "K1", cwd=tmp_path).stdout == ""
