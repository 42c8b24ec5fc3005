"""What is in an image: every file of every layer, as `docker save` gives it, with nothing run."""

import functools
import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field

from engine import ENVIRONMENT, docker, inspect

KINDS = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "hard link",
         tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file"}
CAPABILITY = "SCHILY.xattr.security.capability"


@dataclass(frozen=True)
class Entry:
    """A path of a layer. What is of no weight to who runs it is left out of comparisons."""
    kind: str
    mode: int
    owner: tuple  # uid, gid
    changed: int  # mtime, in seconds
    content: str  # SHA-256 of a file, target of a link
    attributes: tuple  # names of extended attributes
    size: int = field(compare=False, default=0)
    md5: str = field(compare=False, default="")
    head: bytes = field(compare=False, default=b"")


@functools.cache
def contents(image):
    """Path, without a slash in front, to Entry: of all layers, the later ones win."""
    found = {}
    for archive in layers(image):
        found.update(entries_of(archive))
    return found


def layers(image):
    """Yields each layer as an open tar archive, in their order."""
    with tempfile.TemporaryFile() as file:
        subprocess.run(["docker", "save", image], stdout=file, env=ENVIRONMENT, timeout=300,
                       check=True)
        file.seek(0)
        with tarfile.open(fileobj=file) as saved:
            names = json.load(saved.extractfile("manifest.json"))[0]["Layers"]
            for name in names:
                with tarfile.open(fileobj=saved.extractfile(name)) as archive:
                    yield archive


def entries_of(archive):
    for member in archive:
        path = member.name.strip("/").removeprefix("./")
        if path in ("", "."):
            continue
        data = archive.extractfile(member).read() if member.isreg() else b""
        yield path, Entry(
            kind=KINDS.get(member.type, "device or pipe"), mode=member.mode,
            owner=(member.uid, member.gid), changed=int(member.mtime),
            content=hashlib.sha256(data).hexdigest() if member.isreg() else member.linkname,
            attributes=tuple(sorted(name for name in member.pax_headers if "xattr" in name)),
            size=member.size, md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            head=data[:4])


def read(image, path):
    """The bytes of a file."""
    wanted = None
    for archive in layers(image):
        for member in archive:
            if member.name.strip("/") == path:
                wanted = archive.extractfile(member).read()
    assert wanted is not None, f"{image}: no {path}"
    return wanted


def holds(image, *needles):
    """Where one of the byte strings is: in a file's name or content, in the image's history."""
    found = []
    for archive in layers(image):
        for member in archive:
            data = archive.extractfile(member).read() if member.isreg() else b""
            text = data + member.name.encode() + member.linkname.encode()
            found += [member.name for needle in needles if needle in text]
    said = docker("history", "--no-trunc", image).stdout + json.dumps(inspect("image", image))
    return found + ["history" for needle in needles if needle.decode() in said]


def files(image):
    """Path to Entry of what is neither folder nor link."""
    return {path: each for path, each in contents(image).items() if each.kind == "file"}


def configuration(image):
    """What it says of how it runs."""
    return inspect("image", image)[0]["Config"]
