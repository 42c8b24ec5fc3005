"""Compose files as many would write them, well and badly: random services in random shapes."""

import generate

IMAGES = ["nginx:1.27", "postgres:16-alpine", "redis", "mysql:8.4", "mariadb:11", "wordpress:6",
          "docker.io/library/nginx@sha256:" + "0" * 64, "ghcr.io/a/b:1", "busybox:latest",
          "${IMAGE:-node:22}", "'debian:12'", '"python:3.12-slim"', "registry.example:5000/t/app"]
PORTS = ["80", "8080", "3306:3306", "8000:80", "22:22", '"80:80"', "'443:443/tcp'", '"53:53/udp"',
         "5353:53/udp", "3000-3002", '"7000-7002:8000-8002"', "127.0.0.1:81:81", "0.0.0.0:82:82",
         '"0.0.0.0:83:83/udp"', '"[::]:84:84"', '"[::1]:85:85"', '"${BIND:-0.0.0.0}:86:86"',
         '"${PORT:-8086}:8086"', '"${PORT}:80"', '"127.0.0.1::87"', '"8088:80" # why',
         "9000-9001/tcp", '"192.0.2.1:88:88"', '"::90:90"', '"\\x38\\x39:80"']
LONG_PORTS = [
    {"target": "80", "published": "8080"}, {"target": "80"},
    {"target": "53", "published": "5300", "protocol": "udp", "mode": "host"},
    {"target": "443", "published": "8443", "host_ip": "127.0.0.1"},
    {"target": "443", "published": "8444", "host_ip": "0.0.0.0"},
]
VOLUMES = ["data:/data", "./src:/app:ro", "/var/run/docker.sock:/var/run/docker.sock",
           "/etc:/host/etc", "/:/host:rw,rslave", '"/srv/media:/media:rshared"', "/anonymous",
           "~/.ssh:/root/.ssh", "${DIR:-/var/lib}/x:/x", "'/proc:/host/proc:ro'", "data:/d:nocopy",
           {"type": "bind", "source": "/etc", "target": "/e", "read_only": "true"},
           {"type": "bind", "source": "/sys", "target": "/sys", "bind": {"propagation": "shared"}},
           {"type": "volume", "source": "data", "target": "/v"},
           {"type": "tmpfs", "target": "/run"}]
ENVIRONMENT = [("TZ", "UTC"), ("PASSWORD", "hunter22"), ("MYSQL_ROOT_PASSWORD", '"s3cr3t pass"'),
               ("API_TOKEN", "${API_TOKEN:?}"), ("EMPTY", ""), ("DEBUG", "'true'"), ("N", "017"),
               ("POSTGRES_PASSWORD_FILE", "/run/secrets/p"), ("SECRET_KEY", "'k#1: x$$y'"),
               # harden: ignore S1 because it is for harden to find
               ("URL", "postgres://app:hunter22@db/app"), ("GREETING", '"a \\"b\\" \\u20ac"')]
OPTIONS = ["no-new-privileges:true", "no-new-privileges", "no-new-privileges:false",
           "seccomp:unconfined", "apparmor=unconfined", "label:disable", "'label:type:x'"]
SINGLE = {
    "privileged": ["true", "false", "yes"], "read_only": ["true", "false", '"true"'],
    "mem_limit": ["256m", "1g", "0", "'2gb'", "1073741824"], "pids_limit": ["100", "0", "-1"],
    "cpus": ["0.5", "'2'"], "network_mode": ["host", "bridge", 'none'],
    "pid": ["host", '"host"'], "ipc": ["host", "shareable"], "uts": ["host"],
    "userns_mode": ["host"], "user": ["root", "0:0", '"1000:1000"', "app", "${UID}"],
    "restart": ["always", '"no"', "unless-stopped"], "hostname": ["h", "'h'"],
    "command": ["a b", "['a', \"b # c\"]", ">-\n a\n b", "|\n # none\n x: y\n\n z\n"],
    "tmpfs": ["/tmp", "/run:size=64m"], "container_name": ["x"], "init": ["true"],
}
LISTS = {
    "cap_add": ["SYS_ADMIN", "NET_ADMIN", "CHOWN", '"NET_BIND_SERVICE"', "ALL"],
    "cap_drop": ["ALL", "NET_RAW", "all"], "security_opt": OPTIONS,
    "devices": ["/dev/ttyUSB0:/dev/ttyUSB0", '"/dev/sda:/dev/sda:r"'],
    "tmpfs": ["/tmp", "/run:size=64m,mode=1777", '"/var/cache"'],
    "expose": ["80", '"81"'], "dns": ["192.0.2.53"], "env_file": ["a.env", "./other.env"],
    "volumes": VOLUMES, "ports": PORTS + LONG_PORTS,
}
MAPS = {
    "healthcheck": [{"test": "['CMD', 'true']", "interval": "5s"}, {"disable": "true"}],
    "labels": [{"a.b/c": "x", '"d"': "'y: z'"}],
    "logging": [{"driver": "json-file", "options": {"max-size": '"10m"'}}],
    "deploy": [{"resources": {"limits": {"memory": "1G", "cpus": "'0.5'"}}},
               {"resources": {"limits": {"cpus": "'0.5'"}, "reservations": {"memory": "20M"}}},
               {"resources": {"limits": {"pids": "50"}}}, {"replicas": "2"},
               {"resources": {"limits": {"memory": "'0'"}}},
               {"resources": {"reservations": {"memory": "20M"}}}],
    "build": [{"context": ".", "args": {"V": "1"}}, {"context": "./folder"}],
    "ulimits": [{"nofile": {"soft": "20", "hard": "40"}}],
}
OLD = {"image", "build", "cap_add", "cap_drop", "command", "container_name", "devices", "dns",
       "env_file", "environment", "expose", "hostname", "ipc", "mem_limit", "pid", "ports",
       "privileged", "read_only", "restart", "security_opt", "ulimits", "user", "volumes", "labels"}
COMMENTS = ["# why", "#", "# ports: [80:80]", "# harden: ignore C4 because it is so", "#- x",
            "# harden: ignore C14"]
MUTATIONS = [b"\n", b"\r\n", b" ", b"  ", b"\t", b"#", b" # ", b'"', b"'", b":", b": ", b"- ", b"{",
             b"}", b"[", b"]", b",", b"&a ", b"*a", b"<<: *a\n", b"!reset ", b"!!str ", b"? ",
             b"|\n", b">-\n", b"---\n", b"...\n", b"%YAML 1.1\n", b"\x00", b"\xef\xbb\xbf", b"\xff",
             b"\xe2\x82\xac", b"\xc2\x85", b"\\", b"$", b"null", b"~", b"services:\n",
             b"    privileged: true\n", b"  x:\n", b"0", b"\n\n"]


class Writer:
    """One document's habits, and the text of a value by them."""

    def __init__(self, random):
        self.random = random
        self.step = random.choice([2, 2, 2, 4, 3, 1])
        self.is_unindented = random.random() < 0.3
        self.flow = random.choice([0, 0.1, 0.1, 0.4])
        self.comments = random.choice([0, 0, 0.1, 0.3])
        self.lines = []

    def comment(self, indent):
        if self.random.random() < self.comments:
            self.lines.append(self.random.choice(
                ["", " " * self.random.randrange(8) + self.random.choice(COMMENTS),
                 " " * indent + self.random.choice(COMMENTS)]))

    def tail(self):
        return "  # so" if self.random.random() < self.comments / 2 else ""

    def flowing(self, value, indent):
        """In braces or brackets, over several lines perhaps."""
        if isinstance(value, str):
            return value
        between = self.random.choice([", ", ", ", ",", ",\n" + " " * (indent + 2), " , "])
        end = self.random.choice(["", " ", "," if value else ""])
        if isinstance(value, list):
            return "[" + between.join(self.flowing(v, indent) for v in value) + end + "]"
        return "{" + between.join(f"{k}: {self.flowing(v, indent)}"
                                  for k, v in value.items()) + end + "}"

    def is_flow(self, value):
        if self.random.random() >= self.flow:
            return not value
        text = str(value)
        return not any(c in text for c in ("#", "\\n", "<<", "*", "&", "${", "[", ": |"))

    def put(self, head, value, indent, anchor=""):
        """`head` (`key:` or `-`) with its value."""
        self.comment(indent)
        pad = " " * indent
        anchor = anchor and " " + anchor
        if isinstance(value, str):
            first, *rest = value.split("\n")
            tail = "" if rest or "#" in first or first[:1] in "|>" else self.tail()
            self.lines.append(f"{pad}{head}{anchor} {first}".rstrip() + tail)
            self.lines += [pad + " " * self.step + line if line else "" for line in rest]
        elif self.is_flow(value):
            self.lines += f"{pad}{head}{anchor} {self.flowing(value, indent)}".split("\n")
        elif isinstance(value, list):
            self.lines.append(f"{pad}{head}{anchor}{self.tail()}")
            below = indent if self.is_unindented and head != "-" else indent + self.step
            for item in value:
                self.item(item, below)
        elif head == "-":
            self.item(value, indent)
        else:
            self.lines.append(f"{pad}{head}{anchor}{self.tail()}")
            self.pairs(value, indent + self.step)

    def item(self, value, indent):
        if not isinstance(value, dict) or self.is_flow(value):
            self.put("-", value, indent)
            return
        self.comment(indent)
        at = len(self.lines)
        quiet, self.comments = self.comments, 0
        self.pairs(value, indent + 2)
        self.comments = quiet
        self.lines[at] = self.lines[at][:indent] + "- " + self.lines[at].lstrip()

    def pairs(self, value, indent):
        for key, child in value.items():
            if self.random.random() < 0.01 and isinstance(child, str) and "\n" not in child:
                self.lines += [" " * indent + f"? {key}", " " * indent + f": {child}"]
            else:
                anchor = ""
                if isinstance(child, tuple):
                    anchor, child = child
                self.put(f"{key}:", child, indent, anchor)


def environment(random):
    pairs = random.sample(ENVIRONMENT, random.randrange(1, 5))
    if random.random() < 0.5:
        return dict(pairs)
    return [f"{value[0]}{name}={value[1:]}" if value.startswith(("'", '"')) else f"{name}={value}"
            for name, value in pairs] + ["FROM_OUTSIDE"] * (random.random() < 0.2)


def service(random):
    def few(some):
        return random.sample(some, random.randrange(1, min(len(some), 3) + 1))

    found = {"image": random.choice(IMAGES)} if random.random() < 0.9 else {"build": "."}
    for keys, make in ((SINGLE, random.choice), (MAPS, random.choice), (LISTS, few)):
        for key in random.sample(list(keys), random.randrange(0, 4)):
            if key not in found:
                found[key] = make(keys[key])
    if random.random() < 0.4:
        found["environment"] = environment(random)
    if "ports" not in found and random.random() < 0.6:
        found["ports"] = random.sample(PORTS + LONG_PORTS, random.randrange(1, 5))
    if "ports" in found and found.get("network_mode") == "host":
        found["network_mode"] = "bridge"
    items = list(found.items())
    random.shuffle(items)
    return dict(items)


def old(random):
    """One of the first version: services at the top, nothing around them."""
    found = {name: service(random) for name in random.sample(["web", "db", "cache"], 2)}
    for name, settings in found.items():
        found[name] = {key: [v for v in value if isinstance(v, str)]
                       if isinstance(value, list) else "." if key == "build" else value
                       for key, value in settings.items() if key in OLD}
        found[name] = {key: value for key, value in found[name].items() if value}
    return found


def services(random):
    """All of a document: services, and what they share by anchors."""
    names = random.sample(["web", "db", '"app"', "cache", "proxy-1", "worker_2"],
                          random.randrange(1, 5))
    document, found = {}, {name: service(random) for name in names}
    if random.random() < 0.3:
        document["x-common"] = ("&common", {"restart": "always", "security_opt":
                                            ["no-new-privileges:true"], "mem_limit": "64m"}
                                if random.random() < 0.5 else {"restart": "always"})
        document["x-more"] = ("&more", {"pids_limit": "50", "environment": {"A": "b"}})
        for name in names:
            merge = random.choice([None, "*common", "[*common, *more]", "*more"])
            if merge:
                found[name] = {**found[name], "<<": merge} if random.random() < 0.5 else \
                    {"<<": merge, **found[name]}
    if len(names) > 1 and random.random() < 0.2:
        first, second = found[names[0]], found[names[1]]
        if isinstance(first.get("ports"), list):
            first["ports"] = ("&ports", first["ports"])
            second["ports"] = "*ports"
    if random.random() < 0.05:
        found["nothing"] = ""
    if len(names) > 1 and random.random() < 0.1:
        found[names[0]]["extends"] = random.choice([
            names[1], {"service": names[1]}, {"service": "x", "file": "other.yml"}])
    document["services"] = found
    if any("data:" in str(s.get("volumes")) or "'data'" in str(s.get("volumes"))
           for s in found.values() if s):
        document["volumes"] = {"data": random.choice(["", "{}", {"driver": "local"}])}
    if random.random() < 0.4:
        head = {"version": random.choice(['"3.8"', "'2.4'", "'3'", '"2"', "'3.7'"])}
        document = {**head, **document} if random.random() < 0.8 else {**document, **head}
    return document


def document(random):
    """The bytes of one that is well-formed."""
    writer = Writer(random)
    if random.random() < 0.1:
        writer.lines.append(random.choice(["---", "# a file", "%YAML 1.1\n---", ""]))
    writer.pairs(old(random) if random.random() < 0.05 else services(random), 0)
    writer.comment(2)
    newline = random.choice(["\n", "\n", "\r\n"])
    text = "\n".join(writer.lines).replace("\n", newline)
    mark = "\ufeff" if random.random() < 0.1 else ""
    return (mark + text + random.choice([newline, newline, "", newline * 3])).encode()


def mutated(random, data):
    """The same with a few bytes put in, taken out or doubled."""
    return generate.mutated(random, data, MUTATIONS, 30)
