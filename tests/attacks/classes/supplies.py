"""What it is made of: packages that nobody has signed, and releases that somebody has changed."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from model import AttackClass, one_by_one
from stack import REPOSITORY

PACKAGE = "somebody-elses"
VERIFY = None  # in place of what the page says
PAST = "Wed, 01 Jan 2020 00:00:00 UTC"


def run(*words, folder=None, check=True, **environment):
    return subprocess.run([str(word) for word in words], cwd=folder, check=check, timeout=60,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environment})


# --- packages -------------------------------------------------------------------------------------

class Mirror:
    """A folder that apt takes for one, with one package; and who signs it, or should."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self.keys = {name: self._make_key(name) for name in ("debian", "stranger")}
        tree = folder / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        tree.chmod(0o755)
        (tree / "DEBIAN/control").write_text(
            f"Package: {PACKAGE}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.test>\n"
            "Description: x\n")
        run("dpkg-deb", "-b", tree, folder / "x.deb")
        shutil.rmtree(tree)

    def _make_key(self, name):
        home = self.folder / f"home-{name}"
        home.mkdir(mode=0o700)
        run("gpg", "--homedir", home, "--batch", "--passphrase", "", "--quick-gen-key",
            f"{name}@mirror.test", "ed25519", "sign", "never")
        run("gpg", "--homedir", home, "--output", self.folder / f"{name}.gpg", "--export")
        return home

    def end(self):
        for home in self.keys.values():
            run("gpgconf", "--homedir", home, "--kill", "all", check=False)

    def write(self, signer, until="", kinds=("SHA256",), changes=None):
        """Lists, and their signature; `changes` is what is changed once that is made."""
        data = (self.folder / "x.deb").read_bytes()
        packages = self.folder / "Packages"
        packages.write_text(
            f"Package: {PACKAGE}\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
            f"Filename: ./x.deb\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n")
        listed = packages.read_bytes()
        lines = [f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S UTC', time.gmtime())}",
                 "Suite: x", *([f"Valid-Until: {until}"] if until else [])]
        for kind in kinds:
            digest = hashlib.new(kind.lower().replace("sum", ""), listed).hexdigest()
            lines += [f"{kind}:", f" {digest} {len(listed)} Packages"]
        for name in ("Release", "InRelease", "Release.gpg"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "Release").write_text("\n".join(lines) + "\n")
        if signer:
            run("gpg", "--homedir", self.keys[signer], "--batch", "--clearsign", "--output",
                self.folder / "InRelease", self.folder / "Release")
        if changes == "list":
            packages.write_text(packages.read_text() + "\n")
        if changes == "release":
            signed = (self.folder / "InRelease").read_text()
            (self.folder / "InRelease").write_text(signed.replace("Suite: x", "Suite: y"))


MIRRORS = {
    "no signature": {"signer": None}, "a stranger's signature": {"signer": "stranger"},
    "a list that was changed": {"signer": "debian", "changes": "list"},
    "a release that was changed": {"signer": "debian", "changes": "release"},
    "one that is over": {"signer": "debian", "until": PAST},
    "no signature, and over": {"signer": None, "until": PAST},
    "a hash that can be forged": {"signer": None, "kinds": ("MD5Sum",)},
}


def installing(target):
    """What an image's recipe says to apt: options of the source, options of the command."""
    path = "tests/before/Dockerfile" if target.name == "before" else "docker/Dockerfile"
    text = (REPOSITORY / path).read_text()
    source = re.search(r"echo \"deb \[([^]]*)\]", text)
    command = re.search(r"apt-get install(.*?)(?:[a-z][a-z0-9-]+ )", text.replace("\\\n", ""))
    return source[1] if source else "", [word for word in command[1].split()
                                         if word.startswith("-")]


def fetch_package(target, mirror, row):
    """What apt would install: it has the package in the end, or not."""
    mirror.write(**row.payload)
    root = target.scene.folder / f"apt-{row.mark}"
    for name in ("lists/partial", "cache/archives/partial", "here", "parts"):
        (root / name).mkdir(parents=True)
    (root / "status").touch()
    option, options = installing(target)
    signed = option or f"signed-by={mirror.folder}/debian.gpg"
    (root / "sources.list").write_text(f"deb [{signed}] file:{mirror.folder} ./\n")
    settings = [word for name, value in {
        "Dir::State::lists": root / "lists", "Dir::Cache": root / "cache",
        "Dir::State::status": root / "status", "Dir::Etc::sourcelist": root / "sources.list",
        "Dir::Etc::sourceparts": root / "parts", "APT::Sandbox::User": "root"}.items()
        for word in ("-o", f"{name}={value}")]
    # Debian's defaults, whatever this machine is set to.
    (root / "apt.conf").write_text(f'Dir::Etc::parts "{root}/parts"; Dir::Etc::main "/dev/null";\n')
    own = {"APT_CONFIG": str(root / "apt.conf")}
    run("apt-get", *settings, "update", check=False, **own)
    chosen = [word for word in options if word.startswith("--allow")]
    run("apt-get", *settings, *chosen, "download", PACKAGE, folder=root / "here", check=False,
        **own)
    return "the package is here" if list((root / "here").glob("*.deb")) else ""


# --- releases -------------------------------------------------------------------------------------

RELEASES = ("a changed tarball", "a tarball with more behind it", "a tarball that was cut",
            "a stranger's signature", "no signature", "the signature of another release",
            "a signature that was changed", "an empty signature")


class Releases:
    """A tarball, its signature by a key that was made for it, and a stranger's."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        for name in ("bulkhead", "stranger"):
            run("minisign", "-G", "-W", "-p", folder / f"{name}.pub", "-s", folder / f"{name}.key")
        self.command = self._of_the_page()

    @staticmethod
    def _of_the_page():
        """That a user is told to give."""
        page = (REPOSITORY / "SECURITY.md").read_text()
        return re.search(r"^(minisign -V .*)$", page, re.M)[1].split()

    def make(self, row):
        """What somebody got from elsewhere."""
        here = self.folder / row.mark
        (here / "tree").mkdir(parents=True)
        name = Path(self.command[-1]).name
        (here / "tree/canary").write_text("good")
        run("tar", "cf", here / name, "-C", here / "tree", "canary")
        self._sign(here / name, "bulkhead")
        self._change(here, name, row.payload)
        shutil.copy(self.folder / "bulkhead.pub", here)
        return here, name

    def _sign(self, path, key):
        run("minisign", "-S", "-s", self.folder / f"{key}.key", "-m", path)

    def _change(self, here, name, how):
        tarball, signature = here / name, here / f"{name}.minisig"
        good = tarball.read_bytes()
        (here / "tree/canary").write_text("changed")
        run("tar", "cf", tarball, "-C", here / "tree", "canary")
        changed = tarball.read_bytes()
        tarball.write_bytes({"a tarball with more behind it": changed + good,
                             "a tarball that was cut": changed[:-512]}.get(how, changed))
        if how == "a stranger's signature":
            self._sign(tarball, "stranger")
        if how == "the signature of another release":
            (here / "other").write_text("another")
            self._sign(here / "other", "bulkhead")
            shutil.copy(here / "other.minisig", signature)
        if how == "a signature that was changed":
            lines = signature.read_text().splitlines()
            lines[1] = lines[1][:-6] + "AAAA=="
            signature.write_text("\n".join(lines) + "\n")
        if how in ("no signature", "an empty signature"):
            signature.unlink()
            if how.startswith("an"):
                signature.touch()

    def unpack(self, target, row):
        here, name = self.make(row)
        command = VERIFY or self.command
        if target.name == "after" and run(*command, folder=here, check=False).returncode != 0:
            return ""
        (here / "unpacked").mkdir()
        run("tar", "xf", name, "-C", "unpacked", folder=here, check=False)
        taken = here / "unpacked/canary"
        return "it was taken" if taken.exists() and taken.read_text() == "changed" else ""


def attempts():
    return {f"a package: {what}": how for what, how in MIRRORS.items()} | {
        f"a release: {what}": what for what in RELEASES}


def run_supplies(target, rows):
    folder = target.scene.folder / f"supplies-{target.name}"
    mirror, releases = Mirror(folder / "mirror"), Releases(folder / "releases")
    try:
        return one_by_one(lambda _, row: fetch_package(target, mirror, row) if isinstance(
            row.payload, dict) else releases.unpack(target, row))(target, rows)
    finally:
        mirror.end()


CLASSES = [
    AttackClass("supply-chain", "Packages and releases of others", ["other-mirror",
                "package-changed", "release-changed"], "supply-chain",
                "apt has the package, or what was changed is unpacked", attempts(), run_supplies),
]
