"""The analysis itself: each part finds the fault that is planted for it, and leaves good code."""

import gzip
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Each is put together here, so that this file itself holds none of them.
KEY_BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"
CHANCE = "q7Rk2" + "ZtX9vLw4" + "MsB8nYc" + "3HdJf6PgTa1" + "EuQx5Ki0"

LEAK = """#include <stdlib.h>
int f(int n);
int f(int n)
{
    int *const block = malloc(sizeof(*block));

    if (block == NULL)
        return 0;
    *block = n;
    return *block;
}
"""
USE_AFTER_FREE = """#include <stdlib.h>
int f(void);
int f(void)
{
    int *const block = calloc(1, sizeof(*block));

    free(block);
    return block != NULL ? *block : 0;
}
"""
FORGOTTEN_FLUSH = """#include <stdio.h>
void f(void);
void f(void)
{
    fflush(stdout);
}
"""
FORGOTTEN_PARENTHESES = """#define TWICE(x) x * 2
int f(int n);
int f(int n)
{
    return TWICE(n + 1);
}
"""
OUT_OF_BOUNDS = """int f(void);
int f(void)
{
    int numbers[4] = { 0 };

    return numbers[4];
}
"""
GOOD = """int f(int n);
int f(int n)
{
    return n + 1;
}
"""

C_ROWS = [
    # part, text, what it says, why this row
    ("compiler", LEAK, "analyzer-malloc-leak", "memory is lost"),
    ("compiler", USE_AFTER_FREE, "analyzer-use-after-free", "memory is used after its end"),
    ("compiler", "int f(;\n", "error", "no C at all is no pass"),
    ("tidy", FORGOTTEN_FLUSH, "cert-err33-c", "an answer that may not have left"),
    ("tidy", FORGOTTEN_PARENTHESES, "bugprone-macro-parentheses", "a macro's argument"),
    ("tidy", USE_AFTER_FREE, "clang-analyzer-unix.Malloc", "the analyser's paths"),
    ("tidy", "int f(;\n", "error", "no C at all is no pass"),
    ("cppcheck", OUT_OF_BOUNDS, "arrayIndexOutOfBounds", "one past the end"),
    ("cppcheck", LEAK, "memleak", "memory is lost"),
]

EXCEPTED = [
    ("compiler", LEAK.replace(
        "    if", "    /* gcc-suppress analyzer-malloc-leak: a test */\n    if")),
    ("tidy", FORGOTTEN_FLUSH.replace(";\n}", "; /* NOLINT(cert-err33-c): a test */\n}")),
    ("cppcheck", OUT_OF_BOUNDS.replace(
        "    return", "    /* cppcheck-suppress arrayIndexOutOfBounds ; a test */\n    return")),
]

SECRETS = [
    # name of the file, line, what it says, why this row
    ("a.pem", KEY_BEGIN, "a private key", "RSA"),
    ("a.txt", KEY_BEGIN.replace("RSA", "OPENSSH"), "a private key", "OpenSSH's"),
    ("a.c", 'x = "AKIA' + 'Q3EGRIVV7K2M5XYZ";', "an AWS access key", "AWS"),
    ("a.md", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "a GitHub token", "GitHub"),
    ("a.py", 'PASSWORD = "swordfish' + '-17"', "a password or token", "Python"),
    ("a.c", '#define API_KEY' + '\n"', None, "a name without a value"),
    ("a.json", '{"client_secret": "' + 'kJ83hd7Gh2lQ"}', "a password or token", "JSON"),
    ("a.yml", "  password: sword" + "fish17x", "a password or token", "YAML without quotes"),
    (".env", "PASSWORD=sword" + "fish17x", "a password or token", "an environment"),
    ("a.sh", "export TOKEN=sword" + "fish17x", "a password or token", "shell"),
    ("a.conf", "postgres://bob:sword" + "fish@db.internal/x", "a password in a URL", "a URL"),
    ("a.js", f'x = f("{CHANCE}");', "a string of chance", "base 64"),
    ("a.txt", "0f3a9c1b7e5d2846" * 2 + "9bd1c0f3a75e6842", "a string of chance", "hexadecimal"),
]

NO_SECRETS = [
    ("a.sh", 'PASSWORD="$(cat "$file")"', "read from elsewhere"),
    ("a.yml", "  password: ${PASSWORD:?}", "likewise"),
    ("a.py", 'password = sys.argv[1]', "an expression"),
    ("a.env", "PASSWORD_FILE=/run/secrets/password", "the name of a file"),
    ("a.html", f'integrity="sha384-{CHANCE}{CHANCE}"', "a hash that a page publishes"),
    ("a.json", f'"integrity": "sha512-{CHANCE}{CHANCE}=="', "a lock file's"),
    ("a.c", "static const char alphabet[] = \"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN012345\";",
     "words of an alphabet"),
    ("a.md", "http://NAME:PASSWORD@HOST/", "placeholders"),
]


def run(part, *arguments, **environment):
    """A part's exit code and everything that it says."""
    done = subprocess.run([str(HERE / part), *map(str, arguments)], text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout


def write(folder, name, text):
    path = folder / name
    path.write_text(text + "\n" * (not text.endswith("\n")))
    return path


def need(tool):
    if os.environ.get("CI") != "true" and not shutil.which(tool):
        pytest.skip(f"{tool} is missing")


TOOLS = {"compiler": "gcc", "tidy": "clang-tidy", "cppcheck": "cppcheck"}


@pytest.mark.parametrize("part, text, says, why", C_ROWS, ids=[f"{r[0]}: {r[3]}" for r in C_ROWS])
def test_c(tmp_path, part, text, says, why):
    """Each row holds the fault that it is for, with the file and the line."""
    need(TOOLS[part])
    code, said = run(part, write(tmp_path, "planted.c", text))
    assert code == 1 and says in said and "planted.c:" in said, f"{why}: {said}"


@pytest.mark.parametrize("part", TOOLS)
def test_good_c(tmp_path, part):
    """Nothing is said of what has no fault."""
    need(TOOLS[part])
    assert run(part, write(tmp_path, "good.c", GOOD)) == (0, "")


@pytest.mark.parametrize("part, text", EXCEPTED, ids=[row[0] for row in EXCEPTED])
def test_exception(tmp_path, part, text):
    """The comment that excepts a place is heard."""
    need(TOOLS[part])
    assert run(part, write(tmp_path, "excepted.c", text)) == (0, "")


def test_shell(tmp_path):
    """A word that splits is found, a quoted one is not."""
    need("shellcheck")
    code, said = run("shell", write(tmp_path, "a.sh", '#!/bin/sh\nrm $1\n'))
    assert code == 1 and "SC2086" in said
    assert run("shell", write(tmp_path, "b.sh", '#!/bin/sh\nrm "$1"\n')) == (0, "")


@pytest.mark.parametrize("name, line, says, why", SECRETS, ids=[row[3] for row in SECRETS])
def test_secrets(tmp_path, name, line, says, why):
    """Found, with its line, and not shown."""
    code, said = run("secrets", write(tmp_path, name, "first line\n" + line))
    if says is None:
        assert code == 0
        return
    assert code == 1 and f"{name}:2: {says}" in said, f"{why}: {said}"
    assert "fish" not in said and CHANCE not in said


@pytest.mark.parametrize("name, line, why", NO_SECRETS, ids=[row[2] for row in NO_SECRETS])
def test_no_secrets(tmp_path, name, line, why):
    """What holds no value of its own."""
    assert run("secrets", write(tmp_path, name, line)) == (0, ""), why


def repository(folder):
    """A repository of its own with this check in it."""
    (folder / "tests/analysis").mkdir(parents=True)
    for name in ("secrets", "secrets.allowed"):
        shutil.copy(HERE / name, folder / "tests/analysis")
    git(folder, "init", "-q")
    commit(folder)
    return folder / "tests/analysis/secrets"


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments],
                   cwd=folder, check=True, timeout=60, stdout=subprocess.DEVNULL)


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a test")


def test_secrets_of_the_past(tmp_path):
    """Taken out again, it is in the history, and found there; allowed, it is not."""
    program = repository(tmp_path)
    assert run(program) == (0, "")
    write(tmp_path, "settings.py", 'PASSWORD = "swordfish' + '-17"')
    commit(tmp_path)
    code, said = run(program)
    assert code == 1 and "settings.py:1: " in said
    (tmp_path / "settings.py").unlink()
    commit(tmp_path)
    code, said = run(program)
    assert code == 1 and "commit " in said and ", settings.py: " in said
    fingerprint = said.split("(")[1].split(")")[0]
    with open(tmp_path / "tests/analysis/secrets.allowed", "a", encoding="utf-8") as allowed:
        allowed.write(f"settings.py {fingerprint} a test's\n")
    assert run(program) == (0, "")


def test_an_exception_needs_a_reason(tmp_path):
    """A line of secrets.allowed without one is refused."""
    program = repository(tmp_path)
    with open(tmp_path / "tests/analysis/secrets.allowed", "a", encoding="utf-8") as allowed:
        allowed.write("settings.py 0123456789ab\n")
    code, said = run(program)
    assert code == 1 and "a reason" in said


# --- the dependencies, by a repository of packages and an apt of the test's own -------------------

def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True,
                          check=True, timeout=60).stdout.strip()


def apt_with(folder, suite, version):
    """The name of an apt.conf whose only source has this version of libc6, in this suite."""
    place = folder / f"mirror/dists/{suite}/main/binary-{architecture()}"
    place.mkdir(parents=True)
    packages = (f"Package: libc6\nVersion: {version}\nArchitecture: {architecture()}\n"
                "Maintainer: test <test@localhost>\nDescription: a test\nSize: 1\n"
                f"Filename: pool/libc6_{version}.deb\nSHA256: {'0' * 64}\n\n")
    with gzip.open(place / "Packages.gz", "wt") as file:
        file.write(packages)
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True)
    write(folder, "sources.list", f"deb [trusted=yes] file:{folder}/mirror {suite} main")
    write(folder, "apt.conf", f"""Dir::State::Lists "{folder}/lists";
Dir::State::Status "/var/lib/dpkg/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "{folder}/parts";
APT::Sandbox::User "root";
Acquire::Languages "none";
""")
    return str(folder / "apt.conf")


def update(configuration):
    subprocess.run(["apt-get", "-q", "update"], check=True, timeout=120, capture_output=True,
                   env={**os.environ, "APT_CONFIG": configuration})


@pytest.mark.parametrize("suite, version, code, says, why", [
    ("bookworm-security", "99.0-1", 1, "99.0-1 is waiting", "a newer one, of security"),
    ("bookworm-security", "1.0-1", 0, "", "an older one"),
    ("bookworm-updates", "99.0-1", 1, "no security suite", "nobody could tell"),
], ids=["waiting", "nothing waits", "no security suite"])
def test_dependencies(tmp_path, suite, version, code, says, why):
    """A library of a program, here the C library of cat."""
    need("apt-get")
    configuration = apt_with(tmp_path, suite, version)
    update(configuration)
    got, said = run("dependencies", "/bin/cat", APT_CONFIG=configuration)
    assert got == code and says in said, f"{why}: {said}"
    if says.endswith("waiting"):
        assert "apt-get install --only-upgrade libc6" in said


def test_dependencies_without_lists(tmp_path):
    """What can't be told has not passed."""
    need("apt-get")
    code, said = run("dependencies", "/bin/cat",
                     APT_CONFIG=apt_with(tmp_path, "bookworm-security", "99.0-1"))
    assert code == 1 and "apt-get update" in said


def test_old_lists(tmp_path):
    """A note, and no more: they are better than none."""
    need("apt-get")
    configuration = apt_with(tmp_path, "bookworm-security", "1.0-1")
    update(configuration)
    for path in [*(tmp_path / "lists").iterdir(), tmp_path / "lists"]:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    code, said = run("dependencies", "/bin/cat", APT_CONFIG=configuration)
    assert code == 0 and "days old" in said


def test_a_program_of_no_package(tmp_path):
    """Nobody would bring it an update."""
    need("apt-get")
    configuration = apt_with(tmp_path, "bookworm-security", "1.0-1")
    update(configuration)
    program = shutil.copy("/bin/cat", tmp_path)
    code, said = run("dependencies", program, APT_CONFIG=configuration)
    assert code == 1 and "belongs to no package" in said


# --- the runner -----------------------------------------------------------------------------------

def test_every_part_is_listed():
    """What lies here and can be run is a part, with what it does, and no other."""
    programs = {path.name for path in HERE.iterdir() if path.is_file() and os.access(path, os.X_OK)}
    _, said = run("run", "--help")
    listed = {line.split()[0] for line in said.splitlines() if line.startswith("  ")}
    assert listed - {"tests/analysis/run"} == programs - {"run"}


def test_usage():
    """A part that isn't there."""
    assert run("run", "nothing")[0] == 2


def test_a_part_that_fails(tmp_path):
    """The runner says so, shows what was found, and fails."""
    shutil.copytree(HERE, tmp_path / "tests/analysis")
    write(tmp_path / "tests/analysis", "shell", "#!/bin/sh\necho a.sh:1: a fault\nexit 1\n")
    write(tmp_path / "tests/analysis", "secrets", "#!/bin/sh\n")
    code, said = run(tmp_path / "tests/analysis/run", "shell", "secrets", BULKHEAD_BUILD="build")
    assert code == 1 and "shell: FAILED" in said and "a.sh:1: a fault" in said
    assert "secrets: passed" in said and said.endswith("analysis: 1 passed, 1 failed\n")
