"""
PgBouncer with the configuration of deploy/pgbouncer, between clients and a server of tls_lab's:
TLS on both sides, and passwords that it does not have.
"""

import os
import re
import socket
import subprocess

from audit_lab import DATABASE, free_port
from certificates import certify_by, for_names
from ping_lab import need
from program import REPOSITORY, wait_until
from tls_lab import PASSWORDS, Server

PROGRAM = "/usr/sbin/pgbouncer"
EXAMPLE = REPOSITORY / "deploy/pgbouncer/pgbouncer.ini"
SCHEMA = sorted((REPOSITORY / "cgi-src/trail/schema").glob("*.sql"))
# What the roles' lines of the auth_file are made of, as docs/scaling.md has it.
USERLIST = ("SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid "
            "WHERE rolname IN ('bulkhead_trail', 'bulkhead_audit')")


def make_server(kind=Server):
    """With the schema, and the passwords of both roles."""
    server = kind(names="DNS:localhost,IP:127.0.0.1,IP:127.0.0.2", clients="127.0.0.0/8")
    try:
        for path in SCHEMA:
            server.sql(path.read_text(), DATABASE)
        server.set_passwords()
    except BaseException:
        server.remove()
        raise
    return server


class Pooler:
    """One in front of `server`; `changes` replace settings of the example."""

    def __init__(self, server, **changes):
        need(os.path.exists(PROGRAM), "the package pgbouncer")
        self.server, self.port, self.process = server, free_port(), None
        self.folder = server.folder / f"pooler-{self.port}"
        self.folder.mkdir()
        self.folder.chmod(0o755)
        certify_by(server.tls / "ca.pem", f"pooler-{self.port}", *for_names("DNS:localhost"))
        self.userlist = self.folder / "userlist.txt"
        self.userlist.write_text(server.sql(USERLIST) + "\n")
        key = server.tls / f"pooler-{self.port}.key"
        for path in (self.userlist, key):
            path.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(path, server.owner.pw_uid, server.owner.pw_gid)
        self._configure(key, changes)
        self.start()

    def _configure(self, key, changes):
        values = {DATABASE: f"host=127.0.0.1 port={self.server.port} dbname={DATABASE}",
                  "listen_addr": "127.0.0.1", "listen_port": self.port,
                  "auth_file": self.userlist, "client_tls_key_file": key,
                  "client_tls_cert_file": key.with_suffix(".pem"),
                  "server_tls_ca_file": self.server.tls / "ca.pem",
                  "max_client_conn": 1000,  # the tests' own limit of descriptors is lower
                  **changes}
        text = EXAMPLE.read_text()
        for name, value in values.items():
            text, count = re.subn(rf"^{name} =.*$", lambda _, line=f"{name} = {value}": line, text,
                                  flags=re.M)
            assert count == 1, f"{EXAMPLE} has no {name}"
        (self.folder / "pgbouncer.ini").write_text(text)

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.server.as_owner(PROGRAM, self.folder / "pgbouncer.ini"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                env={"PATH": os.environ["PATH"]})
        wait_until(self._is_ready, "PgBouncer")

    def _is_ready(self):
        assert self.process.poll() is None, self.log()[-2000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def url(self, **parameters):
        """As the programs are told it. The passwords are those of the server's."""
        path = self.server.tls / f"pgpass-{self.port}"
        path.write_text((self.server.tls / "pgpass").read_text().replace(
            f"*:{self.server.port}:", f"*:{self.port}:"))
        path.chmod(0o600)
        given = {"sslrootcert": self.server.tls / "ca.pem", "passfile": path, **parameters}
        return (f"postgresql://localhost:{self.port}/{DATABASE}?" +
                "&".join(f"{name}={value}" for name, value in given.items()))

    def ask(self, role, statement):
        """What a session of that role's returns, by psql."""
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(user=role),
                               "-c", statement], capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORDS[role]},
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
