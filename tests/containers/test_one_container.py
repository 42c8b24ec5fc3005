"""All of Bulkhead in one container: as plainly as people run it, and with as little as it needs."""

import re
import subprocess
import time

import pytest

from engine import ENVIRONMENT, REPOSITORY, docker, inspect
from one_container import CAPABILITIES, STATE, OneContainer, locked
from program import wait_until

HEALTHY_WITHIN = 60  # seconds, of a busy machine; 12 of one that is not
ENDED_WITHIN = 10  # before docker stop kills

ROUTES = [
    ("/?name=Bob", 200, "Hello, Bob!\n"),
    ("/ping?ip=127.0.0.1", 200, "1 packets transmitted, 1 received"),
    ("/calculate?expr=2**100", 200, "1267650600228229401496703205376\n"),
    ("/calculate?expr=", 400, "Invalid expression"),
    ("/console/", 200, "<!doctype html>"),
    ("/openapi.json", 200, '"openapi"'),
    ("/healthz", 200, '"ready"'),
    ("/metrics", 200, "bulkhead_"),
    ("/audit", 401, "Unauthorized"),
    ("/nothing", 404, "Not found"),
]


@pytest.fixture(scope="module", params=["plain", "locked"])
def one(request):
    container = OneContainer(*(locked() if request.param == "locked" else []))
    with container as running:
        yield running


@pytest.mark.parametrize(("path", "status", "text"), ROUTES, ids=[row[0] for row in ROUTES])
def test_answers(one, path, status, text):
    """From the host through the published port, /healthz and /metrics too, as with Compose."""
    answer = one.get(path)
    assert answer.status == status
    assert text.lower() in answer.text.lower()


def test_records(one):
    """With the password that it has made in its volume."""
    one.get("/?name=Recorded")
    record = one.wait_for_record("q=Recorded")
    assert (record["route"], record["status"]) == ("hello", 200)


def test_password_is_its_own(one):
    """Said where, never shown; nobody else's to read."""
    assert one.shell(f"stat -c '%a %u' {STATE}/password") == "600 0\n"
    assert len(one.password) >= 20
    assert f"it is in {STATE}/password" in one.logs()
    assert one.password not in one.logs()


def test_status_is_healthy_with_every_layer(one):
    said = one.command("status")
    assert said.returncode == 0 and "without" not in said.stdout, said.stdout


def test_engine_finds_it_healthy(one):
    wait_until(lambda: one.state()["Health"]["Status"] == "healthy", "healthy", patience=120)


def test_logs_come_out(one):
    """To docker logs: nginx's, and the programs'."""
    request_id = one.get("/?name=Logged").header("x-request-id")
    wait_until(lambda: request_id in one.logs(), "the request in the logs")
    assert re.search(r"^hello: info: ready", one.logs(), re.M)


def test_nothing_is_left_unburied(one):
    """Its first process is the parent of whatever loses its own."""
    for _ in range(3):
        one.command("restart", "hello")
    wait_until(lambda: not [each for each in one.processes().values() if each[1] == "Z"],
               "no zombie")


def test_second_run_refuses(one):
    """It would end what the first one stays for."""
    second = one.command("run")
    assert second.returncode == 1
    assert second.stderr == f"bulkhead: run: another one stays here already: STATE_DIR={STATE}\n"
    assert one.is_well()


def test_reload_keeps_who_may_ask(one):
    """The gateway is among them by default, whoever gives the command."""
    assert one.command("reload").returncode == 0
    assert one.get("/healthz").status == 200


def test_writes_to_its_volume_alone(one):
    """Plainly started it could write elsewhere."""
    changed = docker("diff", one.name).stdout.split("\n")
    assert not [line for line in changed if line and not re.match(r"[AC] /(var|run|tmp)", line)]


def test_any_kill_is_repaired(one):
    """Of each process but the first, one after the other: it is well again by itself."""
    victims = {pid: name for pid, (name, _, _) in one.processes().items() if pid != 1}
    assert len(victims) > 30
    for pid, name in sorted(victims.items(), reverse=True):
        one.shell(f"kill -9 {pid} 2>/dev/null || true")
        wait_until(lambda: one.get("/?name=Bob").status == 200, f"an answer without {name}")
        wait_until(one.is_well, f"well again without {name}")
    one.get("/?name=Afterwards")
    one.wait_for_record("q=Afterwards")
    wait_until(lambda: "name=Afterwards" in one.logs(), "logs still come out")


# --- its life -------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [[], locked()], ids=["plain", "locked"])
def test_life(options):
    """Healthy soon; ends soon; what is recorded outlives a stop, and the container."""
    one = OneContainer(*options)
    try:
        begun = time.monotonic()
        one.start()
        wait_until(lambda: one.state()["Health"]["Status"] == "healthy", "healthy", patience=120)
        took = time.monotonic() - begun
        print(f"healthy after {took:.1f} s")
        assert took < HEALTHY_WITHIN
        one.get("/?name=First")
        one.wait_for_record("q=First")
        password = one.password
        check_end(one)
        docker("start", one.name)
        one.wait_until_up()
        one.get("/?name=Second")
        one.wait_for_record("q=Second")
        check_end(one)
        one.remove()
        one.start()
        one.wait_until_up()
        assert one.password == password
        assert one.wait_for_record("q=First") and one.wait_for_record("q=Second")
    finally:
        one.close()


def check_end(one):
    took, code = one.stop()
    print(f"ended after {took:.1f} s")
    assert took < ENDED_WITHIN and code == 0, one.logs()
    assert "bulkhead: down\n" in one.logs()


@pytest.mark.parametrize("after", [0, 0.3, 1, 2, 3, 4])
def test_end_while_it_starts(after):
    """Seconds after it can take a signal; the volume is as good as before."""
    one = OneContainer().start()
    try:
        wait_until(one.takes_signals, "a shell that has begun")
        time.sleep(after)
        took, code = one.stop()
        assert took < ENDED_WITHIN and code in (0, 143), one.logs()
        docker("start", one.name)
        one.wait_until_up()
    finally:
        one.close()


def test_killed_as_a_whole():
    """SIGKILL for all of it at once, as the engine does: it starts again, with its records."""
    with OneContainer() as one:
        one.get("/?name=First")
        one.wait_for_record("q=First")
        docker("kill", one.name)
        docker("start", one.name)
        one.wait_until_up()
        assert one.wait_for_record("q=First")


def test_the_script(tmp_path):
    """docker/run, as `make run` calls it: in the foreground, until a signal comes."""
    one = OneContainer()
    project = one.name
    one.name = f"{project}-all-in-one"
    settings = {"PORT": str(one.port), "COMPOSE_PROJECT_NAME": project,
                "BULKHEAD_TAG": one.image.partition(":")[2]}
    with (tmp_path / "output").open("w") as output, subprocess.Popen(
            [REPOSITORY / "docker/run"], env=ENVIRONMENT | settings, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            wait_until(lambda: docker("inspect", one.name, check=False).returncode == 0, "a start")
            one.wait_until_up()
            one.get("/?name=Recorded")
            one.wait_for_record("q=Recorded")
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
            one.remove()
            docker("volume", "rm", "-f", f"{project}-state", check=False)
    assert (tmp_path / "output").read_text().endswith("bulkhead: down\n")


# --- with less ------------------------------------------------------------------------------------

def works(capabilities):
    """Starts twice on one volume, records, and ends in time."""
    one = OneContainer(*locked(capabilities))
    try:
        for name in ("First", "Second"):
            one.start()
            wait_until(lambda: not one.state()["Running"] or one.is_well(), "an end", patience=60)
            if not one.state()["Running"]:
                return False
            one.get(f"/?name={name}")
            if not one.wait_for_record(f"q={name}") or one.stop(ENDED_WITHIN)[1] != 0:
                return False
            one.remove()
        return True
    except AssertionError:
        return False
    finally:
        one.close()


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_each_capability_is_needed(capability):
    """Else it should not be in the list. That all together do is asked above."""
    assert not works([each for each in CAPABILITIES if each != capability])


def test_as_a_user():
    """Whoever gives no root gets no users apart: it runs, and says what that costs."""
    storage = f"{STATE}:exec,uid=10001,gid=10001,mode=0700"
    with OneContainer("--user", "10001:10001", "--tmpfs", storage, *locked([]),
                      volume=False) as one:
        for path, status, _ in ROUTES:
            assert one.get(path).status == status, path
        one.get("/?name=Recorded")
        one.wait_for_record("q=Recorded")
        assert "started by bulkhead-hello, not by root: without a user of its own" in one.logs()
        assert "without own-user own-root" in one.command("status").stdout
        took, code = one.stop()
        assert took < ENDED_WITHIN and code == 0


def test_as_a_user_without_a_folder():
    """It can't write to root's, and says so."""
    one = OneContainer("--user", "10001:10001")
    try:
        one.start()
        wait_until(lambda: not one.state()["Running"], "its end")
        assert one.state()["ExitCode"] == 1
        assert one.logs() == (f"bulkhead: STATE_DIR={STATE}: belongs to another user: "
                              "use a folder of your own\n")
    finally:
        one.close()


def test_no_setting_is_taken_that_is_bad():
    one = OneContainer("-e", "RATE_LIMIT=many")
    try:
        one.start()
        wait_until(lambda: not one.state()["Running"], "its end")
        assert one.state()["ExitCode"] == 1
        assert "RATE_LIMIT=many: allowed is" in one.logs()
    finally:
        one.close()


def test_with_the_hosts_network_no_router_is_trusted():
    """Its gateway is somebody else; nor with none is there one."""
    for network in ("host", "none"):
        said = docker("run", "--rm", "--network", network, "--entrypoint", "/bin/sh", inspect(
            "image", OneContainer().image)[0]["Id"], "-c",
            "cd /usr/share/bulkhead/bulkhead.d; . ./state.sh; . ./settings.sh; "
            "echo \"$loopback\"").stdout
        assert said == "127.0.0.0/8 ::1\n", network
