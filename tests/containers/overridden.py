"""A Compose stack whose files and settings change, one set after the other."""

import http.client
import shutil
import ssl

from certificates import certify, certify_by, for_names
from compose_stack import ComposeStack
from engine import REPOSITORY
from stack import PATIENCE, ask, free_port

LOOPBACK = for_names("DNS:localhost,IP:127.0.0.1")


class Overridden(ComposeStack):
    """Not started: take() does, and changes it. It has certificates of the tests' own."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.settings["COMPOSE_PROJECT_NAME"] = self.project
        self.plain = dict(self.settings)
        for path in REPOSITORY.glob("docker-compose.*.yml"):
            shutil.copy2(path, self.folder)
        self.redirect_port = free_port()
        self.given = self.folder / "given"
        self.given.mkdir()
        self.authority = certify(self.given, "ca")
        self.trusted = self.authority
        self.renew()
        certify_by(self.authority, "client", subject="a client")
        certify_by(certify(self.given, "other"), "stranger", subject="a client")

    def renew(self):
        return certify_by(self.authority, "server", *LOOPBACK)

    def take(self, *names, services=(), **settings):
        """The files docker-compose.NAME.yml beside docker-compose.yml, and these settings."""
        files = ["docker-compose.yml", *(f"docker-compose.{name}.yml" for name in names)]
        self.settings = {**self.plain, "COMPOSE_FILE": ":".join(files), **settings}
        self.first_start()
        self.compose("up", "-d", *services)

    def take_tls(self, *names, **settings):
        self.trusted = self.authority
        self.take("tls", *names, TLS_CERT=str(self.given / "server.pem"),
                  TLS_KEY=str(self.given / "server.key"), **settings)
        self.wait_until_healthy()

    def connect_tls(self, client=None):
        """`client` names a certificate to show."""
        context = ssl.create_default_context(cafile=self.trusted)
        if client:
            context.load_cert_chain(self.given / f"{client}.pem", self.given / f"{client}.key")
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                           context=context)

    def get_tls(self, path, client=None, **headers):
        connection = self.connect_tls(client)
        try:
            return ask(connection, path, headers)
        finally:
            connection.close()

    def served(self):
        """The certificate."""
        return ssl.get_server_certificate(("127.0.0.1", self.port), timeout=PATIENCE)
