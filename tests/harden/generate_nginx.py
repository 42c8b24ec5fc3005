"""nginx's configuration as many would write it, well and badly: random servers in random shapes."""

HTTP = ["sendfile on;", "server_tokens on;", "server_tokens off;", "server_tokens build;",
        "client_body_timeout 5s;", "client_header_timeout 5s;", "send_timeout 7;",
        "client_max_body_size 8k;", "ssl_protocols TLSv1 TLSv1.1 TLSv1.2;",
        "ssl_protocols SSLv3 \"TLSv1\";", "ssl_protocols TLSv1.3 TLSv1.1;", "autoindex on;",
        "add_header X-Content-Type-Options nosniff always;", "add_header X-A 'b c';",
        "add_header Referrer-Policy \"no-referrer\";", "root /srv;", "proxy_ssl_protocols TLSv1.1;",
        "map $uri $%s { default a; autoindex on; ~^/(?<x>{) \"{;}\"; }",
        "log_format %s '$uri {';", "upstream %s { server 127.0.0.1:9; }", "types { a/b c d; }"]
SERVER = ["server_name a.example ~^b\\.(.+)$;", "root /srv/a;", "root '/srv/b c';", "autoindex on;",
          "autoindex 'on';", "server_tokens on;", "index a b;", "add_header X-Frame-Options DENY;",
          "proxy_set_header Host $http_host;", "proxy_set_header Host \"${http_host}\";",
          "fastcgi_param HTTP_HOST $http_host;", "add_header X-B \"a\\\"}{;#\";",
          "error_page 404 /x;", "if ($uri ~ \"/\\.\") { return 404; }", "client_max_body_size 1m;",
          "ssl_protocols TLSv1 TLSv1.1;", "rewrite ^/(.{1,3})$ /b last;",
          "return 301 https://$host$uri;", "set $v a${uri}b;"]
LOCATIONS = ["/", "/static", "/static/", "^~ /static", "^~/img", "= /x", "~ \\.php$", "~* /\\.ht",
             "/s#t", "/q\\;", "~ \"^/a{2}/(.*)$\"", "/a${b", "@named", "'/q r'"]
INSIDE = ["alias /srv/files/;", "alias \"/srv/files/\";", "alias /srv/x;", "root /srv/c;",
          "autoindex\ton ;", "proxy_pass http://127.0.0.1:8$request_uri;", "expires 1d;",
          "proxy_pass http://$host;", "add_header X-C d;", "deny all;", "internal;",
          "return 200 'a;b}c';", "try_files $uri =404;", "proxy_set_header host $http_host;"]
COMMENTS = ["# why", "#", "# } {", "# it's", "# harden: ignore N1 because it is so"]
MUTATIONS = ["{", "}", ";", "'", '"', "\\", "#", "\n", "\r\n", " ", "\t", "$", "${", "on", "off",
             ";;", "{}", "autoindex on;", "server_tokens on;", "include x;", "\\\n", "location",
             "alias /a/;", "\x00", "\ufeff", "add_header a b;", "# x\n", "server {}\n", "http"]


def unique(random, some):
    """nginx takes most of them once only; names of their own where one is asked for."""
    seen, kept = set(), []
    for number, text in enumerate(some):
        name = text.split()[0]
        repeats = name in ("add_header", "map", "log_format", "upstream", "proxy_set_header", "if",
                           "fastcgi_param", "set", "location", "server")
        if repeats or name not in seen or random.random() < 0.02:
            kept.append(text % f"n{number}" if "%s" in text else text)
        seen.add(name)
    return kept


def block(random, head, inside, indent, depth):
    """A block and what is in it, in one of the shapes that people give them."""
    shape = random.random()
    if shape < 0.15:
        return head + random.choice([" { ", "{", " {"]) + " ".join(
            text for text in inside if "#" not in text) + random.choice([" }", "}"])
    lines = []
    for text in inside:
        if random.random() < 0.1:
            lines.append(random.choice(COMMENTS))
        lines.append(text + random.choice(["", "", "", " ", "  # x", " #"]))
    if not lines:
        return head + random.choice([" {}", " { }", " {\n" + indent * depth + "}"])
    inner = indent * (depth + 1)
    opening = random.choice([" {", " {", " { # x", "\n" + indent * depth + "{", "{"])
    return head + opening + "\n" + "\n".join(inner + line for line in lines) + \
        "\n" + indent * depth + "}"


def location(random, indent):
    inside = unique(random, random.sample(INSIDE, random.randrange(0, 4)))
    return block(random, "location " + random.choice(LOCATIONS), inside, indent, 2)


def server(random, indent):
    inside = random.sample(SERVER, random.randrange(0, 6))
    inside += [location(random, indent) for _ in range(random.randrange(0, 4))]
    if random.random() < 0.5:
        random.shuffle(inside)
    return block(random, "server", ["listen 127.0.0.1:18099;"] + unique(random, inside), indent, 1)


def document(random):
    """The bytes of one that nginx mostly takes."""
    indent = random.choice(["    ", "  ", "\t", ""])
    inside = random.sample(HTTP, random.randrange(0, 7))
    inside += [server(random, indent) for _ in range(random.randrange(0, 3))]
    if random.random() < 0.3:
        random.shuffle(inside)
    text = random.choice(["events {}\n", "events{}", "# x\nevents {\n}\n\n"]) + \
        block(random, "http", unique(random, inside), indent, 0)
    newline = random.choice(["\n", "\n", "\r\n"])
    return (text + random.choice(["\n", ""])).replace("\n", newline).encode()


def mutated(random, data):
    """The same with a few bytes put in, taken out or doubled."""
    for _ in range(random.randrange(1, 3)):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.randrange(1, 20))
        kind = random.randrange(3)
        if kind == 0:
            data = data[:at] + random.choice(MUTATIONS).encode() + data[at:]
        elif kind == 1:
            data = data[:at] + data[end:]
        else:
            data = data[:end] + data[at:end] + data[end:]
    return data
