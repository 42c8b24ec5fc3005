"""
SECURITY.md: its commands, run as they stand with a key of the test's own, which has no password:
what that is stretched by takes a gigabyte and many seconds, on purpose.
"""

import re
import shutil
import subprocess

import pytest

from threat_model import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
VERIFY, MAKE_KEY, SIGN = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
VERSION = re.search(r"AC_INIT\(\[Bulkhead\], \[([^]]+)\]", (ROOT / "configure.ac").read_text())[1]
TARBALL = f"bulkhead-{VERSION}.tar.xz"


def run(command, folder, check=True):
    return subprocess.run(["sh", "-e", "-c", command.replace("minisign -G ", "minisign -G -W ")],
                          cwd=folder, stdin=subprocess.DEVNULL, text=True, capture_output=True,
                          timeout=120, check=check)


@pytest.fixture(scope="module", name="signed")
def a_signed_release(tmp_path_factory):
    """A folder with what who takes a release has got."""
    if not shutil.which("minisign"):
        pytest.skip("the package minisign is needed")
    folder = tmp_path_factory.mktemp("release")
    (folder / TARBALL).write_bytes(bytes(range(256)) * 400)
    run(MAKE_KEY, folder)
    run(SIGN, folder)
    (folder / "bulkhead.key").unlink()
    return folder


def test_the_page_names_the_version():
    """So that its lines can be typed: a new release changes them."""
    assert set(re.findall(r"bulkhead-([\d.]+)\.tar", PAGE)) == {VERSION}
    assert f'"bulkhead {VERSION}"' in SIGN


def test_a_release_is_signed_and_verified(signed):
    done = run(VERIFY, signed)
    assert "Signature and comment signature verified" in done.stdout + done.stderr
    assert f"bulkhead {VERSION}" in done.stdout


@pytest.mark.parametrize("changed", [TARBALL, f"{TARBALL}.minisig"])
def test_a_changed_release_is_refused(signed, tmp_path, changed):
    """By one bit, of what is signed or of the signature's comment."""
    shutil.copytree(signed, tmp_path, dirs_exist_ok=True)
    content = bytearray((tmp_path / changed).read_bytes())
    content[content.find(b"bulkhead 0") if changed != TARBALL else 1000] ^= 1
    (tmp_path / changed).write_bytes(content)
    assert run(VERIFY, tmp_path, check=False).returncode == 1


def test_anothers_key_is_refused(signed, tmp_path):
    """Who signs a release with a key of their own has signed another."""
    shutil.copytree(signed, tmp_path, dirs_exist_ok=True)
    (tmp_path / "bulkhead.pub").unlink()
    run(MAKE_KEY, tmp_path)
    assert run(VERIFY, tmp_path, check=False).returncode == 1
