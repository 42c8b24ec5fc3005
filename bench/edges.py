"""
The nginx that is in front of each peer: Bulkhead's own configuration, as `bulkhead up` has rendered
it without limits, with another answer at /. So headers, logs, checks of the request, keep-alive and
TLS are the same for all, and what differs is what answers.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import time

import places  # noqa: F401
from drivers import Wrong
from stack import free_port

USER = "bulkhead-edge"
LOCATION = """location = / {{
    set $route_name hello;
    include edge/route.conf;
    {lines}
}}
"""
PING_AND_CALCULATE = """location = /{name} {{
    set $route_name {name};
    include edge/route.conf;
    {lines}
}}
"""
# How nginx talks to each kind of peer. Where a peer keeps connections, so does nginx.
FIXED = 'default_type "text/plain; charset=utf-8";\n    return 200 "Hello, Bob!\\n";'
FASTCGI = "fastcgi_pass peer;"
FASTCGI_CLOSING = "fastcgi_keep_conn off;\n    fastcgi_pass peer;"
HTTP = """proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_read_timeout 60s;
    proxy_pass http://peer;"""
UWSGI = """include /etc/nginx/uwsgi_params;
    uwsgi_pass peer;"""


def script(path):
    """FastCGI for what starts a file: PHP-FPM, fcgiwrap."""
    return f"""include /etc/nginx/fastcgi_params;
    fastcgi_param SCRIPT_FILENAME {path};
    fastcgi_keep_conn off;
    fastcgi_pass peer;"""


def as_edge():
    """As Bulkhead starts it, but for its seccomp filter: nginx is the limit, without a wall."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]


class Edge:
    """`template` is a running Stack, whose configuration is taken; `folder` is made."""

    def __init__(self, template, folder, lines, sockets=(), keepalive=256, more=()):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.scheme = template.url.partition(":")[0]
        self.process = None
        self._render(template, lines, sockets, keepalive, more)
        self._start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def _render(self, template, lines, sockets, keepalive, more):
        nginx = self.folder / "nginx"
        shutil.copytree(template.state / "nginx", nginx)
        for path in nginx.rglob("*.conf"):
            text = path.read_text().replace(str(template.state), str(self.folder))
            path.write_text(text.replace(f":{template.port}", f":{self.port}"))
        for path in (nginx / "routes").glob("*.conf"):
            path.unlink()
        (nginx / "routes/hello.conf").write_text(LOCATION.format(lines=lines) + "".join(
            PING_AND_CALCULATE.format(name=name, lines=lines) for name in more))
        servers = "".join(f"    server unix:{each} max_fails=0;\n" for each in sockets)
        kept = f"    keepalive {keepalive};\n    keepalive_requests 1000000;\n" if keepalive else ""
        (nginx / "upstreams.conf").write_text(
            f"upstream peer {{\n{servers}{kept}}}\n" if sockets else "")
        for name in ("edge", "log", "empty"):
            (self.folder / name).mkdir()
            if os.geteuid() == 0:
                shutil.chown(self.folder / name, USER, USER)
        if os.geteuid() == 0 and (nginx / "tls").exists():
            for path in [nginx / "tls", *(nginx / "tls").iterdir()]:
                shutil.chown(path, USER, USER)

    def _start(self):
        self.process = subprocess.Popen(
            [*as_edge(), "nginx", "-e", str(self.folder / "log/edge.log"), "-c",
             str(self.folder / "nginx/nginx.conf")], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while not is_listening(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Wrong("nginx: " + self.process.stderr.read().decode()[-300:])
            time.sleep(0.01)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
