"""docker-compose.database.yml: the trail in a PostgreSQL on the host, over TCP with TLS."""

import ipaddress

import pytest

from audit_lab import DATABASE, basic
from documented import RENEWAL, of
from engine import REPOSITORY, docker, inspect
from expected import EXPECTED, ROUTES
from load import BOB, Load
from overridden import Overridden
from program import wait_until
from seen import of_engine, wanted
from tls_lab import PASSWORDS, Server

OUTSIDE = ("audit", "audit-2", "trail", "tables")
STAY = sorted(set(EXPECTED) - {"db"})
FIRST_START = of([each for each in RENEWAL if each.endswith("first-start")], "docker/")
RESTARTS = [of([each for each in RENEWAL if each.endswith(end)], "restart")
            for end in (" trail", "audit", "audit-2")]
BACKUP = "docker/compose run --rm -T tables trail-backup >trail.dump"


def gateway():
    """The host's address in the engine's own network."""
    config = inspect("network", "bridge")[0]["IPAM"]["Config"][0]
    return config.get("Gateway") or str(next(ipaddress.ip_network(config["Subnet"]).hosts()))


@pytest.fixture(scope="module")
def server():
    """With a role that may make tables, and no trail."""
    made = Server(gateway(), f"IP:{gateway()}", "0.0.0.0/0")
    yield made
    made.remove()


def write_passwords(own, server, passwords):
    path = own.folder / "secrets/pgpass"
    path.write_text(server.passfile("pgpass", passwords).read_text())
    path.chmod(0o600)


@pytest.fixture(scope="module")
def own(server):
    """As docs/trail.md says: tables, then the roles' passwords."""
    made = Overridden(DATABASE_URL=server.url(gateway(), sslrootcert="/run/secrets/database_ca",
                                              passfile="/run/secrets/pgpass"))
    try:
        made.first_start()
        (made.folder / "secrets/database_ca").write_bytes((server.tls / "ca.pem").read_bytes())
        write_passwords(made, server, PASSWORDS)
        made.take("database")
        server.set_passwords()
        made.wait_until_healthy(*STAY)
        yield made
    finally:
        made.close()


def run(stack, command, **options):
    return stack.run("sh", "-c", command, COMPOSE_PROJECT_NAME=stack.project, **options)


def stored(server):
    return set(server.sql("SELECT replace(request_id::text, '-', '') FROM trail.records",
                          DATABASE).split())


def test_it_is_recorded_there(own, server):
    """And shown; what made the tables has ended well, and so has what had nothing to do."""
    answer = own.get("/?name=Far")
    wait_until(lambda: answer.header("x-request-id") in stored(server), "a record")
    shown = own.get("/audit?q=Far", {"Authorization": basic(password=own.password),
                                         "Accept": "application/json"})
    assert [each["input"] for each in shown.json()["records"]] == ["name=Far"]
    for state in (own.state("tables"), own.state("db")):
        assert (state["Status"], state["ExitCode"]) == ("exited", 0)
    assert server.sql("SELECT count(*) FROM trail.positions", DATABASE) != "0"


def test_who_has_a_network(own):
    """Those who ask the database, and who made its tables; nothing else is another one."""
    secrets = {"audit": ("pgpass_audit", "password"), "audit-2": ("pgpass_audit", "password"),
               "trail": ("pgpass_trail",)}
    for name, container in own.containers().items():
        networks = {each.removeprefix(f"{own.project}_")
                    for each in container["NetworkSettings"]["Networks"]}
        assert (networks == {"backend"}) == (name in OUTSIDE), name
        if name == "tables":
            continue
        found, without = of_engine(container, own.project), wanted(EXPECTED[name], own.port)
        changed = {key for key, value in found.items() if value != without[key]}
        assert changed == ({"mode", "networks", "mounts"} if name in OUTSIDE else
                           {"restart"} if name == "db" else set()), name
        mounts = set(found["mounts"].items()) - set(without["mounts"].items())
        assert {where for where, _ in mounts} == \
            ({"/run/secrets/database_ca", "/run/secrets/pgpass"} if name in secrets else set())
    assert inspect("network", f"{own.project}_backend")[0]["Options"] == {
        "com.docker.network.bridge.enable_icc": "false"}
    assert len(ROUTES) * 2 + 2 == len(STAY)


def test_what_makes_the_tables(own):
    """Is held as db was, with a network in place of the cluster."""
    tables = of_engine(own.containers()["tables"], own.project)
    db = wanted(EXPECTED["db"], own.port)
    assert {key for key, value in tables.items() if value != db[key]} <= {
        "memory", "memory and swap", "pids", "cpus", "mode", "networks", "mounts", "restart",
        "grace", "check"}
    assert {path: how for path, (_, how) in tables["mounts"].items()} == {
        "/run/secrets/database_ca": "ro", "/run/secrets/pgpass": "ro",
        "/var/lib/bulkhead/database/cluster": "rw"}, "the last is the image's, and empty"


def test_each_sees_its_own_password(own):
    """In its file, and nowhere else; and none is in what the engine shows."""
    for name, role in (("audit", "audit"), ("audit-2", "audit"), ("trail", "trail")):
        text = (own.root(name) / "run/secrets/pgpass").read_text()
        assert {line.split(":")[3] for line in text.splitlines()} == {f"bulkhead_{role}"}
        assert not list((own.root(name) / "run/secrets").glob("pgpass_*"))
    for container in own.containers().values():
        assert not any(password in str(container) for password in PASSWORDS.values())
    for name in set(STAY) - set(OUTSIDE):
        assert not list(own.root(name).glob("run/secrets/*"))


def test_new_passwords(own, server):
    """Under load: no request fails, each is recorded."""
    new = {role: password if role == "operator" else f"{password} new"
           for role, password in PASSWORDS.items()}
    with Load(own, 4, lambda client, count: BOB, rate=20) as load:
        server.sql("".join(f"ALTER ROLE {role} PASSWORD '{password}';"
                           for role, password in new.items()))
        write_passwords(own, server, new)
        for command in (FIRST_START, *RESTARTS):
            run(own, command)
            load.wait_for_more(30)
        own.wait_until_healthy(*STAY)
    assert load.failed == []
    server.restart()  # nobody lives on a connection from before
    wait_until(lambda: set(load.request_ids) <= stored(server), "each record", patience=90)
    own.wait_until_healthy(*STAY)
    shown = own.get("/audit?limit=1", {"Authorization": basic(password=own.password)})
    assert shown.status == 200


def test_another_authority(own, server):
    """Whoever is on the way gets nothing; the records wait, and come once it is right again."""
    file = own.folder / "secrets/database_ca"
    good = file.read_bytes()
    try:
        file.write_bytes((server.tls / "other.pem").read_bytes())
        docker("restart", own.id("trail"))
        answer = own.get("/?name=Waits")
        wait_until(lambda: "certificate verify failed" in own.logs("trail"), "a refusal")
        assert answer.status == 200
        assert answer.header("x-request-id") not in stored(server)
    finally:
        file.write_bytes(good)
        docker("restart", own.id("trail"))
    wait_until(lambda: answer.header("x-request-id") in stored(server), "the record")


def test_back_up_and_put_back(own, server):
    """db has ended, so it is run for that."""
    assert f"`{BACKUP}`" in (REPOSITORY / "docs/operations.md").read_text()
    run(own, BACKUP)
    answer = own.get("/?name=Later")
    wait_until(lambda: answer.header("x-request-id") in stored(server), "a record")
    before = stored(server)
    said = run(own, BACKUP.replace("trail-backup >", "trail-restore - <"))
    assert "restored " in said.stdout
    wait_until(lambda: before <= stored(server), "each record", patience=60)
