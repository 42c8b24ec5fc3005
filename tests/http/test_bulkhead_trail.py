"""The trail of a whole deployment: nginx, programs, shipper, PostgreSQL, /audit."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.parse

import pytest

from audit_lab import COLUMNS
from program import wait_until
from stack import LIMITS_OFF, PASSWORD, REPOSITORY, ROUTES, Stack

ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def stack():
    with Stack(DATABASE_URL="", **LIMITS_OFF) as made:
        yield made


def ask(stack, target, method="GET", accept="application/json", password=PASSWORD):
    """(status, the answer's request id, its body), as the user admin."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    given = base64.b64encode(f"admin:{password}".encode()).decode()
    connection.request(method, target, headers={"Authorization": f"Basic {given}",
                                                "Accept": accept})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("X-Request-Id"), body


def records(stack, **filters):
    status, _, body = ask(stack, "/audit?" + urllib.parse.urlencode(filters))
    assert status == 200, body
    return json.loads(body)["records"]


def record_of(stack, request_id):
    """The one of a request, once it is shipped."""
    found = []

    def is_there():
        found[:] = [record for record in records(stack, limit=1000)
                    if record["request_id"] == request_id]
        return found
    wait_until(is_there, f"a record of {request_id}")
    assert len(found) == 1
    return found[0]


def sql(stack, *statements, role="postgres", check=True):
    """As the role's own user, in the group that may come as far as the socket."""
    user = {"postgres": "bulkhead-database"}.get(role, role.replace("_", "-"))
    change = ["setpriv", f"--reuid={user}", f"--regid={user}",
              "--groups=bulkhead-database"] if ROOT else []
    words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", stack.state / "database/socket",
             "-U", role, "-d", "bulkhead",
             *(word for statement in statements for word in ("-c", statement))]
    return subprocess.run([*change, *words], capture_output=True, text=True, timeout=60,
                          check=check, cwd="/")


@pytest.mark.parametrize(("target", "wanted"), [
    ("/?name=Ada", {"route": "hello", "verdict": "allowed", "status": 200, "reason": None,
                    "input": "name=Ada"}),
    ("/?name=%21", {"route": "hello", "verdict": "rejected", "status": 400,
                    "reason": "Invalid name", "input": "name=%21"}),
    ("/calculate?expr=6*7", {"route": "calculate", "verdict": "allowed", "input": "expr=6*7"}),
    ("/ping?ip=169.254.169.254", {"route": "ping", "verdict": "rejected", "status": 403,
                                  "reason": "Address not allowed"}),
    ("/audit?verdict=x", {"route": "audit", "verdict": "rejected", "status": 400,
                          "reason": "Invalid filter", "input": "verdict=x"}),
    ("/nowhere?q=1", {"route": "edge", "verdict": "rejected", "status": 404,
                      "reason": "Not found", "input": "q=1"}),
    ("/" + "?name=" + "x" * 17000, {"route": "edge", "status": 414, "reason": "URI too long"}),
])
def test_each_request_has_its_record(stack, target, wanted):
    status, request_id, _ = ask(stack, target)
    found = record_of(stack, request_id)
    assert set(found) == set(COLUMNS)
    assert wanted.items() <= found.items()
    assert found["status"] == status and found["method"] == "GET"
    assert found["client"] == "127.0.0.1" and found["microseconds"] >= 0
    assert abs(time.time() - moment_of(found)) < 600


def moment_of(found):
    """Of its id; that its time is the same is the shipper's to see."""
    return int(found["id"].replace("-", "")[:12], 16) / 1000


@pytest.mark.parametrize(("method", "target", "status", "route"), [
    ("POST", "/ping?ip=x", 405, "ping"), ("DELETE", "/", 405, "hello"), ("PUT", "/x", 404, "edge"),
])
def test_what_the_edge_refuses(stack, method, target, status, route):
    got, request_id, _ = ask(stack, target, method)
    assert got == status
    found = record_of(stack, request_id)
    assert (found["status"], found["method"], found["route"]) == (status, method, route)


def test_what_is_too_much(stack):
    """A body that is too large; and, where there are limits, a request too many."""
    body = "x" * 20000
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    connection.request("GET", "/?name=Ada", body=body)
    answer = connection.getresponse()
    assert answer.status == 413
    found = record_of(stack, answer.getheader("X-Request-Id"))
    assert (found["status"], found["input"]) == (413, "name=Ada")
    with Stack(DATABASE_URL="", RATE_LIMIT="1", RATE_BURST="1") as own:
        answers = [ask(own, "/?name=Ada")[:2] for _ in range(6)]
        refused = {request_id for status, request_id in answers if status == 429}
        assert len(refused) >= 3
        wait_until(lambda: refused <= {found["request_id"] for found in records_429(own)},
                   "all that were refused", patience=20)


def records_429(stack):
    rows = sql(stack, "SELECT json_build_object('request_id', replace(request_id::text, '-', ''), "
               "'route', route, 'reason', reason) FROM trail.records WHERE status = 429").stdout
    found = [json.loads(row) for row in rows.splitlines()]
    assert all((row["route"], row["reason"]) == ("hello", "Too many requests") for row in found)
    return found


def test_input_that_is_no_text(stack):
    """Raw bytes, control characters and quotes, as far as nginx passes them on; by both ways."""
    for path, route in ("/?name=", "hello"), ("/nowhere?", "edge"):
        raw = b"\xff\xfe\"\\\xe2\x80\xae\xf0\x9f\x98\x80\xc2\x85"
        with socket.create_connection(("127.0.0.1", stack.port), 30) as connection:
            connection.sendall(b"GET " + path.encode() + raw +
                               b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda c=connection: c.recv(4096), b""))
        request_id = answer.lower().split(b"x-request-id: ")[1][:32].decode()
        found = record_of(stack, request_id)
        assert found["route"] == route
        assert found["input"].endswith('%FF%FE"\\\u202e😀%C2%85')


def test_a_long_input_is_cut(stack):
    """At 256 bytes, and never in the middle of a character."""
    for path in ("/?name=", "/nowhere?name="):
        _, request_id, _ = ask(stack, path + "x" * 600)
        assert record_of(stack, request_id)["input"] == "name=" + "x" * 251


def test_wrong_passwords_are_recorded_without_them(stack):
    _, request_id, _ = ask(stack, "/audit?q=1", password="wrong-secret-of-mine")
    found = record_of(stack, request_id)
    assert (found["route"], found["status"], found["verdict"]) == ("audit", 401, "rejected")
    for path in stack.state.rglob("*"):
        if path.is_file() and "cluster" not in path.parts:
            content = path.read_bytes()
            assert b"wrong-secret-of-mine" not in content, path
            assert base64.b64encode(b"admin:wrong-secret-of-mine") not in content, path
    secrets = [path for path in stack.state.rglob("*")
               if path.is_file() and "cluster" not in path.parts
               and PASSWORD.encode() in path.read_bytes()]
    assert secrets == [stack.state / "settings"], "for who starts a process again"
    assert stat.S_IMODE(secrets[0].stat().st_mode) == 0o600


# --- who may do what ------------------------------------------------------------------------------

FORBIDDEN = {
    "bulkhead_trail": [
        "SELECT * FROM trail.records", "UPDATE trail.records SET status = 1",
        "DELETE FROM trail.records", "TRUNCATE trail.records", "DROP TABLE trail.records",
        "SELECT trail.drop_month('2020-01-01')", "INSERT INTO trail.activity VALUES (now(), 'x', "
        "'allowed', 1)", "UPDATE trail.positions SET reached = 0", "DELETE FROM trail.positions",
        "SELECT trail.make_month(now())", "CREATE TABLE trail.x (y int)",
        "CREATE TABLE public.x (y int)", "ALTER TABLE trail.records DISABLE TRIGGER ALL",
        "SET ROLE bulkhead_owner", "SET ROLE postgres", "COPY trail.records TO '/tmp/x'",
        "COPY trail.records FROM PROGRAM 'id'", "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM bulkhead.migrations", "ALTER ROLE bulkhead_trail SUPERUSER",
        "INSERT INTO trail.records SELECT * FROM trail.records RETURNING id",
    ],
    "bulkhead_audit": [
        "INSERT INTO trail.records VALUES (gen_random_uuid(), now(), 'x', NULL, NULL, 'allowed', "
        "200, NULL, NULL, 1, gen_random_uuid())", "UPDATE trail.records SET status = 1",
        "DELETE FROM trail.records", "TRUNCATE trail.records", "DROP TABLE trail.records",
        "SELECT trail.drop_month('2020-01-01')",
        "SELECT trail.reach(gen_random_uuid(), 'x', 'y', 1)",
        "SELECT trail.forget(gen_random_uuid(), 'x', 'y')", "SELECT trail.make_months_ahead()",
        "SELECT * FROM trail.positions", "CREATE TEMPORARY TABLE x (y int)",
        "CREATE TABLE public.x (y int)", "SET ROLE bulkhead_trail", "SET ROLE bulkhead_owner",
        "COPY (SELECT 1) TO PROGRAM 'id'", "SELECT pg_ls_dir('/')",
    ],
}


@pytest.mark.parametrize(("role", "statement"), [
    (role, statement) for role, statements in FORBIDDEN.items() for statement in statements])
def test_a_role_may_not(stack, role, statement):
    """Also with the setting taken back that keeps a reader from writing."""
    done = sql(stack, "SET default_transaction_read_only = off", statement, role=role, check=False)
    assert done.returncode != 0
    assert any(word in done.stderr for word in ("permission denied", "must be")), done.stderr


@pytest.mark.parametrize("statement", [
    "UPDATE trail.records SET status = 1", "DELETE FROM trail.records",
    "TRUNCATE trail.records", "UPDATE trail.records_of_other_times SET status = 1",
    "TRUNCATE trail.records_of_other_times",
    "TRUNCATE trail.records_" + time.strftime("%Y_%m", time.gmtime()),
    "DELETE FROM trail.records_" + time.strftime("%Y_%m", time.gmtime()),
])
def test_nobody_changes_the_trail(stack, statement):
    """Not the superuser either, who would have to take the triggers away first."""
    _, request_id, _ = ask(stack, "/")
    record_of(stack, request_id)
    sql(stack, "INSERT INTO trail.records VALUES ('00000000-0000-7000-8000-000000000000', "
        "to_timestamp(0), 'hello', NULL, NULL, 'allowed', 200, NULL, NULL, 1, "
        "gen_random_uuid()) ON CONFLICT DO NOTHING")
    done = sql(stack, statement, check=False)
    assert done.returncode != 0 and "the trail is only added to" in done.stderr


@pytest.mark.skipif(not ROOT, reason="one user has every role then")
@pytest.mark.parametrize(("user", "role"), [
    ("nobody", "bulkhead_audit"), ("bulkhead-hello", "bulkhead_trail"), ("nobody", "postgres"),
    ("bulkhead-audit", "bulkhead_trail"), ("bulkhead-audit", "postgres"),
    ("bulkhead-trail", "bulkhead_audit"), ("bulkhead-edge", "bulkhead_audit"),
])
def test_a_user_is_only_its_own_role(stack, user, role):
    """Most do not even come as far as the socket."""
    done = subprocess.run(
        ["setpriv", f"--reuid={user}", "--clear-groups", "psql", "-XAtq", "-h",
         str(stack.state / "database/socket"), "-U", role, "-d", "bulkhead", "-c", "SELECT 1"],
        capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.returncode != 0 and "1" not in done.stdout.split()


def test_it_listens_nowhere_else(stack):
    """No TCP: the socket is all there is."""
    assert sql(stack, "SHOW listen_addresses").stdout == "\n"
    assert sql(stack, "SELECT count(*) FROM pg_hba_file_rules WHERE type <> 'local' OR "
               "auth_method <> 'peer'").stdout == "0\n"


# --- partitions and retention ---------------------------------------------------------------------

def test_months(stack):
    """This one and two more; one that is over can be dropped, no other."""
    now = time.gmtime()
    names = {f"records_{year}_{month:02d}" for year, month in
             ((now.tm_year + (now.tm_mon + n) // 12, (now.tm_mon + n) % 12 + 1)
              for n in (-1, 0, 1))}
    made = sql(stack, "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'").stdout
    assert set(made.split()) == names | {"records_of_other_times"}
    sql(stack, "SELECT trail.make_month('2020-03-15')")
    sql(stack, "INSERT INTO trail.records SELECT ('0170" + "9' || substr(md5(i::text), 1, 7) || "
        "'7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 1, 15))::uuid, "
        "'2020-03-15', 'hello', NULL, NULL, 'allowed', 200, NULL, NULL, 1, gen_random_uuid() "
        "FROM generate_series(1, 5) i")
    before = sql(stack, "SELECT count(*) FROM trail.records_2020_03").stdout.strip()
    assert int(before) > 0
    done = stack.bulkhead("trail-drop", "2020-03")
    assert (done.returncode, done.stdout) == (0, f"bulkhead: dropped 2020-03: {before} records\n")
    for month, words in ((time.strftime("%Y-%m", now), "is not over yet"), ("2020-03", "no month"),
                         ("march", "give a month"), ("2020-13", "out of range")):
        done = stack.bulkhead("trail-drop", month)
        assert done.returncode == 1 and words in done.stderr, done.stderr


# --- bulkhead's part ------------------------------------------------------------------------------

def test_status_says_how_far_it_is(stack):
    ask(stack, "/")
    done = stack.bulkhead("status")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if " records shipped " in line)
    assert line.startswith("trail ") and "; connected" in line
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    for name in ("trail", "database"):
        assert name in rows
    if ROOT:
        assert "bulkhead-database" in done.stdout and "bulkhead-trail" in done.stdout


def test_what_dies_comes_back(stack):
    """Shipper and server, by SIGKILL; requests are answered meanwhile and recorded after it."""
    for name in ("trail", "database"):
        pid = int((stack.state / f"run/{name}.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        status, request_id, _ = ask(stack, "/?name=Meanwhile")
        assert status == 200
        wait_until(lambda: stack.bulkhead("status").returncode == 0, "all is well again")
        assert record_of(stack, request_id)["input"] == "name=Meanwhile"


def test_an_upgrade_of_the_server_is_seen(tmp_path):
    """By the file of its process, which is another one then; a sleep's stands in for it."""
    script = '. "$1"; pid=$2; is_database_outdated'
    program = tmp_path / "sleep"
    shutil.copy2("/bin/sleep", program)
    with subprocess.Popen([program, "100"]) as process:
        asked = ["sh", "-uc", script, "sh", str(REPOSITORY / "bulkhead.d/database.sh"),
                 str(process.pid)]
        try:
            wait_until(lambda: os.readlink(f"/proc/{process.pid}/exe") == str(program), "it runs")
            assert subprocess.run(asked, check=False).returncode == 1
            shutil.copy2("/bin/sleep", tmp_path / "new")
            (tmp_path / "new").rename(program)
            assert subprocess.run(asked, check=False).returncode == 0
        finally:
            process.kill()


def test_folders_of_journals(stack):
    """Each is its program's and the shipper's, and nobody else's."""
    names = {path.name for path in (stack.state / "journal").iterdir() if path.is_dir()}
    assert names == {"edge", *ROUTES}
    for path in (stack.state / "journal").rglob("*"):
        if path.name == "source":
            continue
        assert not path.stat().st_mode & 0o007, path
        if ROOT:
            assert path.group() == "bulkhead-trail", path
            assert path.owner() == f"bulkhead-{path.relative_to(stack.state / 'journal').parts[0]}"


def test_a_user_of_a_restart_keeps_the_trail():
    """Down and up again: the same cluster, the same records, and those of a restart."""
    with Stack(DATABASE_URL="", **LIMITS_OFF) as own:
        _, before, _ = ask(own, "/?name=Before")
        own.down()
        assert own.bulkhead("up").returncode == 0
        _, after, _ = ask(own, "/?name=After")
        shipper = (own.state / "run/trail.pid").read_text()
        assert own.bulkhead("restart").returncode == 0
        assert (own.state / "run/trail.pid").read_text() != shipper
        assert own.bulkhead("reload", RATE_LIMIT="50").returncode == 0
        for request_id, name in ((before, "Before"), (after, "After")):
            assert record_of(own, request_id)["input"] == f"name={name}"


def test_without_a_trail():
    """Said by up and by status, and /audit answers so."""
    own = Stack(**LIMITS_OFF)
    try:
        done = own.bulkhead("up")
        assert done.returncode == 0 and "DATABASE_URL=off: no request is recorded" in done.stdout
        assert "trail    off" in own.bulkhead("status").stdout
        status, _, body = ask(own, "/audit")
        assert status == 503 and json.loads(body)["error"] == "Trail unavailable"
        assert not (own.state / "journal").exists()
        own.settings["DATABASE_URL"] = ""  # and then with one
        assert own.bulkhead("reload").returncode == 0
        _, request_id, _ = ask(own, "/?name=Now")
        assert record_of(own, request_id)["input"] == "name=Now"
        own.settings["DATABASE_URL"] = "off"
        assert own.bulkhead("reload").returncode == 0
        assert ask(own, "/")[0] == 200
        assert own.bulkhead("status").returncode == 0
    finally:
        own.close()


def test_the_password_that_bulkhead_makes(tmp_path):
    own = Stack()
    del own.settings["PASSWORD"]
    try:
        done = own.bulkhead("up")
        assert done.returncode == 1 and "bulkhead password" in done.stderr
        for words in ("made a password", "already"):
            done = own.bulkhead("password")
            assert done.returncode == 0 and words in done.stdout
            assert str(own.state / "password") in done.stdout
        made = pathlib.Path(own.state / "password")
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        password = made.read_text().strip()
        assert len(password) == 24 and password not in done.stdout
        assert own.bulkhead("up").returncode == 0
        assert ask(own, "/audit", password=password)[0] == 503  # no trail, but let in
        assert ask(own, "/audit", password=password[:-1])[0] == 401
    finally:
        own.close()
