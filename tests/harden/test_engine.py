"""`harden image` and `harden host`, with an engine that the test is: what they ask and say."""

import io
import json
import os
import subprocess
import tarfile

import pytest

from harden import CLEAN, FINDINGS, REPOSITORY, TROUBLE, audit, harden
from socket_engine import Engine

SECRET = "sword" + "fish17"
CONFIG = {"User": "10001", "Healthcheck": {"Test": ["CMD", "/x"]}, "Env": ["PATH=/bin"]}
RELEASE = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'
STATUS = ("Package: libx\nStatus: install ok installed\nArchitecture: amd64\n"
          "Version: 1.0-1\n\n")
LIST = "Package: libx\nArchitecture: amd64\nVersion: 1.0-1+deb13u1\n\n"
LIST_NAME = "deb.example_debian-security_dists_trixie-security_main_binary-amd64_Packages"


def tar(*members):
    """(name, contents, mode) each."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data, mode in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data.encode() if isinstance(data, str) else data))
    return out.getvalue()


def saved(*layers):
    """What /images/NAME/get sends."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    return tar(*((name, layer, 0o644) for name, layer in zip(names, layers)),
               ("manifest.json", json.dumps([{"Layers": names}]), 0o644))


@pytest.fixture(name="engine")
def an_engine(tmp_path):
    """With a good image, web:1, and nothing that runs."""
    made = Engine(tmp_path, {
        "/images/web:1/json": {"Id": "sha256:1", "Config": CONFIG},
        "/images/web:1/history": [{"CreatedBy": "COPY x /x"}],
        "/images/web:1/get": saved(tar(("etc/passwd", "root:x:0:0::/:/x\n", 0o644))),
        "/info": {"DockerRootDir": "/nowhere", "SecurityOptions": ["name=seccomp", "name=userns"]},
        "/version": {"Version": "29.1.0"}, "/containers/json": [],
    })
    yield made
    made.close()


def image(engine, *arguments, **settings):
    return harden("image", *arguments, "web:1", DOCKER_HOST=engine.host, **settings)


# --- image ----------------------------------------------------------------------------------------

def test_a_good_image(engine):
    done = image(engine)
    assert (done.returncode, done.stdout, done.stderr) == (CLEAN, "0 findings in 1 images\n", "")
    assert engine.asked == ["/images/web:1/json", "/images/web:1/history", "/images/web:1/get"]


def test_files_are_not_asked_for_in_vain(engine):
    assert image(engine, "--only", "I1,I2,I3").returncode == CLEAN
    assert "/images/web:1/get" not in engine.asked


@pytest.mark.parametrize("format_name", ["text", "json", "sarif"])
def test_no_secret_is_shown(engine, format_name):
    engine.answers["/images/web:1/json"] = {
        "Config": {**CONFIG, "Env": [f"API_TOKEN={SECRET}"], "User": ""}}
    engine.answers["/images/web:1/history"] = [{"CreatedBy": f"|1 A_PASSWORD={SECRET} /bin/sh"}]
    done = image(engine, "--format", format_name)
    assert done.returncode == FINDINGS and SECRET not in done.stdout + done.stderr
    assert "API_TOKEN" in done.stdout and "A_PASSWORD" in done.stdout


def test_packages(engine, tmp_path):
    """Compared with lists of the image's release; without one that is said and counted."""
    engine.answers["/images/web:1/get"] = saved(tar(("usr/lib/os-release", RELEASE, 0o644),
                                                    ("var/lib/dpkg/status", STATUS, 0o644)))
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / LIST_NAME.replace("trixie", "bookworm")).write_text(LIST)
    done = image(engine, "--lists", lists)
    assert done.returncode == CLEAN and done.stdout.endswith(", 1 things not checked\n")
    assert "not checked: updates of packages: " in done.stderr and "trixie-security" in done.stderr
    (lists / LIST_NAME).write_text(LIST.replace("libx", "other") + LIST)
    for path in (lists, lists / LIST_NAME):
        done = image(engine, "--lists", path)
        assert done.returncode == FINDINGS and not done.stderr
        assert "image/web:1: high I6: libx 1.0-1: a security update is out, 1.0-1+deb13u1\n" \
            in done.stdout


def test_end_of_the_release(engine):
    engine.answers["/images/web:1/get"] = saved(tar(("etc/os-release", "ID=alpine\n"
                                                     "VERSION_ID=3.9.6\n", 0o644)))
    done = image(engine)
    assert "alpine 3.9.6, which it is made of, gets no more fixes since 2020-11-01" in done.stdout
    assert "those of alpine are not known here" in done.stderr


def test_baseline(engine, tmp_path):
    engine.answers["/images/web:1/json"] = {"Config": {}}
    known = tmp_path / "known.json"
    assert image(engine, "--save-baseline", known).returncode == FINDINGS
    assert image(engine, "--baseline", known).returncode == CLEAN


@pytest.mark.parametrize("path, answer, says", [
    ("/images/web:1/json", None, "the engine says: No such image"),
    ("/images/web:1/json", b"<html>", "image/web:1: 1:1: "),
    ("/images/web:1/get", b"x" * 2000, "its files can't be read: a header's sum is wrong"),
    ("/images/web:1/get", saved(b"no layer"), "its files can't be read: 0/layer.tar: it ends too"),
    ("/images/web:1/get", tar(), "manifest.json: it does not say"),
    ("/images/web:1/history", b" " * (9 << 20), "the answer has more than 8388608 bytes"),
], ids=["no image", "no JSON", "no archive", "no layer", "nothing", "too long"])
def test_answers_that_are_none(engine, path, answer, says):
    engine.answers[path] = answer
    done = image(engine)
    assert done.returncode == TROUBLE and says in done.stderr
    assert "1 images could not be read" in done.stdout


def test_without_an_engine(tmp_path):
    for host, says in ((f"unix://{tmp_path}/none", "none: No such file"),
                       ("tcp://127.0.0.1:1", "only unix://PATH is asked")):
        done = harden("image", "web:1", DOCKER_HOST=host)
        assert done.returncode == TROUBLE and says in done.stderr
    (tmp_path / "file").touch()
    done = harden("image", "web:1", DOCKER_HOST=f"unix://{tmp_path}/file")
    assert "no engine answers on " in done.stderr


@pytest.mark.parametrize("name", ["../../info", "/x", "a b", "a?b", "", "x" * 600])
def test_names_that_are_none(engine, name):
    done = harden("image", "--", name, DOCKER_HOST=engine.host)
    assert done.returncode == TROUBLE and "that is no name of an image" in done.stderr
    assert not engine.asked


# --- host -----------------------------------------------------------------------------------------

GOOD = ('{"icc": false, "userland-proxy": false, "no-new-privileges": true, "live-restore": true,'
        ' "log-driver": "local"}')


@pytest.fixture(name="root")
def a_root(tmp_path):
    root = tmp_path / "root"
    for path, text in {"etc/docker/daemon.json": GOOD, "etc/audit/rules.d/d.rules":
                       "-w /etc/docker -p wa\n", "etc/group": "docker:x:998:\n",
                       "etc/passwd": "root:x:0:0::/:/x\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "etc/docker").chmod(0o755)
    (root / "etc/docker/daemon.json").chmod(0o644)
    return root


def host(engine, root, *skip):
    """Its findings; whose files the test makes depends on who runs it."""
    done = harden("host", "--format", "json", "--root", root, "--skip", ",".join(("D13", *skip)),
                  DOCKER_HOST=engine.host)
    assert done.returncode in (CLEAN, FINDINGS), done.stderr
    return [(row["file"].replace(str(root), ""), row["id"], row["message"])
            for row in json.loads(done.stdout)["findings"]]


def test_a_good_host(engine, root):
    assert not host(engine, root)
    assert engine.asked == ["/info", "/version", "/containers/json"]


def test_settings_from_everywhere(engine, root):
    """The file's, the command line's, and the engine's own word."""
    (root / "proc/17").mkdir(parents=True)
    (root / "proc/17/comm").write_text("dockerd\n")
    (root / "proc/17/cmdline").write_bytes(b"/usr/sbin/dockerd\0-H\0tcp://0.0.0.0:2375\0--debug\0")
    engine.answers["/info"] = {"SecurityOptions": [], "RegistryConfig": {
        "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8"]}}
    assert {check for _, check, _ in host(engine, root)} == {"D2", "D7", "D8", "D10", "D11"}


def test_users_and_rules(engine, root):
    (root / "etc/group").write_text("docker:x:998:alice,bob\n")
    (root / "etc/passwd").write_text("ci:x:5:998::/:/x\nother:x:6:6::/:/x\n")
    (root / "etc/audit/rules.d/d.rules").write_text("# -w /etc/docker\n-w /etc/dock\n")
    found = host(engine, root)
    assert [message.split()[0] for _, check, message in found if check == "H1"] == [
        "alice", "bob", "ci"]
    assert ("host", "H2", "no audit rule has /etc/docker, /etc/docker/daemon.json") in found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_commands_that_mend_files(engine, root):
    """Typed as they are said, they take all findings away, and no right that nobody has."""
    wrong = {"etc/docker/daemon.json": (1000, 1000, 0o666), "etc/docker": (0, 1000, 0o775),
             "etc/docker/certs.d/it's a/ca.crt": (0, 5, 0o460), "run/docker.sock": (7, 7, 0o677),
             "etc/docker/key.pem": (0, 0, 0o044)}
    for path, (user, group, mode) in wrong.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path != "etc/docker":
            (root / path).write_text(GOOD[:-1] + ', "tlskey": "/etc/docker/key.pem"}')
        os.chown(root / path, user, group)
        (root / path).chmod(mode)
    found = files_of_others(engine, root)
    assert len(found) == len(wrong)
    for message in found:
        command = message.rsplit(": ", 1)[1].replace("root:docker", "root:998")
        command = command.replace(" /", f" {root}/").replace(" '/", f" '{root}/")
        subprocess.run(["sh", "-c", command], check=True)
    assert not files_of_others(engine, root)
    kept = {path: (root / path).stat() for path in wrong}
    assert {path: (one.st_gid, one.st_mode & 0o777) for path, one in kept.items()} == {
        "etc/docker/daemon.json": (0, 0o644), "etc/docker": (0, 0o755),
        "etc/docker/certs.d/it's a/ca.crt": (0, 0o440), "run/docker.sock": (998, 0o660),
        "etc/docker/key.pem": (0, 0o400)}


def files_of_others(engine, root):
    done = harden("host", "--format", "json", "--root", root, "--only", "D13",
                  DOCKER_HOST=engine.host)
    return [row["message"] for row in json.loads(done.stdout)["findings"]]


def test_containers(engine, root):
    container = {"Name": "/web", "Config": {"User": "5", "Healthcheck": {"Test": ["CMD", "x"]}},
                 "HostConfig": {"Privileged": True, "ReadonlyRootfs": True, "Memory": 1,
                                "PidsLimit": 1, "NanoCpus": 1, "CapDrop": ["ALL"]}}
    engine.answers.update({
        "/containers/json": [{"Id": "abc"}, {"Id": "../x"}], "/containers/abc/json": container,
        "/containers/abc/top": {"Processes": [["root", "1", "/usr/sbin/sshd -D"]]}})
    assert host(engine, root) == [
        ("container/web", "R1", "C1: it is privileged: root on the host"),
        ("container/web", "R2", "sshd runs in it")]
    assert not any("x" in path for path in engine.asked)


def test_fixtures_name_the_compose_check():
    """R1's bad-cNN-... has that one fault and no other."""
    paths = sorted((REPOSITORY / "tests/harden/fixtures/R1").glob("bad-c*"))
    found = {path.name: set() for path in paths}
    for row in audit("--type", "container", *paths):
        found[row["file"].rsplit("/", 1)[1]].add(row["message"].split(":")[0])
    assert len(paths) > 30
    for name, said in found.items():
        assert said == {f"C{int(name[5:7])}"}, name


def test_severity_is_that_of_the_compose_check(engine, root):
    test_containers(engine, root)
    done = harden("host", "--root", root, "--only", "R1", "--severity", "critical",
                  DOCKER_HOST=engine.host)
    assert "container/web: critical R1: C1: " in done.stdout


def test_a_named_engine_that_is_not_there(root, tmp_path):
    """Trouble, and the files are looked at all the same."""
    (root / "etc/docker/daemon.json").write_text("{,}")
    done = harden("host", "--root", root, DOCKER_HOST=f"unix://{tmp_path}/none")
    assert done.returncode == TROUBLE and "engine and containers: no engine: " in done.stderr
    assert "daemon.json:1:2: high D12: " in done.stdout


@pytest.mark.parametrize("arguments, says", [
    (["host", "x"], "host takes no names"), (["host", "--root", "/none"], "no such folder"),
    (["image"], "which one?"), (["image", "--root", "/", "x"], "no option of this command"),
])
def test_usage(arguments, says):
    done = harden(*arguments)
    assert done.returncode == TROUBLE and says in done.stderr and not done.stdout
