"""A server of tls_lab's and its standby, by streaming replication, and a DATABASE_URL of both."""

import os
import shutil

from audit_lab import DATABASE
from pgbouncer_lab import make_server
from program import wait_until
from tls_lab import Server

STANDBY = "127.0.0.2"  # at the primary's port: all hosts of a DATABASE_URL are at one


class Primary(Server):
    def _make(self):
        super()._make()
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("local replication postgres peer map=tests\n")


class Standby(Server):
    """Its certificate and its users are the primary's."""

    def __init__(self, primary):
        self.primary = primary
        super().__init__(address=STANDBY)

    def _make(self):
        self.port = self.primary.port
        for folder in (self.folder, self.root, self.sockets, self.data):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700 if folder == self.data else 0o755)
            if folder in (self.sockets, self.data):
                os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        self._run("pg_basebackup", "-D", self.data, "-h", self.primary.sockets, "-p", self.port,
                  "-U", "postgres", "-X", "stream", "-R", "--no-sync", "--checkpoint=fast")
        self.tls = self.folder / "tls"
        shutil.copytree(self.primary.tls, self.tls)
        if os.geteuid() == 0:
            os.chown(self.tls / "server.key", self.owner.pw_uid, self.owner.pw_gid)

    def sql(self, statement, database="postgres"):
        """What every new server is given is there already, and nothing can be made."""
        return "" if statement.startswith("CREATE") else super().sql(statement, database)

    def records(self):
        return int(self.sql("SELECT count(*) FROM trail.records", DATABASE))

    def cut_off(self):
        """From the primary: what is committed there from now on does not come."""
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")
        wait_until(lambda: self.primary.sql("SELECT count(*) FROM pg_stat_replication") == "0",
                   "the end of the stream")

    def promote(self):
        assert self.sql("SELECT pg_promote()") == "t"


class Pair:
    """Both. `url` names the standby first: it is passed over as long as it is one."""

    def __init__(self):
        self.primary = self.standby = None
        try:
            self.primary = make_server(Primary)
            self.standby = Standby(self.primary)
            wait_until(lambda: self.primary.sql("SELECT count(*) FROM pg_stat_replication") == "1",
                       "a stream")
        except BaseException:
            self.close()
            raise

    def url(self, hosts=(STANDBY, "127.0.0.1")):
        return self.primary.url(host=f"{hosts[0]}:{self.primary.port},{hosts[1]}")

    def close(self):
        for server in (self.standby, self.primary):
            if server is not None:
                server.remove()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
