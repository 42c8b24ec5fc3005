"""Files that were made to take all time or memory that there is; by type, name and bytes."""

MIB = 1 << 20


def filled(size, begin, piece, end=b""):
    """A file of that size: as many of the piece as there is room for, `@` their number."""
    room = size - len(begin) - len(end)
    if b"@" not in piece:
        return begin + piece * (room // len(piece)) + end
    pieces = []
    while room > 0:
        pieces.append(piece.replace(b"@", b"%d" % len(pieces)))
        room -= len(pieces[-1])
    return begin + b"".join(pieces[:-1]) + end


def laughs(ways, depth, shape):
    """Each name is the one before it, many times."""
    lines = [b"x0: &a0 [lol]"]
    for level in range(1, depth):
        lines.append(b"x%d: &a%d " % (level, level) +
                     shape(b", ".join([b"*a%d" % (level - 1)] * ways)))
    end = b"\nservices: {web: {image: nginx, environment: *a%d}}\n" % (depth - 1)
    return b"\n".join(lines) + end


def merges(ways, depth):
    """The same by what is merged: a map of maps."""
    lines = [b"x0: &a0 {image: nginx}"]
    for level in range(1, depth):
        one = b"*a%d" % (level - 1)
        lines.append(b"x%d: &a%d {<<: [%s], k%d: v}" % (level, level, b", ".join([one] * ways),
                                                        level))
    return b"\n".join(lines) + b"\nservices: {web: {<<: *a%d}}\n" % (depth - 1)


SERVICES = b"services:\n  web:\n    image: nginx:1\n"
FROM = b"FROM debian:12\n"
DEEP = {  # must be refused, or found, in words
    "daemon": {
        "arrays": b"[" * MIB, "objects": b'{"a":' * MIB, "closed": b"[" * MIB + b"]" * MIB,
    },
    "compose": {
        "flow lists": SERVICES + b"    x: " + b"[" * MIB,
        "flow maps": SERVICES + b"    x: " + b"{a: " * MIB,
        "blocks": b"".join(b" " * i + b"a:\n" for i in range(4000)),
        "lists": SERVICES + b"    x: \n     " + b"- " * MIB + b"a\n",
        "keys": SERVICES + b"    x: \n     " + b"? " * MIB + b"a\n",
        "laughs": laughs(10, 12, lambda items: b"[" + items + b"]"),
        "more laughs": laughs(1000, 4, lambda items: b"[" + items + b"]"),
        "merged laughs": merges(10, 12),
        "itself": b"services: &a\n  web: *a\n",
        "merges itself": b"services:\n  web: &a\n    <<: *a\n",
    },
    "nginx": {
        "blocks": b"http { server { " + b"location / {" * MIB,
        "closed": b"http { " + b"a { " * MIB + b"}" * (MIB + 1),
    },
}
WIDE = b"x: &a\n" + b"".join(b"  k%d: v\n" % i for i in range(1000))
LARGE = {  # may be whatever it is, but in time
    "daemon": {
        "a number": (b'{"a":', b"9", b"}"), "a string": (b'{"a":"', b"\\u0041", b'"}'),
        "names": (b"{", b'"name@": [],', b'"a":1}'),
        "one name": (b"{", b'"icc":true,', b'"a":1}'),
        "hosts": (b'{"hosts": ["', b'tcp://a:1","', b'"]}'),
        "blanks": (b"", b" \n"), "names that begin alike": (
            b"{", b'"' + b"n" * 1000 + b'@":1,', b'"a":1}'),
    },
    "dockerfile": {
        "parentheses": (FROM + b"RUN ", b"("), "substitutions": (FROM + b"RUN ", b"$("),
        "quoted ones": (FROM + b"RUN ", b'"$('), "braces": (FROM + b"RUN ", b"${a:-"),
        "backquotes": (FROM + b"RUN ", b"`\\"),
        "continuations": (FROM + b"RUN a", b" \\\n", b"b\n"),
        "comments within": (FROM + b"RUN a", b" \\\n# b\n", b"c\n"),
        "stages": (FROM[:-1] + b" AS s0\n", b"FROM s@ AS s@\n"),
        "instructions": (FROM, b"USER root\n"), "ONBUILD": (FROM, b"ONBUILD RUN a\n"),
        "ifs": (FROM + b"RUN ", b"if "), "sudos": (FROM + b"RUN ", b"sudo "),
        "shells": (FROM + b"RUN ", b"sh -c 'a' | "), "a list": (FROM + b"RUN a", b" && b"),
        "a pipe": (FROM + b"RUN curl x", b" | tee y", b" | sh"),
        "heredocs": (FROM + b"RUN a", b" <<E", b"\nE\n"),
        "a heredoc": (FROM + b"RUN <<E\n", b"a\n", b"E\n"),
        "installs": (FROM + b"RUN apt-get install", b" a@"),
        "variables": (FROM + b"ENV", b" A@=b"), "labels": (FROM + b"LABEL", b" a@=b"),
        "a word": (FROM + b"RUN ", b"a"), "arguments": (FROM, b"ARG A@=b\n"),
    },
    "compose": {
        "services": (b"services:\n", b"  s@:\n    image: nginx\n    ports: [80:80]\n"),
        "empty services": (b"services:\n", b" s@:\n"),
        "ports": (SERVICES + b"    ports:\n", b"      - @:80\n"),
        "one name": (SERVICES, b"    privileged: true\n"),
        "anchors": (b"services:\n", b"  s@: &a@ {image: x}\n"),
        "aliases": (b"x: &a {image: nginx, ports: [80:80]}\nservices:\n", b"  s@: *a\n"),
        "wide merges": (WIDE + b"services:\n",
                                b"  s@: {<<: *a}\n"),
        "many merges": (b"x: &a {a: b}\nservices: {web: {<<: [", b"*a,", b"]}}\n"),
        "a scalar": (SERVICES + b"    command: ", b"a "),
        "a block": (SERVICES + b"    command: |\n", b"      a\n"),
        "comments": (SERVICES, b"# a\n"), "blanks": (SERVICES, b"\n"),
        "a comment": (SERVICES + b"#", b"a"), "quotes": (SERVICES + b"    x: '", b"''"),
        "environment": (SERVICES + b"    environment:\n", b"      - PASSWORD@=hunter2\n"),
        "documents": (b"", b"---\n"), "tags": (SERVICES + b"    x: ", b"!a "),
        "extends": (b"services:\n  s: {image: x}\n", b"  s@: {extends: {service: s}}\n"),
        "nothing": (b"", b"\0"), "tabs": (SERVICES, b"\t"),
        "interpolation": (SERVICES + b"    ports: ['", b"${A:-", b"']\n"),
        "volumes": (SERVICES + b"    volumes: ['", b"/:", b"']\n"),
    },
    "nginx": {
        "servers": (b"http {", b"server { listen 80; location / { proxy_pass http://a; } }\n",
                          b"}"),
        "a word": (b"", b"x"), "a quote": (b"http { a '", b"x"),
        "directives": (b"http {", b"server_tokens on;\n", b"}"),
        "locations": (b"http { server {", b"location /a@ { alias /b; }\n", b"}}"),
        "comments": (b"http {}\n", b"#\n"), "words": (b"http { a", b" b", b"; }"),
        "variables": (b"http { server { proxy_pass ", b"$a", b"; } }"),
        "regular expressions": (b"http { server { location ~ '", b"(a*)*", b"' {} } }"),
    },
    "source": {
        "a line": (b"password = '", b"x", b"'\n"), "quotes": (b"", b"'\""),
        "lines": (b"", b"a\n"), "calls": (b"", b"os.system(x);"),
        "keys": (b"", b"AKIA"), "assignments": (b"", b"password="),
        "parentheses": (b"subprocess.run(", b"("), "comments": (b"", b"/*"),
        "base64": (b"key = '", b"QUJDREVGR0g", b"'"), "dashes": (b"", b"-----BEGIN "),
        "equals": (b"token", b" ", b"="),
        "fields": (b"#!/usr/bin/python3\n", b"f'{"), "formats": (b"#!/usr/bin/python3\n", b"f'{a:"),
        "templates": (b"#!/usr/bin/node\n", b"`${"), "ended": (b"#!/usr/bin/node\n", b"`${a}`;"),
        "heredocs": (b"#!/usr/bin/ruby\n" + b'"#{<<E\n' * 20000, b"x\n", b"E\n")
    },
}
