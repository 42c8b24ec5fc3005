"""
An nginx before the pods, in an ingress controller's place: it names the client in X-Forwarded-For,
asks the next pod when one does not answer (a request that may be asked twice, as a GET), and takes
another list of pods over without closing anything. It spreads requests evenly, or by client
(`hash $remote_addr consistent`). Its log says which pods it has asked.
"""

import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile

from program import wait_until
from stack import PATIENCE, children, free_port

CONFIGURATION = """
daemon off;
master_process on;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    {paths}
    log_format asked escape=json '{{"to":"$upstream_addr","status":"$upstream_status",'
                                 '"client":"$remote_addr","sent":$status,"at":$msec}}';
    access_log {folder}/access.log asked;
    upstream pods {{
        {method}
        {servers}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port} reuseport;
        keepalive_requests 1000000;
        location / {{
            proxy_pass http://pods;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host bulkhead;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 2s;
            proxy_next_upstream error timeout http_502;
            proxy_next_upstream_tries 3;
        }}
    }}
}}
"""
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def is_serving(worker):
    try:
        title = pathlib.Path(f"/proc/{worker}/cmdline").read_text()
    except OSError:
        return False
    return title != "" and "is shutting down" not in title


class Balancer:
    """Use it as a context. `pods` may be changed: take() then has them in force."""

    def __init__(self, pods, by_client=False):
        self.pods, self.by_client = list(pods), by_client
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-balancer-"))
        self.process = None

    def _write(self):
        servers = "\n".join(f"server {pod.ip}:15000 max_fails=1 fail_timeout=1s;"
                            for pod in self.pods)
        method = "hash $remote_addr consistent;" if self.by_client else ""
        paths = "\n".join(f"{each}_temp_path {self.folder}/{each};" for each in PATHS)
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(
            folder=self.folder, port=self.port, servers=servers, method=method, paths=paths))

    def __enter__(self):
        self._write()
        self.process = subprocess.Popen(
            ["nginx", "-e", self.folder / "error.log", "-c", self.folder / "nginx.conf"],
            stdin=subprocess.DEVNULL)
        wait_until(self._answers, "the balancer")
        return self

    def _answers(self):
        try:
            connection = self.connect()
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
        except OSError:
            return False
        return True

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self):
        """Workers from before finish what they have, and take nothing more."""
        before = children(self.process.pid)
        self._write()
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: set(children(self.process.pid)) - set(before) and
                   not any(map(is_serving, before)), "a new worker")

    def add(self, pod):
        self.pods.append(pod)
        self.take()

    def remove(self, pod):
        self.pods.remove(pod)
        self.take()

    def connect(self, source="127.0.0.1"):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                          source_address=(source, 0))

    def log(self):
        """Of each request: where it went, one address after the other; what was answered there."""
        return [json.loads(line) for line in
                (self.folder / "access.log").read_text().splitlines()]

    def asked_again(self):
        return sum("," in line["to"] for line in self.log())
