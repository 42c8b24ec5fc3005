"""What is in the packages, what lintian says of them, and that they are the same twice."""

import os
import re
import shutil

import pytest

from packages import BINARIES, ROOT, SUITE, build, field, find, listing, run, run_there

# Where somebody else would build: their clock's zone, language and umask, and another folder.
ELSEWHERE = {"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


@pytest.fixture(scope="module")
def lists(packages):
    return {name: listing(find(packages, name)) for name in BINARIES}


def test_lintian_finds_nothing(changes):
    """No error, no warning, and of what is less than that only what an override gives a reason."""
    folder = changes.parent / "lintian"
    folder.mkdir(exist_ok=True)
    # 4.6.2 is the policy that Debian 12's lintian knows, and 4.7.2 is newer than all it does.
    older = [] if SUITE == "bookworm" else ["--suppress-tags", "out-of-date-standards-version"]
    said = run_there("lintian", "-EviI", "--pedantic", *older, "--fail-on",
                     "error,warning,info,pedantic,experimental", f"../{changes.name}",
                     cwd=folder)
    assert not re.findall(r"(?m)^[EWIPXC]: .*", said)


def test_each_override_has_a_reason():
    for path in ROOT.glob("debian/**/*lintian-overrides"):
        lines = [line for line in path.read_text().splitlines() if line]
        assert lines[0].startswith("#"), path


def test_the_source_package_builds_the_same_packages_elsewhere(packages, tmp_path):
    """Of the .dsc alone, in another folder, zone and umask; each file the same, to the byte."""
    description, = packages.glob("*.dsc")
    source = tmp_path / "a-folder-of-another-length" / "source"
    shutil.copytree(packages, source.parent, ignore=lambda folder, names: [
        name for name in names if not name.endswith((".dsc", ".tar.xz"))])
    run("dpkg-source", "-x", source.parent / description.name, source)
    build(source, "-b", umask=0o027, **ELSEWHERE)
    made = sorted(path.name for path in source.parent.glob("*.deb"))
    assert len(made) >= len(BINARIES)
    assert [name for name in made
            if (source.parent / name).read_bytes() != (packages / name).read_bytes()] == []


def test_the_source_package_is_the_release(packages):
    """The tarball of the release stays what it is, and beside it is debian/ alone."""
    description, = packages.glob("*.dsc")
    text = description.read_text()
    assert "Format: 3.0 (quilt)" in text
    names = re.search(r"(?ms)^Files:\n(.*?)\n(?=\S|\Z)", text)[1].split()[2::3]
    kinds = [re.sub(r"^bulkhead_[0-9.]+(-[0-9]+)?\.", "", name) for name in names]
    assert sorted(kinds) == ["debian.tar.xz", "orig.tar.xz"]


def test_versions_agree(packages):
    changelog = (ROOT / "CHANGELOG.md").read_text()
    version = re.search(r"(?m)^## ([0-9.]+), \d{4}-\d\d-\d\d$", changelog)[1]
    assert f"AC_INIT([Bulkhead], [{version}]" in (ROOT / "configure.ac").read_text()
    for name in BINARIES:
        assert re.fullmatch(re.escape(version) + r"-\d+", field(find(packages, name), "Version"))


def test_each_program_has_its_page(lists):
    found = lists["bulkhead"]
    programs = [path for path in found if re.match(r"/usr/libexec/bulkhead/[^/]+$", path)]
    assert len(programs) >= 10
    for path in programs:
        assert f"/usr/share/man/man8/bulkhead-{os.path.basename(path)}.8.gz" in found, path
    assert "/usr/sbin/bulkhead" in found and "/usr/share/man/man8/bulkhead.8.gz" in found
    tool = lists["bulkhead-harden"]
    assert "/usr/bin/harden" in tool and "/usr/share/man/man1/harden.1.gz" in tool
    assert "/usr/share/bash-completion/completions/harden" in tool


def test_a_plain_user_reads_no_settings(lists):
    """Passwords may stand there."""
    assert lists["bulkhead"]["/etc/bulkhead/bulkhead.env"][:2] == ("-rw-r-----", "root/root")


def test_state_and_passwords_are_no_part_of_a_package(lists):
    for found in lists.values():
        assert [path for path in found if path.startswith(("/var", "/run"))] == []


def test_nothing_belongs_to_anybody_but_root(lists):
    for found in lists.values():
        assert {owner for _, owner, _ in found.values()} == {"root/root"}
        assert [path for path, (mode, _, _) in found.items()
                if "s" in mode or (mode[8] == "w" and mode[0] != "l")] == []


def test_settings_are_those_that_the_command_knows(packages, tmp_path):
    """Each one in it, and with the default that .env.example has, but none of Compose's."""
    run("dpkg-deb", "-x", find(packages, "bulkhead"), tmp_path)
    text = (tmp_path / "etc/bulkhead/bulkhead.env").read_text()
    example = (ROOT / ".env.example").read_text().partition("\n# --- in containers:")[0]
    names = re.findall(r"(?m)^#([A-Z_]+=.*)", example)
    assert re.findall(r"(?m)^#([A-Z_]+=.*)", text) == names and len(names) > 20
    assert re.findall(r"(?m)^[^#\n].*", text) == []
    assert "./bulkhead" not in text and "COMPOSE" not in text


def test_links_between_the_documents_lead_somewhere(packages, tmp_path):
    run("dpkg-deb", "-x", find(packages, "bulkhead-doc"), tmp_path)
    root = tmp_path / "usr/share/doc/bulkhead-doc"
    pages = [*root.rglob("*.md")]
    assert len(pages) > 15
    of_the_source = {"before/README.md", "../console/index.html"}
    elsewhere = {"CHANGELOG.md", "../CHANGELOG.md"}  # changelog.gz, as Debian has it
    for page in pages:
        links = re.findall(r"\]\(((?:\.\./)*(?:[A-Za-z-]+/)*[A-Za-z-]+\.(?:md|svg|png|html))",
                           page.read_text())
        for link in {*links} - of_the_source - elsewhere:
            assert (page.parent / link).exists(), f"{page.relative_to(root)}: {link}"
