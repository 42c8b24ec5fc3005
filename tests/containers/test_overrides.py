"""The files beside docker-compose.yml for TLS, each as .env would name it."""

import http.client
import ssl

import pytest

from audit_lab import basic
from documented import RENEWAL, of
from engine import docker, inspect
from expected import EXPECTED
from load import Load
from overridden import Overridden
from seen import of_engine, wanted
from stack import ask

FIRST_START = of([each for each in RENEWAL if each.endswith("first-start")], "docker/")
RELOAD = of(RENEWAL, "reload edge")
TLS_MOUNT = {"/run/secrets/tls": ("secrets/tls", "ro")}


@pytest.fixture(scope="module")
def own():
    made = Overridden()
    yield made
    made.close()


def confinement(stack):
    """Of nginx's container, beside what it would be without the files."""
    found = of_engine(stack.containers()["edge"], stack.project)
    return {name: value for name, value in found.items()
            if value != wanted(EXPECTED["edge"], stack.port)[name]}


def run(stack, command, **options):
    return stack.run("sh", "-c", command, COMPOSE_PROJECT_NAME=stack.project, **options)


def test_tls(own):
    own.take_tls()
    answer = own.get_tls("/?name=Bob")
    assert (answer.status, answer.text) == (200, "Hello, Bob!\n")
    assert "max-age" in answer.header("strict-transport-security")
    plain = own.get("/?name=Bob")
    assert plain.status == 308
    assert plain.header("location") == f"https://127.0.0.1:{own.port}/?name=Bob"
    assert confinement(own) == {"mounts": EXPECTED["edge"].mounts | TLS_MOUNT}
    for path in (own.given / "server.key").read_text(), own.password:
        assert path not in str(inspect("container", own.id("edge")))


def test_a_renewed_certificate(own):
    """Under load: nobody is refused, and who comes after the commands gets the new one."""
    own.take_tls()
    container, before = own.id("edge"), own.state("edge")["StartedAt"]
    with Load(own, 6, connect=lambda _: own.connect_tls(), rate=20,
              keeps=lambda client: client % 2 == 0) as load:
        for _ in range(3):
            old = own.served()
            own.renew()
            run(own, FIRST_START)
            assert own.served() == old, "nginx has a copy"
            run(own, RELOAD)
            assert own.served() == (own.given / "server.pem").read_text() != old
            load.wait_for_more(30)
    assert load.failed == []
    assert (own.id("edge"), own.state("edge")["StartedAt"]) == (container, before)
    own.wait_until_shipped()
    assert set(load.request_ids) <= set(own.stored())


def test_a_certificate_that_does_not_fit(own):
    """Says why, and changes nothing; also when the container is started while it is so."""
    own.take_tls()
    old, key = own.served(), own.given / "server.key"
    good = key.read_bytes()
    try:
        key.write_bytes((own.given / "client.key").read_bytes())
        run(own, FIRST_START)
        done = run(own, RELOAD, check=False)
        assert done.returncode == 1
        assert "is not the key of the first certificate" in done.stdout + done.stderr
        assert own.served() == old and own.get_tls("/").status == 200
    finally:
        key.write_bytes(good)
        run(own, FIRST_START)
    run(own, RELOAD)
    assert own.get_tls("/").status == 200


def test_redirect(own):
    own.take_tls("redirect", REDIRECT_PORT=str(own.redirect_port))
    connection = http.client.HTTPConnection("127.0.0.1", own.redirect_port, timeout=30)
    answer = ask(connection, "/ping?ip=::1")
    connection.close()
    assert answer.status == 308
    assert answer.header("location") == f"https://127.0.0.1:{own.port}/ping?ip=::1"
    assert own.get_tls("/").status == 200
    there = confinement(own)
    assert sorted(there) == ["mounts", "ports"] and len(there["ports"]) == 2
    assert {each["HostIp"] for ports in there["ports"].values() for each in ports} == {"127.0.0.1"}


def test_the_usual_ports(own):
    """They are the system's, in a network of the container's own, and nginx has no right more."""
    own.take("tls", "redirect", services=["edge"], TLS_CERT=str(own.given / "server.pem"),
             TLS_KEY=str(own.given / "server.key"), PORT="443", BIND="127.84.43.1")
    own.wait_until_healthy("edge")
    connection = http.client.HTTPConnection("127.84.43.1", 80, timeout=30)
    answer = ask(connection, "/", {"Host": "localhost"})
    connection.close()
    assert (answer.status, answer.header("location")) == (308, "https://localhost/")


def test_client_ca(own):
    """/audit is for who has a certificate and the password; all else is as open as before."""
    own.take_tls("client-ca", TLS_CLIENT_CA=str(own.authority))
    password = basic(password=own.password)
    assert own.get_tls("/audit", Authorization=password).status == 403
    assert own.get_tls("/audit", "stranger", Authorization=password).status == 403
    assert own.get_tls("/audit", "client").status == 401
    assert own.get_tls("/audit", "client", Authorization=password).status == 200
    assert own.get_tls("/").status == 200
    assert confinement(own) == {"mounts": EXPECTED["edge"].mounts | TLS_MOUNT}


def test_another_client_ca(own):
    """Renewed like the certificate."""
    authority = own.given / "clients.pem"
    authority.write_bytes((own.given / "other.pem").read_bytes())
    own.take_tls("client-ca", TLS_CLIENT_CA=str(authority))
    run(own, RELOAD)
    password = basic(password=own.password)
    assert own.get_tls("/audit", "client", Authorization=password).status == 403
    authority.write_bytes(own.authority.read_bytes())
    run(own, FIRST_START)
    run(own, RELOAD)
    assert own.get_tls("/audit", "client", Authorization=password).status == 200
    assert own.get_tls("/audit", "stranger", Authorization=password).status == 403


def test_self_signed(own):
    """A setting, without a file; a browser that is told to trust it does."""
    own.take(TLS="self-signed")
    own.wait_until_healthy()
    own.trusted = own.folder / "self-signed.pem"
    own.trusted.write_text(docker("exec", own.id("edge"), "cat",
                                  "/var/lib/bulkhead/tls/certificate.pem").stdout)
    assert own.get_tls("/?name=Bob").text == "Hello, Bob!\n"
    own.trusted = own.authority
    with pytest.raises(ssl.SSLError):
        own.get_tls("/")
    assert confinement(own) == {}


def test_reload_edge_elsewhere(own):
    """Where no nginx runs it says so."""
    own.take(services=["edge"])
    done = docker("run", "--rm", "--network", "none", "--tmpfs", "/var/lib/bulkhead",
                  "--entrypoint", "/usr/sbin/bulkhead", f"bulkhead/edge:{own.tag}", "reload",
                  "edge", check=False)
    assert done.returncode == 1 and "no nginx runs here" in done.stderr
