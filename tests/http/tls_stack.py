"""
A deployment with a certificate of the tests' own authority.

    FOLDER/ca.pem, other.pem    that authority, and another one that nobody trusts
    FOLDER/server.pem           of localhost and 127.0.0.1, followed by ca.pem; server.key
    FOLDER/client.pem           of a client
"""

import http.client
import ssl

from certificates import certify, certify_by, for_names
from curl import curl
from stack import LIMITS_OFF, PATIENCE, Stack, free_port


class TlsStack(Stack):
    """`settings` as Stack's; `plain_port` leads to https."""

    names = for_names("DNS:localhost,IP:127.0.0.1")

    def __init__(self, *options, **settings):
        self.plain_port = free_port()
        super().__init__(REDIRECT_PORT=str(self.plain_port), **{**LIMITS_OFF, **settings})
        self.tls = self.folder / "given"
        self.tls.mkdir()
        self.ca = certify(self.tls, "ca")
        certify(self.tls, "other")
        self.renew(*options)
        certify_by(self.ca, "client", subject="a client")
        certify_by(self.tls / "other.pem", "stranger", subject="a client")
        self.settings |= {"TLS_CERT": str(self.tls / "server.pem"),
                          "TLS_KEY": str(self.tls / "server.key")}

    def renew(self, *options):
        """Another certificate and key in the files that the settings name."""
        certify_by(self.ca, "server", *self.names, *options)
        with (self.tls / "server.pem").open("ab") as file:
            file.write(self.ca.read_bytes())

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def context(self):
        """As strict as Python 3.13 is by default (RFC 5280)."""
        context = ssl.create_default_context(cafile=self.ca)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    def connect(self, source=None):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                           source_address=source and (source, 0),
                                           context=self.context())

    def curl(self, path, *options):
        return curl(self.url + path, "--cacert", self.ca, *options)

    def as_client(self, name):
        """Options of curl's for asking with a certificate."""
        return ["--cert", self.tls / f"{name}.pem", "--key", self.tls / f"{name}.key"]
