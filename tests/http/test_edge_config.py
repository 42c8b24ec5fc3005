"""
nginx's files, read instead of run: faults that a configuration checker such as gixy looks for, and
what nginx itself says of them. Each rule is shown a line that breaks it.
"""

import re
import subprocess

import pytest

from stack import LIMITS_OFF, REPOSITORY, Stack
from tls_stack import TlsStack

FILES = {str(path.relative_to(REPOSITORY / "nginx")): path.read_text()
         for path in sorted((REPOSITORY / "nginx").rglob("*.conf"))}


def directives(text):
    """Without comments; `if` and the like with what is in their brackets."""
    bare = re.sub(r"(^|\s)#[^\n]*", r"\1", text)
    return [" ".join(part.split()) for part in re.split(r"[;{}]\s", bare) if part.strip()]


# What no directive may look like, but those in the files that follow; and one that does.
RULES = {
    "a header of one place drops those of all others":
        (r"^add_header\b", {"edge/headers.conf"}, "add_header X y;"),
    "a decoded path in a header or a redirect may hold a line's end":
        (r"^(return|rewrite|add_header)\b.*\$(document_)?uri\b", set(), "return 301 $uri;"),
    "the Host that a client sent is not a host of ours":
        (r"\$http_host\b", {"edge/log.conf", "edge/methods.conf"}, "set $a $http_host;"),
    "an alias without its slash leaves its folder":
        (r"^alias\b", set(), "alias /srv/;"),
    "a path is looked up on the disk in one folder only":
        (r"^root\b(?! @STATE_DIR@/)", set(), "root /srv;"),
    "a location by a pattern matches more than was thought of":
        (r"^location (?!(= )?[/@])", set(), "location ~ \\.php {"),
    "nothing is passed to an address, least of all to one in a variable":
        (r"^(proxy|uwsgi|scgi|grpc|memcached)_pass\b|^fastcgi_pass [^a-z]", set(),
         "proxy_pass http://$a;"),
    "an if that does more than to return is evil":
        (r"^if\b(?! \(\$(is|has)_\w+\)$)", set(), "if ($http_x ~ a) {"),
    "a list of files is nobody's business":
        (r"^(autoindex|stub_status|dav_methods|ssi|perl\w*|js_\w+)\b", set(), "autoindex on;"),
    "trust in what is sent is TRUSTED_PROXIES'":
        (r"^(set_real_ip_from|real_ip_header|valid_referers)\b", set(), "valid_referers none;"),
    "old versions and weak suites of TLS":
        (r"^ssl_(protocols\b.*(SSLv|TLSv1(\.1)?\b(?!\.))|ciphers\b.*(CBC|RC4|MD5|NULL|EXP|aNULL))",
         set(), "ssl_protocols TLSv1.1 TLSv1.2;"),
    "a pattern without a start matches inside":
        (r"^\"?~\*?(?!\^|\(\?s\)\^|\[\^)", set(), '"~abc" x;'),
}


@pytest.mark.parametrize("why", RULES)
def test_rule(why):
    pattern, excepted, broken = RULES[why]
    assert any(re.search(pattern, line) for line in directives(broken + "\n")), "it finds nothing"
    found = [(name, line) for name, text in FILES.items() if name not in excepted
             for line in directives(text) if re.search(pattern, line)]
    assert found == []
    assert all(any(re.search(pattern, line) for line in directives(FILES[name]))
               for name in excepted), "an exception that nothing needs"


def test_what_must_be_said():
    """Once, for all."""
    everything = [line for text in FILES.values() for line in directives(text)]
    for directive in ("server_tokens off", "merge_slashes off", "fastcgi_pass_request_headers off",
                      "fastcgi_pass_request_body off", "ssl_session_tickets off", "daemon off"):
        assert everything.count(directive) == 1, directive


def test_each_route_refuses_methods_first():
    """What route.conf refuses is refused before anything is passed on."""
    for name, text in FILES.items():
        if name.startswith("routes/"):
            for block in re.findall(r"location = .*?\n\}", text, re.DOTALL):
                assert "include edge/route.conf;" in block, name


@pytest.mark.parametrize("make", [
    lambda: Stack(**LIMITS_OFF), lambda: Stack(TRUSTED_PROXIES="10.0.0.1", HEALTH_FROM=""),
    lambda: TlsStack("-addext", "authorityInfoAccess=OCSP;URI:http://127.0.0.1:9")],
    ids=["plain", "behind a proxy", "TLS"])
def test_nginx_has_nothing_to_say(make):
    """Not a warning of what is deprecated, duplicate or ignored."""
    with make() as stack:
        done = subprocess.run(["nginx", "-t", "-q", "-e", "/dev/stderr", "-c",
                               str(stack.state / "nginx/nginx.conf"), "-g", "user root;"],
                              capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if "user" not in line]
    assert (done.returncode, said) == (0, [])
