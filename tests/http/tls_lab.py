"""
A PostgreSQL as an operator has it: over TCP with TLS, passwords (SCRAM), a certificate that a CA of
the tests' own has signed.

    FOLDER/tls/ca.pem, other.pem    that CA's certificate, and another CA's
    FOLDER/tls/pgpass               the passwords of all roles, for who may read it
"""

import os

from audit_lab import DATABASE, free_port
from certificates import certify, certify_by, for_names
from postgres import Database

PASSWORDS = {"operator": "runs the server", "bulkhead_trail": "ships: \\ 1",
             "bulkhead_audit": "reads: é"}


def escaped(text):
    """As a password file has it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


class Server(Database):
    """
    The superuser may use the Unix socket; everybody else comes over TCP, at localhost:PORT, or at
    another address of this machine, from `clients`.
    """

    def __init__(self, address="127.0.0.1", names="DNS:localhost", clients="127.0.0.1/32"):
        self.address, self.names, self.clients = address, names, clients
        self.port = free_port()
        self.is_plain = False
        super().__init__()
        try:
            self.sql(f"CREATE DATABASE {DATABASE}; CREATE ROLE operator SUPERUSER LOGIN "
                     f"PASSWORD '{PASSWORDS['operator']}'")
        except BaseException:
            self.remove()
            raise

    def _make(self):
        super()._make()
        self.tls = self.folder / "tls"
        self.tls.mkdir()
        self.tls.chmod(0o755)
        certify(self.tls, "other")
        certify_by(certify(self.tls, "ca"), "server", *for_names(self.names))
        if os.geteuid() == 0:
            os.chown(self.tls / "server.key", self.owner.pw_uid, self.owner.pw_gid)
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(f"hostssl all all {self.clients} scram-sha-256\n"
                       f"hostnossl all all {self.clients} reject\n")
        self.passfile("pgpass", PASSWORDS)

    def options(self):
        return {**super().options(), "listen_addresses": self.address, "port": self.port,
                "password_encryption": "scram-sha-256", "ssl": "off" if self.is_plain else "on",
                "ssl_cert_file": self.tls / "server.pem", "ssl_key_file": self.tls / "server.key"}

    def psql(self, database):
        return [*super().psql(database), "-p", str(self.port)]

    def passfile(self, name, passwords):
        """The path of a file that has them."""
        path = self.tls / name
        path.write_text("# of the tests\nelsewhere:*:*:*:wrong\n" + "".join(
            f"*:{self.port}:{DATABASE}:{role}:{escaped(password)}\n"
            for role, password in passwords.items()))
        path.chmod(0o600)
        return path

    def set_passwords(self):
        """As the operator does once trail-setup has made the roles."""
        self.sql("".join(f"ALTER ROLE {role} PASSWORD '{password}';"
                         for role, password in PASSWORDS.items()))

    def url(self, host="localhost", **parameters):
        given = {"sslrootcert": self.tls / "ca.pem", "passfile": self.tls / "pgpass", **parameters}
        query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
        return f"postgresql://operator@{host}:{self.port}/{DATABASE}?{query}"
