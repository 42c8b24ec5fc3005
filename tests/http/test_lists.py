"""
The same things are named in many places: routes, settings, FastCGI parameters, counters. Each list
is read from where it is used, and all must agree: a route that one of them forgot is a route that
is half there.
"""

import json
import re
import subprocess

import pytest

from program import (BUILD, DURATION_CLASSES, REPOSITORY, STATS_FIELDS, STATS_MAGIC, STATS_MORE,
                     STATS_PAGE_BYTES)
from stack import ROUTES
from trail_lab import PLACES


def text_of(path):
    return (REPOSITORY / path).read_text()


def stems(pattern):
    return {path.stem for path in REPOSITORY.glob(pattern)}


def section(document, heading):
    """The text under a heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text_of(document),
                      re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no section {heading!r}"
    return found.group(1)


def first_column(table):
    """What the first cells of a Markdown table have in backquotes."""
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


# --- routes ---------------------------------------------------------------------------------------

def c_programs():
    """Files with a route_main, and the name that each one gives itself."""
    found = {}
    for path in REPOSITORY.glob("cgi-src/*.c"):
        main = re.search(r"route_main\(.*?\.name = \"([^\"]+)\"", path.read_text(), re.DOTALL)
        if main:
            found[path.stem] = main.group(1)
    return found


PROGRAMS = set(c_programs())


def test_programs_have_their_files_names():
    """The name is that of the user, the socket, the log lines: one for all."""
    assert all(stem == name for stem, name in c_programs().items())
    assert PROGRAMS >= {"calculate", "hello", "ping"}, "or this test reads the wrong place"


def test_makefile():
    """What is built and installed."""
    built = re.findall(r"^pkglibexec_PROGRAMS \+= cgi-src/([a-z]+)$", text_of("Makefile.am"), re.M)
    assert sorted(built) == sorted(PROGRAMS)


def test_nginx():
    """A file a route, one upstream each, under the program's name."""
    assert stems("nginx/routes/*.conf") == PROGRAMS
    for name in PROGRAMS:
        passes = re.findall(r"fastcgi_pass (\S+);", text_of(f"nginx/routes/{name}.conf"))
        assert passes and set(passes) == {name}


def test_man_pages():
    """A page a program, installed under the name that can't clash."""
    pages = {path.stem for path in REPOSITORY.glob("docs/man/bulkhead-*.8")}
    named = PROGRAMS | {"await-exit", "enclose", "http-probe", "trail"}
    assert pages == {f"bulkhead-{name}" for name in named}
    for name in named:
        assert f"bulkhead-{name}.8" in text_of("Makefile.am"), "not installed"


def paths_in_nginx():
    files = "".join(text_of(f"nginx/routes/{name}.conf") for name in PROGRAMS)
    return set(re.findall(r"^location = (\S+)", files, re.M))


def test_readme():
    """The table of routes, by path."""
    assert first_column(section("README.md", "Routes")) == paths_in_nginx()


def test_readme_names_each_program():
    """The same table leads to the source of each."""
    named = re.findall(r"\(cgi-src/(\w+)\.c\)", section("README.md", "Routes"))
    assert sorted(named) == sorted(PROGRAMS)


def test_threat_model():
    """An element for each, whose description begins with its path."""
    elements = [each for each in json.loads(text_of("docs/threats.json"))["elements"]
                if each.get("group") == "routes"]
    assert {each["id"] for each in elements} == PROGRAMS
    assert {re.match(r"`([^`]+)`", each["what"])[1] for each in elements} == paths_in_nginx()


# --- FastCGI parameters ---------------------------------------------------------------------------

def test_fastcgi_parameters():
    """nginx passes what the programs read, and nothing that they don't."""
    passed = parameters_in("nginx/edge/parameters.conf")
    read = re.search(r"cgi_variable_names\[\w+\] = \{(.*?)\}", text_of("cgi-src/route/exchange.c"),
                     re.DOTALL)
    assert sorted(passed) == sorted(re.findall(r'"(\w+)"', read.group(1)))
    assert not parameters_in("nginx/edge/fastcgi.conf")
    assert "include edge/parameters.conf;" in text_of("nginx/edge/fastcgi.conf")


def parameters_in(path):
    return re.findall(r"^\s*fastcgi_param (\w+)", text_of(path), re.M)


def test_credentials_go_to_one_route_alone():
    """To the one that asks for a password; the inherited parameters, which that drops, are back."""
    name = re.search(r"cgi_authorization_name = \"(\w+)\"", text_of("cgi-src/route/exchange.c"))
    for path in REPOSITORY.glob("nginx/routes/*.conf"):
        asks = ".authorize = " in text_of(f"cgi-src/{path.stem}.c")
        assert parameters_in(path) == ([name.group(1)] if asks else [])
        assert ("include edge/parameters.conf;" in path.read_text()) == asks


def test_headers_of_the_programs_are_hidden():
    """nginx adds its own, so a program's would come twice: each that both send is hidden."""
    edge = text_of("nginx/edge/fastcgi.conf") + text_of("nginx/edge/headers.conf")
    hidden = set(re.findall(r"fastcgi_hide_header (\S+);", edge))
    added = set(re.findall(r"^add_header (\S+)", edge, re.M))
    assert added <= hidden


# --- settings -------------------------------------------------------------------------------------

def bulkhead_settings():
    """Name to default, as the control command knows them; "-" is the program's own default."""
    rows = re.findall(r"^([A-Z][A-Z_]+)\|([^|\n]*)\|", text_of("bulkhead.d/settings.sh"), re.M)
    assert len(rows) > 5, "or this test reads the wrong place"
    # Of loopback there is more in a container.
    loopback = re.search("loopback='(.*)'", text_of("bulkhead.d/settings.sh"))[1]
    return {name: default.replace("$loopback", loopback) for name, default in rows}


def derived_settings():
    """What bulkhead tells the programs that nobody sets."""
    rows = re.findall(r"^([A-Z][A-Z_]+)\|[a-z ]+\"?$", text_of("bulkhead.d/settings.sh"), re.M)
    assert "RUN_DIR" in rows, "or this test reads the wrong place"
    return set(rows)


def c_settings():
    """Name to default, of the tables in C."""
    found = {}
    for path in [*REPOSITORY.glob("cgi-src/*.c"), REPOSITORY / "cgi-src/route/settings.c",
                 REPOSITORY / "cgi-src/health/programs.h"]:
        found.update(re.findall(r"\.name = \"([A-Z][A-Z_]+)\",[\s\\]*"
                                r"\.fallback = ((?:\"[^\"]*\"\s*)+)", path.read_text()))
    assert "PROCESSES" in found, "a table in a header is a table too"
    return {name: "".join(re.findall(r'"([^"]*)"', value)) for name, value in found.items()}


def example_settings(part=0):
    """Name to value in .env.example, commented out or not; part 1 is Compose's own."""
    text = text_of(".env.example").split("# --- in containers")[part]
    return dict(re.findall(r"^#?\s*([A-Z][A-Z_]+)=(.*)$", text, re.M))


def compose_settings():
    """Name to default of what docker-compose.yml reads."""
    return dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text_of("docker-compose.yml")))


def documented_settings():
    table = section("docs/operations.md", "Settings")
    return dict(re.findall(r"^\| `([A-Z][A-Z_]+)` \| (.*?) \|", table, re.M))


def test_the_programs_settings_reach_them():
    """A setting that bulkhead does not know can't be set through it."""
    assert "PING_TIMEOUT_MS" in c_settings(), "or this test reads the wrong place"
    assert set(c_settings()) <= set(bulkhead_settings()) | derived_settings()


def test_nobody_sets_what_follows():
    """Else it might not: a derived setting is in no list of those that are taken."""
    for known in (bulkhead_settings(), example_settings(), documented_settings()):
        assert not derived_settings() & set(known)


def test_example_has_all():
    """.env.example documents each, and none that would be refused."""
    assert set(example_settings()) == set(bulkhead_settings())


def test_compose_has_them():
    """What is a setting in containers too has one default; what is Compose's own is used there."""
    own, known = example_settings(1), bulkhead_settings()
    found = compose_settings()
    assert set(found) - set(known) == {"BULKHEAD_TAG", "BASE_IMAGE", "SOURCE_DATE_EPOCH"}
    assert {name for name in own if not name.startswith("COMPOSE_")} <= set(found)
    for name in set(found) - {"SOURCE_DATE_EPOCH", "SANDBOX"}:  # walls are a must in containers
        wanted = own[name] if name in own else default_of(name)
        # left empty, the deny list is the program's own
        assert found[name] == ("" if name == "PING_DENY" else wanted), name


def test_images_are_of_all_routes():
    """docker/contents, the Dockerfile's targets, and the services with their twins."""
    listed = re.findall(r"^route (\w+) ", text_of("docker/contents"), re.M)
    targets = re.findall(r"^FROM route AS (\w+)$", text_of("docker/Dockerfile"), re.M)
    services = re.findall(r"^  ([\w-]+):$", section_of_compose("services"), re.M)
    assert sorted(listed) == sorted(targets) == sorted(ROUTES)
    assert sorted(services) == sorted([*ROUTES, *(f"{route}-2" for route in ROUTES), "db", "edge",
                                       "trail"])
    assert re.search(r"ROUTES: (.*)", text_of("docker/routes.yml"))[1].split() == sorted(ROUTES)


def section_of_compose(name):
    return re.search(rf"^{name}:\n(.*?)^\w", text_of("docker-compose.yml"), re.M | re.DOTALL)[1]


def test_manual_has_all():
    """docs/operations.md, likewise."""
    assert set(documented_settings()) == set(bulkhead_settings())


def default_of(name):
    """A program's own word comes first; that of STATE_DIR depends on who asks, and is root's."""
    known = {**bulkhead_settings(), "STATE_DIR": "/var/lib/bulkhead"}
    return c_settings().get(name, known[name])


@pytest.mark.parametrize("name", sorted((bulkhead_settings().keys() | c_settings().keys())
                                        - derived_settings()))
def test_defaults_agree(name):
    """One default a setting, wherever it is said."""
    default = default_of(name)
    assert default != "-", "nobody has one"
    assert bulkhead_settings()[name] in (default, "-", "$default_state_folder")
    assert example_settings()[name].strip("\"'") == default
    documented = documented_settings()[name].replace("`", "")
    assert documented == (default or "empty")


def help_of(program):
    return subprocess.run([BUILD / "cgi-src" / program, "--help"], capture_output=True, text=True,
                          check=True).stdout


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_help_names_the_settings(program):
    """--help lists what the program reads: a subset of what can be set."""
    named = set(re.findall(r"^  ([A-Z][A-Z_]+)\s", help_of(program), re.M))
    assert "LOG_LEVEL" in named
    assert named <= set(bulkhead_settings()) | derived_settings()


@pytest.mark.parametrize("program", [*sorted(PROGRAMS), "trail/trail"])
def test_man_page_names_options_and_settings(program):
    """What --help says, the manual says too."""
    page = text_of(f"docs/man/bulkhead-{program.split('/')[-1]}.8").replace("\\-", "-")
    options = set(re.findall(r"^  --([a-z]+)", help_of(program), re.M))
    settings = set(re.findall(r"^  ([A-Z][A-Z_]+)\s", help_of(program), re.M))
    assert options <= set(re.findall(r"^\.It Fl -([a-z]+)", page, re.M))
    assert settings <= set(re.findall(r"^\.It Ev ([A-Z_]+)", page, re.M))


# --- counters -------------------------------------------------------------------------------------

def test_counters():
    """The page of counters has readers in three languages."""
    header = text_of("cgi-src/route/stats.h")
    places = re.search(r"enum stats_place \{(.*?)\};", header, re.DOTALL).group(1)
    places = re.sub(r"/\*.*?\*/", "", places, flags=re.DOTALL)
    names = re.findall(r"\b(STATS_\w+),", places)
    read = [*STATS_FIELDS, *PLACES, *STATS_MORE]
    assert len(names) == len(read)
    for place, at in {"landlock": 10, "shipped": 11, "kept": 16, "layers": 17}.items():
        assert names[at] == f"STATS_{place.upper()}" and read[at] == place
    assert f"STATS_PLACES = STATS_DURATIONS + {DURATION_CLASSES}" in places
    assert f"STATS_PAGE_BYTES = {STATS_PAGE_BYTES} " in header
    assert int(re.search(r"UINT64_C\((0x\w+)\)", header).group(1), 16) == STATS_MAGIC
    shell = "".join(path.read_text() for path in REPOSITORY.glob("bulkhead.d/*.sh"))
    assert str(STATS_MAGIC) in shell, "bulkhead compares with another magic number"
