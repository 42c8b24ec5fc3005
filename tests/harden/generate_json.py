"""daemon.json as many would write it, well and badly: random settings in random shapes."""

import json

import generate

SETTINGS = {
    "icc": [True, False, None, "false", 0],
    "userns-remap": ["default", "", "remap:remap", None, 7],
    "live-restore": [True, False, "true"],
    "userland-proxy": [True, False, []],
    "no-new-privileges": [True, False, {}],
    "log-driver": ["json-file", "local", "journald", None],
    "log-opts": [{}, {"max-size": "10m"}, {"max-size": "-1", "tag": "x"}, {"max-file": "3"}, "x"],
    "debug": [True, False, None],
    "log-level": ["debug", "info", "warn"],
    "hosts": [[], ["unix:///var/run/docker.sock"], ["tcp://0.0.0.0:2375", "fd://"]],
    "tlsverify": [True, False],
    "insecure-registries": [[], ["registry.example:5000"], ["127.0.0.1:5000", "b.example"]],
    "iptables": [True, False],
    "seccomp-profile": ["unconfined", "", "/etc/seccomp.json"],
    "swarm-default-advertise-addr": ["10.0.0.1"],
    "data-root": ["/srv", "/sr\u00fc/\u20ac \"x\"\\"],
    "mtu": [1400, 1.5, -0.0, 1e30, 9223372036854775807],
    "default-ulimits": [{"nofile": {"Name": "nofile", "Hard": 64, "Soft": 64}}],
    "labels": [["a=b", "c"], [[], {}, [{"icc": True}]]],
}
MUTATIONS = ["{", "}", "[", "]", ",", ":", '"', "\\", "\n", "\r\n", "\t", " ", "0", "-", "1e5", "e",
             "true", "null", "\\u0069", "\\ud800", "//", "\x00", "\x07", "\ufeff", '"icc": true,']


def value(random, literal):
    """A literal, perhaps with characters as escapes."""
    text = json.dumps(literal, ensure_ascii=random.random() < 0.5)
    if isinstance(literal, str) and literal and random.random() < 0.2:
        text = '"' + "".join(f"\\u{ord(c):04x}" if c < "\u0080" else c for c in literal) + '"'
    return text


def members(random):
    names = random.sample(list(SETTINGS), random.randrange(0, 8))
    return [(value(random, name), value(random, random.choice(SETTINGS[name]))) for name in names]


def document(random):
    """The bytes of a valid one."""
    newline = random.choice(["\n", "\r\n"])
    indent = random.choice(["  ", "    ", "\t", ""])
    colon = random.choice([": ", ":", " : ", ":\t"])
    pairs = [name + colon + literal for name, literal in members(random)]
    shape = random.randrange(5)
    if shape == 0:
        text = "{" + ",".join(pairs) + "}"
    elif shape == 1:
        text = "{ " + ", ".join(pairs) + " }"
    elif shape == 2:
        text = "{" + newline + ("," + newline).join(indent + p for p in pairs) + newline + "}"
    elif shape == 3:
        text = "{" + newline + indent + (newline + indent + ", ").join(pairs) + "}"
    else:
        text = newline + "{" + indent + (" ," + newline * 2).join(pairs) + indent + newline + " }"
    if not pairs and random.random() < 0.3:
        text = random.choice(["", newline, "{}", "{ }"])
    mark = "\ufeff" if random.random() < 0.2 else ""
    return (mark + text + random.choice([newline, "", newline * 2, " "])).encode()


def mutated(random, data):
    """The same with a few bytes put in, taken out or doubled: mostly not valid any more."""
    return generate.mutated(random, data, [text.encode() for text in MUTATIONS], 9)
