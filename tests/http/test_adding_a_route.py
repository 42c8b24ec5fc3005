"""
Follows docs/adding-a-route.md to the letter, in a copy of the repository.

Every fenced block of that page is a step, in order: a file to create, a line to add or remove,
commands to run, or the output that the commands before it must have had. The port of the page is
replaced by a free one, and nothing else of it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from program import REPOSITORY, clean_environment
from stack import PASSWORD, free_port

PAGE = REPOSITORY / "docs/adding-a-route.md"
AS_ROOT = os.geteuid() == 0
# The blocks of its section on containers: tests/containers/test_adding_a_route.py does them.
CONTAINERS = ("contents", "dockerfile", "yaml")


def not_copied(folder, names):
    """What a build or a run has left; build-aux is what configure needs, tests/build no build."""
    left = {".git", "__pycache__", "autom4te.cache", ".env", ".pytest_cache"}
    if Path(folder) == REPOSITORY:
        left |= {name for name in names if re.match("build(-|$)", name)} - {"build-aux"}
    return [name for name in names if name in left]


def steps():
    """(language, the sentence before the block, the block) of each without containers, in order."""
    return [(language, sentence, block) for language, sentence, block in all_steps()
            if language not in CONTAINERS]


def all_steps():
    blocks = re.findall(r"([^\n]*)\n+```(\w+)\n(.*?)^```$", PAGE.read_text(), re.M | re.DOTALL)
    return [(language, sentence, block) for sentence, language, block in blocks]


class Reader:
    """Somebody who does what the page says, with a copy of the repository."""

    def __init__(self, folder):
        self.root = folder / "tree"
        self.port = free_port()
        self.output = None
        shutil.copytree(REPOSITORY, self.root, ignore=not_copied, symlinks=True)
        self.environment = clean_environment({
            "PORT": str(self.port), "STATE_DIR": str(folder / "state"), "PROCESSES": "1",
            "HOME": str(folder), "PASSWORD": PASSWORD})

    def run(self, commands, timeout=300):
        if not AS_ROOT:
            commands = commands.replace(" --user nobody", "")  # as the page says
        done = subprocess.run(["sh", "-e", "-c", commands], cwd=self.root, env=self.environment,
                              capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"{commands}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def build(self):
        if not (self.root / "configure").exists():
            self.run("./autogen.sh")
        # half the time: no route needs harden
        self.run("mkdir build && cd build && ../configure --disable-harden && make", timeout=900)

    def create(self, sentence, block):
        path = self.root / re.search(r"Create `([^`]+)`:$", sentence).group(1)
        assert not path.exists(), f"the page creates {path.name}, which is there already"
        path.write_text(block)

    def edit_makefile(self, sentence, line):
        makefile = self.root / "Makefile.am"
        text = makefile.read_text()
        if sentence.startswith("Remove"):
            assert text.count(line) == 1
            makefile.write_text(text.replace(line, ""))
            return
        name = re.search(r"Add to the list `(\w+)` in `Makefile.am`:$", sentence).group(1)
        last = text.rindex(f"\n{name} +=") + 1
        end = text.index("\n", last) + 1
        makefile.write_text(text[:end] + line + text[end:])

    def edit_threats(self, sentence, element):
        path = self.root / "docs/threats.json"
        text = path.read_text()
        if sentence.startswith("Remove"):
            assert text.count(element) == 1
            path.write_text(text.replace(element, ""))
            return
        name = re.search(r"Add to `docs/threats.json`, behind the element `(\w+)`:$",
                         sentence).group(1)
        end = text.index("\n    },\n", text.index(f'"id": "{name}"')) + len("\n    },\n")
        path.write_text(text[:end] + element + text[end:])

    def expect(self, block):
        def readable(text):
            return re.sub(r"X-Request-Id: [0-9a-f]{32}", "X-Request-Id: ID", text.replace("\r", ""))
        assert readable(self.output) == readable(block)

    def follow(self, language, sentence, block, expected):
        """One step. `expected`: the block of output behind it, where there is one."""
        if language == "sh":
            output = self.run(block.replace("127.0.0.1:15000", f"127.0.0.1:{self.port}"))
            # the page leaves out what make and bulkhead say before
            self.output = "".join(output.splitlines(True)[-expected.count("\n"):])
        elif language == "text":
            self.expect(block)
        elif language == "make":
            self.edit_makefile(sentence, block)
        elif language == "json":
            self.edit_threats(sentence, block)
        else:
            self.create(sentence, block)


@pytest.fixture
def reader():
    folder = Path(tempfile.mkdtemp(prefix="bh-", dir="/tmp"))
    folder.chmod(0o755)
    someone = Reader(folder)
    try:
        yield someone
    finally:
        subprocess.run(["./bulkhead", "down"], cwd=someone.root, env=someone.environment,
                       capture_output=True, timeout=120, check=False)
        if AS_ROOT:
            subprocess.run(["userdel", "bulkhead-shout"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_page(reader):
    """Build, reload, ask, remove: each block does what the page says that it does."""
    reader.build()
    reader.run("./bulkhead up")
    blocks = steps()
    assert [language for language, _, _ in blocks].count("text") >= 5, "the page was not understood"
    following = [block if language == "text" else "" for language, _, block in blocks[1:]] + [""]
    for (language, sentence, block), expected in zip(blocks, following):
        reader.follow(language, sentence, block, expected)
        if language == "c":
            reader.run("tests/style/check cgi-src/shout.c")
    assert not list(reader.root.glob("**/shout.c*")), "what the page made, it takes away"
    for name in ("threats.json", "threat-model.md", "threat-model.svg"):
        assert (reader.root / "docs" / name).read_text() == (PAGE.parent / name).read_text()
    reader.run("./bulkhead status")
