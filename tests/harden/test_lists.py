"""The same things are named in several places, and must agree."""

import re

from harden import REPOSITORY, checks, harden

KINDS = ("bad", "good", "fixed", "refused")


def text_of(path):
    return (REPOSITORY / path).read_text()


def types():
    """Of --type, as the program says them."""
    said = harden("audit", "--type", "?").stderr
    return re.search(r"allowed is one of (.*)\n", said).group(1).split()


def test_types():
    """In the program, its manual, its completion; each has rows in the catalogue, and fuzzers."""
    page = re.findall(r"^\.It Cm (\w+)\n\.Pa ", text_of("docs/man/harden.1"), re.M)
    assert page == types()
    completed = re.search(r"--type\) words='(.*)'", text_of("harden/completion.bash")).group(1)
    assert completed.split() == types()
    assert set(types()) <= {row["type"] for row in checks().values()}


def test_options():
    """Each of --help is in the manual and in the completion."""
    options = set(re.findall(r"^  (--[a-z-]+)", harden("--help").stdout, re.M)) | {"--version"}
    page = re.findall(r"(?<= )-[a-z][a-z-]*", text_of("docs/man/harden.1"))
    assert options | {"--list"} <= {"-" + option for option in page}
    assert options | {"--list"} <= set(re.findall(r"--[a-z-]+", text_of("harden/completion.bash")))


def test_every_file_is_built():
    """A file of harden/ that the makefile forgot would be one that no test sees."""
    makefile = text_of("Makefile.am")
    for path in (REPOSITORY / "harden").rglob("*.[ch]"):
        assert str(path.relative_to(REPOSITORY)) in makefile, path
    for path in REPOSITORY.glob("tests/unit/test_harden_*.c"):
        assert str(path.relative_to(REPOSITORY)) in makefile, path


def fixture_rows():
    """The lines of the table in harden/README.md: of each type its checks, and its fixtures."""
    count = {}
    for check, row in checks().items():
        if row["type"] == "any":
            continue
        numbers = count.setdefault(row["type"], [0] * (1 + len(KINDS)))
        numbers[0] += 1
        for path in (REPOSITORY / "tests/harden/fixtures" / check).iterdir():
            numbers[1 + KINDS.index(path.name.split("-")[0])] += 1
    count["all"] = [sum(column) for column in zip(*count.values())]
    return [f"| {' | '.join(map(str, (kind, *numbers)))} |" for kind, numbers in count.items()]


def test_the_fixtures_are_counted():
    said = text_of("harden/README.md")
    table = re.search(r"^\| type \| checks .*\n\|[-|]+\n((?:\|.*\n)+)", said, re.M).group(1)
    assert table.splitlines() == fixture_rows()
    published = len(list((REPOSITORY / "tests/harden/published").glob("*.yml")))
    assert f"`tests/harden/published/` has {published} Compose files" in said
