"""The program audit, asked of a server over TCP."""

import contextlib
import json

from audit_lab import basic
from fcgi_client import request_params
from program import Program
from stack import PASSWORD


class RemoteAudit(Program):
    def __init__(self, url):
        super().__init__("audit", environment={"DATABASE_URL": url, "PASSWORD": PASSWORD})

    def records(self, query="limit=3"):
        """The status of an answer, and what it shows."""
        with self.connect() as connection:
            reply = connection.ask({**request_params(query), "HTTP_AUTHORIZATION": basic()},
                                   keep=False)
        with contextlib.suppress(ValueError):
            return reply.status, json.loads(reply.body).get("records", [])
        return reply.status, []
