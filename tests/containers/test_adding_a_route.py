"""
Follows docs/adding-a-route.md as far as it makes a route in containers, in a copy of the
repository: the program's and nginx's file, the makefile's line, and section 5.
"""

import os
import shutil
import subprocess
from functools import partial

import pytest

import engine
from route_page import page
from compose_stack import ComposeStack
from engine import REPOSITORY

NAMES = ("shout", "edge", "healthz", "metrics", "trail")


def insert(path, block, behind=None, before=None, end=""):
    """Whole lines: behind the last that begins so, in front of the first, or at the end."""
    lines = path.read_text().splitlines(True)
    if behind is not None:
        at = max(n for n, line in enumerate(lines) if line.startswith(behind)) + 1
    elif before is not None:
        at = next(n for n, line in enumerate(lines) if line.startswith(before))
    else:
        at = len(lines)
    path.write_text("".join([*lines[:at], block, end, *lines[at:]]))


def replace_line(path, block):
    name = block.split(":")[0] + ":"
    lines = path.read_text().splitlines(True)
    assert [line.startswith(name) for line in lines].count(True) == 1
    path.write_text("".join(block if line.startswith(name) else line for line in lines))


# In the order of the page: the file that the sentence names, and what is done with the block.
EDITS = [("docker/contents", partial(insert, behind="route ")),
         ("docker/Dockerfile", partial(insert, before="# --- what ships", end="\n")),
         ("docker-compose.yml", partial(insert, before="  trail:")),
         ("docker-compose.yml", insert),
         ("docker/routes.yml", replace_line),
         ("docker/routes.yml", partial(insert, behind="      - ping-2:")),
         ("docker/routes.yml", insert)]


def write_route(tree):
    """What the page has written before it comes to containers."""
    for language, sentence, block in page.steps():
        if language in ("c", "nginx"):
            (tree / sentence.split("`")[-2]).write_text(block)
    insert(tree / "Makefile.am", "pkglibexec_PROGRAMS += cgi-src/shout\n",
           behind="pkglibexec_PROGRAMS += cgi-src/ping")


def write_containers(tree):
    blocks = [step for step in page.all_steps() if step[0] in page.CONTAINERS]
    assert len(blocks) == len(EDITS), "the page has another number of steps"
    sentence = ""
    for (_, said, block), (name, edit) in zip(blocks, EDITS):
        sentence = said or sentence
        assert not said or f"`{name}`" in said or name.endswith(".yml")
        edit(tree / name, block)


@pytest.fixture
def tree(tmp_path):
    copied = tmp_path / "tree"
    shutil.copytree(REPOSITORY, copied, ignore=page.not_copied, symlinks=True)
    return copied


@pytest.fixture
def tag(tree):
    """Images of all that the route changes, and the others as they are."""
    engine.need_engine()
    write_route(tree)
    write_containers(tree)
    made = f"shout-{os.getpid()}"
    try:
        engine.build(made, tree, NAMES)
        for name in set(engine.IMAGES) - set(NAMES):
            engine.docker("tag", f"bulkhead/{name}:{engine.images()}", f"bulkhead/{name}:{made}")
        yield made
    finally:
        engine.remove(made, {*engine.IMAGES, *NAMES})


def images_of(tree):
    """What docker/build builds."""
    done = subprocess.run(["sh", "-c", ". docker/common.sh; echo $images", "docker/build"],
                          cwd=tree, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_section_on_containers(tree, tag):
    assert set(images_of(tree)) == {*engine.IMAGES, *NAMES, "bulkhead"}
    with ComposeStack(source=tree, tag=tag) as stack:
        stack.wait_until_healthy("shout", "shout-2")
        assert stack.get("/shout?text=all+hands").text == "ALL HANDS\n"
        assert stack.get("/shout?text=%07").status == 400
        assert stack.get("/healthz").json()["programs"]["shout"] == {"ready": 2, "processes": 2}
        assert 'bulkhead_up{route="shout",process="2"} 1' in stack.get("/metrics").text
        stack.stop("shout")
        assert stack.get("/shout?text=one").text == "ONE\n"
        stack.wait_until_shipped()
        assert stack.sql("SELECT count(*) FROM trail.records WHERE route = 'shout'") == ["3"]
