"""`harden fix --write`: the file is the old one or the new one, whole, whatever happens."""

import os
import shutil
import stat
import subprocess

import pytest

from harden import CLEAN, PROGRAM, TROUBLE, harden

BAD = b'\xef\xbb\xbf{\r\n\t"icc": true\r\n}'
FIXED = b'\xef\xbb\xbf{\r\n\t"icc": false\r\n}'


@pytest.fixture(name="file")
def file_to_fix(tmp_path):
    path = tmp_path / "etc/daemon.json"
    path.parent.mkdir()
    path.write_bytes(BAD)
    return path


def fix(path, **options):
    return harden("fix", "--write", "--only", "D1", path, **options)


def beside(path):
    return sorted(p.name for p in path.parent.iterdir() if p != path)


def expect_untouched(path, done, why):
    """An error in words, the file as it was, nothing beside it."""
    assert done.returncode == TROUBLE
    assert f"harden: {path}: not changed: " in done.stderr and why in done.stderr
    assert path.read_bytes() == BAD
    assert beside(path) == []


# --- what is kept ---------------------------------------------------------------------------------

def test_written(file):
    done = fix(file)
    assert done.returncode == CLEAN and done.stdout == ""
    assert f"harden: {file}: changed; what was there is in {file}.bak\n" in done.stderr
    assert file.read_bytes() == FIXED
    assert beside(file) == ["daemon.json.bak"]
    assert (file.parent / "daemon.json.bak").read_bytes() == BAD


def test_no_backup_is_overwritten(file):
    """Nor is what others have put there, a link that leads nowhere for one."""
    (file.parent / "daemon.json.bak").write_text("mine")
    os.symlink("/nonexistent", file.parent / "daemon.json.bak.1")
    assert fix(file).returncode == CLEAN
    assert (file.parent / "daemon.json.bak").read_text() == "mine"
    assert (file.parent / "daemon.json.bak.2").read_bytes() == BAD
    file.write_bytes(BAD)
    assert fix(file).returncode == CLEAN
    assert (file.parent / "daemon.json.bak.3").read_bytes() == BAD


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755, 0o2664])
def test_mode(mode, file):
    """Of both, whatever the umask; and never wider in between."""
    file.chmod(mode)
    subprocess.run(["sh", "-c", 'umask 077; exec "$0" fix --write --only D1 "$1"', PROGRAM, file],
                   check=True, stderr=subprocess.DEVNULL)
    for path in (file, file.with_name("daemon.json.bak")):
        assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner(file):
    os.chown(file, 12345, 23456)
    assert fix(file).returncode == CLEAN
    for path in (file, file.with_name("daemon.json.bak")):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_attributes(file):
    try:
        os.setxattr(file, "user.note", b"kept")
    except OSError:
        pytest.skip("this file system has no attributes")
    assert fix(file).returncode == CLEAN
    assert os.getxattr(file, "user.note") == b"kept"


@pytest.mark.parametrize("target", ["../real/settings", "absolute"])
def test_symbolic_link(target, tmp_path):
    """It stays, and what it leads to is changed, with the backup there."""
    real = tmp_path / "real/settings"
    real.parent.mkdir()
    real.write_bytes(BAD)
    link = tmp_path / "etc/daemon.json"
    link.parent.mkdir()
    os.symlink(real if target == "absolute" else target, link)
    assert fix(link).returncode == CLEAN
    assert link.is_symlink() and real.read_bytes() == FIXED
    assert beside(link) == [] and beside(real) == ["settings.bak"]


def test_nothing_to_do_writes_nothing(file):
    file.write_bytes(FIXED)
    before = file.stat()
    assert fix(file).returncode == CLEAN
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert beside(file) == []


def test_in_the_current_folder(file):
    assert fix("daemon.json", cwd=file.parent).returncode == CLEAN
    assert file.read_bytes() == FIXED


# --- what can't be done ---------------------------------------------------------------------------

def test_read_only_file(file):
    """Root could write it: that it may not be written is somebody's word all the same."""
    file.chmod(0o444)
    expect_untouched(file, fix(file), "it is read-only")


def test_several_names(file):
    os.link(file, file.parent.parent / "other")
    expect_untouched(file, fix(file), "it has other names, which would keep the old text")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder(file):
    file.parent.chmod(0o555)
    done = fix(file)
    file.parent.chmod(0o755)
    expect_untouched(file, done, "Permission denied")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_read_only_file_system(file):
    with mounted(file.parent, "size=1m"):
        file.write_bytes(BAD)
        subprocess.run(["mount", "-o", "remount,ro", file.parent], check=True)
        expect_untouched(file, fix(file), "read-only")


class mounted:  # noqa: N801 a context, used like a function
    """A small file system of its own in memory."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options

    def __enter__(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", self.options, "harden", self.folder],
                              capture_output=True, check=False)
        if done.returncode:
            pytest.skip("nothing can be mounted here")

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
@pytest.mark.parametrize("pages", [0, 1])
def test_full_disk(pages, tmp_path):
    """With no room for the backup, and with room for that but not for the new file."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder, "size=64k"):
        file = folder / "daemon.json"
        file.write_bytes(BAD)
        filler = tmp_path / "disk/filler"
        with open(filler, "wb", buffering=0) as full, pytest.raises(OSError):
            while True:
                full.write(b"x" * 4096)
        os.truncate(filler, (filler.stat().st_blocks // 8 - pages) * 4096)
        done = fix(file)
        assert done.returncode == TROUBLE
        assert "No space left on device" in done.stderr
        assert file.read_bytes() == BAD
        assert beside(file) == ["filler"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_no_inodes(tmp_path):
    """Nor is there room for another name."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder, "size=1m,nr_inodes=2"):
        file = folder / "daemon.json"
        file.write_bytes(BAD)
        expect_untouched(file, fix(file), "No space left on device")


def test_changed_in_between(file, tmp_path):
    """What somebody else wrote meanwhile is not lost: the file is read again before it goes."""
    if not shutil.which("gdb"):
        pytest.skip("the program gdb is needed to stop in between")
    script = tmp_path / "script"
    script.write_text(f"break make_backup\nrun\nshell printf x >>{file}\ncontinue\n")
    done = subprocess.run(["gdb", "-q", "-batch", "-x", script, "--args", PROGRAM, "fix", "--write",
                           "--only", "D1", file], capture_output=True, text=True, check=False)
    assert "it has changed since it was read" in done.stdout + done.stderr
    assert file.read_bytes() == BAD + b"x"
    assert beside(file) == []


def test_reverting(file):
    """The backup is the file, byte for byte."""
    assert fix(file).returncode == CLEAN
    os.replace(file.with_name("daemon.json.bak"), file)
    assert file.read_bytes() == BAD
