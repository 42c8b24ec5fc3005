"""
Requests as attackers write them, byte by byte, each with the one acceptable answer.

REFUSED: name to (status, request, why). SERVED: name to (request, why); the answer is a greeting.
Each request asks for its connection to be closed, so that the answer has an end.
"""


def lines(*text, body=b""):
    """A raw request; its connection closes after it."""
    encoded = [line if isinstance(line, bytes) else line.encode() for line in text]
    return b"\r\n".join([*encoded, b"Connection: close", b"", b""]) + body


def request(first, *more, body=b""):
    return lines(first, "Host: localhost", *more, body=body)


REFUSED = {
    # unknown paths
    "unknown path": (404, request("GET /nope HTTP/1.1"), "only known paths go further"),
    "slash behind": (404, request("GET /ping/ HTTP/1.1"), "a location with = has no children"),
    "below a route": (404, request("GET /ping/x HTTP/1.1"), "no PATH_INFO"),
    "two slashes": (404, request("GET //ping HTTP/1.1"), "merge_slashes is off"),
    "capitals": (404, request("GET /PING HTTP/1.1"), "paths are case-sensitive"),
    "file beside": (404, request("GET /nginx.conf HTTP/1.1"), "nothing is served from disk"),
    "internal error page": (404, request("GET /_error HTTP/1.1"), "is internal"),
    "internal error page, by its query": (404, request("GET /_error?unknown-host HTTP/1.1"),
                                          "nor does its argument do anything"),
    "unknown path, POST": (404, request("POST /nope HTTP/1.1", "Content-Length: 0"),
                           "a path that is not there has no methods"),
    "dots escaped": (404, request("GET /a%2f%2e%2e%2fnginx.conf HTTP/1.1"), "decoded, not there"),
    # methods
    **{f"{method} {path}": (405, request(f"{method} {path} HTTP/1.1", "Content-Length: 0"),
                            "GET and HEAD only")
       for path in ("/", "/ping") for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH",
                                                 "TRACE", "PROPFIND", "BREW")},
    "CONNECT": (405, request("CONNECT / HTTP/1.1"), "we are no proxy"),
    "CONNECT to a host": (400, request("CONNECT localhost:80 HTTP/1.1"), "its target is no path"),
    "get": (400, request("get / HTTP/1.1"), "methods are case-sensitive"),
    # sizes
    "large body": (413, request("POST / HTTP/1.1", "Content-Length: 8193"), "8 KiB at most"),
    "large body of a GET": (413, request("GET /?name=a HTTP/1.1", "Content-Length: 8193"),
                            "whatever the method"),
    "huge length": (413, request("GET / HTTP/1.1", "Content-Length: 9223372036854775807"),
                    "the most that the number holds"),
    "large chunks": (413, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                  body=b"3000\r\n" + b"a" * 0x3000 + b"\r\n0\r\n\r\n"),
                     "counted as they come"),
    "large body, unknown path": (413, request("POST /nope HTTP/1.1", "Content-Length: 99999"),
                                 "before any location"),
    "long query": (414, request(f"GET /?name={'a' * 100_000} HTTP/1.1"), "100 kB"),
    "long path": (414, request(f"GET /{'a' * 20_000} HTTP/1.1"), "the line counts, not the query"),
    "large header": (431, request("GET / HTTP/1.1", "X: " + "a" * 20_000), "one of 20 kB"),
    "many headers": (431, request("GET / HTTP/1.1", *[f"X-{n}: {'a' * 100}" for n in range(1000)]),
                     "100 kB of small ones"),
    "long cookie": (431, request("GET / HTTP/1.1", "Cookie: " + "a" * 17_000), "no exception"),
    # malformed
    "no request": (400, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "the start of TLS"),
    "no version": (400, request("GET / HTTP/"), "nor HTTP/0.9"),
    "unknown version": (400, request("GET / HTTP/2.5"), "nginx's own 505 is not in the contract"),
    "letters as version": (400, request("GET / HTTP/x.y"), "not a number"),
    "space in the path": (400, request("GET /a b HTTP/1.1"), "what follows is no version"),
    "NUL in the path": (400, request(b"GET /\0 HTTP/1.1"), "a C string would end"),
    "escaped NUL in the path": (400, request("GET /%00 HTTP/1.1"), "so would it, decoded"),
    "broken escape": (400, request("GET /%zz HTTP/1.1"), "in the path nginx decodes itself"),
    "above the root": (400, request("GET /../etc/passwd HTTP/1.1"), "there is nothing above"),
    "above the root, escaped": (400, request("GET /%2e%2e%2fetc/passwd HTTP/1.1"), "decoded first"),
    "relative path": (400, request("GET ping HTTP/1.1"), "a path starts with a slash"),
    "NUL in a header": (400, request("GET / HTTP/1.1", b"X: a\0b"), "a C string would end"),
    "letters as length": (400, request("POST / HTTP/1.1", "Content-Length: ten"), "not a number"),
    "negative length": (400, request("POST / HTTP/1.1", "Content-Length: -1"), "not a length"),
    "two lengths": (400, request("POST / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
                    "request smuggling"),
    "length and chunks": (400, request("POST / HTTP/1.1", "Content-Length: 5",
                                       "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
                          "request smuggling"),
    "unknown coding": (400, request("POST / HTTP/1.1", "Transfer-Encoding: gzip"),
                       "nginx's own 501 is not in the contract"),
    # hosts
    "no Host": (400, lines("GET / HTTP/1.1"), "HTTP/1.1 demands one"),
    "no Host, HTTP/1.0": (400, lines("GET / HTTP/1.0"), "we serve names only"),
    "empty Host": (400, lines("GET / HTTP/1.1", "Host:"), "is none"),
    "two Hosts": (400, request("GET / HTTP/1.1", "Host: localhost"), "which one?"),
    "unknown Host": (400, lines("GET / HTTP/1.1", "Host: example.com"), "DNS rebinding ends here"),
    "unknown Host, unknown path": (400, lines("GET /nope HTTP/1.1", "Host: example.com"),
                                   "a stranger learns no path"),
    "name within": (400, lines("GET / HTTP/1.1", "Host: localhost.example.com"), "not a prefix"),
    "name behind": (400, lines("GET / HTTP/1.1", "Host: evil-localhost"), "not a suffix"),
    "other loopback": (400, lines("GET / HTTP/1.1", "Host: 127.0.0.2"), "is not in SERVER_NAMES"),
    "malformed Host": (400, lines("GET / HTTP/1.1", "Host: local/host"), "no name has a slash"),
    "absolute target": (400, request("GET http://example.com/ HTTP/1.1"), "it beats Host"),
    # bodies
    "body of a GET": (413, request("GET / HTTP/1.1", "Content-Length: 5", body=b"hello"),
                      "it has no meaning, but for who reads another end of it"),
    "chunked body of a GET": (413, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                           body=b"5\r\nhello\r\n0\r\n\r\n"), "likewise"),
    "empty chunked body": (413, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                        body=b"0\r\n\r\n"), "who says chunked means a body"),
    "body for another route": (413, request("GET /ping HTTP/1.1", "Content-Length: 1", body=b"x"),
                       "likewise"),
    "waits for a 100": (413, request("GET / HTTP/1.1", "Expect: 100-continue",
                                     "Content-Length: 5"), "no reason to send it"),
    "chunk extension": (413, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                     body=b"5;x=\"y\"\r\nhello\r\n0\r\n\r\n"),
                        "a body like any"),
    "newline in an extension": (400, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                             body=b"5;x=\"\n\"\r\nhello\r\n0\r\n\r\n"),
                                "where it ends is disputed"),
    "chunk extension, unknown path": (404, request("GET /nope HTTP/1.1",
                                                   "Transfer-Encoding: chunked",
                                                   body=b"5;x=y\r\nhello\r\n0\r\n\r\n"),
                                      "read and thrown away"),
    "broken chunk": (400, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                  body=b"zz\r\nhello\r\n0\r\n\r\n"), "not a size"),
    # transfer codings, and lengths
    **{f"coding{name}": (400, request("GET / HTTP/1.1", b"Transfer-Encoding:" + coding,
                                      body=b"0\r\n\r\n"), "only chunked, said once and plainly")
       for name, coding in {
           ", then another": b" chunked, identity", " with a letter before": b" xchunked",
           " behind a VT": b"\x0bchunked", " before a VT": b" chunked\x0b",
           ": identity": b" identity", ": two": b" gzip, chunked", ": none": b"",
           " in quotes": b' "chunked"', " with a parameter": b" chunked;q=1",
           " twice": b" chunked\r\nTransfer-Encoding: chunked",
           " and another line": b" chunked\r\nTransfer-Encoding: identity"}.items()},
    "coding in capitals": (413, request("GET / HTTP/1.1", "Transfer-Encoding: CHUNKED",
                                        body=b"0\r\n\r\n"), "the same coding"),
    "coding, a blank before the colon": (400, request("GET / HTTP/1.1",
                                                      "Transfer-Encoding : chunked"),
                                         "one end sees it, another does not"),
    "coding of HTTP/1.0": (400, lines("GET / HTTP/1.0", "Host: localhost",
                                      "Transfer-Encoding: chunked"), "it had none"),
    **{f"length {length}": (400, request("GET / HTTP/1.1", f"Content-Length:{length}",
                                         body=b"hello"), "digits and nothing else")
       for length in (" +5", " 0x5", " 5,5", " 5 5", " 1e1", "", " 5.0", " 18446744073709551616")},
    "the same length twice": (400, request("GET / HTTP/1.1", "Content-Length: 5",
                                           "Content-Length: 5", body=b"hello"), "which one?"),
    "no length, twice": (400, request("GET / HTTP/1.1", "Content-Length: 0", "Content-Length: 0"),
                         "likewise"),
    # headers
    "folded header": (400, request("GET / HTTP/1.1", "X: a\r\n b"), "RFC 9112, 5.2"),
    "folded by a tab": (400, request("GET / HTTP/1.1", "X: a\r\n\tb"), "likewise"),
    "folded before any": (400, lines("GET / HTTP/1.1", " X: a", "Host: localhost"), "of what?"),
    "blank before the colon": (400, lines("GET / HTTP/1.1", "Host : localhost"), "RFC 9112, 5.1"),
    "blank in a name": (400, request("GET / HTTP/1.1", "X Y: z"), "no token"),
    "no name": (400, request("GET / HTTP/1.1", ": z"), "no token"),
    "control character in a name": (400, request("GET / HTTP/1.1", b"X\x01Y: z"), "no token"),
    "carriage return alone": (400, request("GET / HTTP/1.1", b"X: a\rY: b"),
                              "some end a line there"),
    "carriage return twice": (400, b"GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n", "likewise"),
    "10,000 headers": (431, request("GET / HTTP/1.1", *[f"X-{n}: a" for n in range(10_000)]),
                       "120 kB of tiny ones"),
    # first lines
    **{f"version {version}": (400, request(f"GET / {version}"), "HTTP/1.0, HTTP/1.1 or HTTP/2")
       for version in ("HTTP/01.1", "HTTP/1.10", "http/1.1", "HTTP/1.", "HTTP/1.2", "HTTP/2.0",
                       "HTTP/0.9", "HTTP/1.1x", "HTTP/1,1", "ICY/1.0")},
    **{f"first line {line!r}": (400, request(line), "no token, or no target")
       for line in (b"GET /\rX HTTP/1.1", b"G\0ET / HTTP/1.1", b"gEt / HTTP/1.1",
                    b"G3T / HTTP/1.1", b"GET\t/\tHTTP/1.1", b" GET / HTTP/1.1",
                    b"GET /\x01 HTTP/1.1", b"GET /\x7f HTTP/1.1", b"OPTIONS * HTTP/1.1",
                    b"GET ?x HTTP/1.1", b"GET # HTTP/1.1")},
    "preface of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "only under TLS"),
    "PROXY protocol": (400, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request("GET / HTTP/1.1"),
                       "anybody could say it"),
    "header first": (400, b"Host: localhost\r\n\r\n", "no request"),
    "long method": (405, request("A" * 5000 + " / HTTP/1.1"), "just another one"),
    # absolute targets
    **{f"target {target}": (400, lines(f"GET {target} HTTP/1.1", "Host: localhost"),
                            "no host of ours, or none at all")
       for target in ("http://[::1/", "http://user@localhost/", "http:///", "http://",
                      "http://localhost:80x/", "ftp://localhost/", "file://localhost/")},
    "two Hosts behind a target": (400, lines("GET http://localhost/ HTTP/1.1", "Host: a",
                                             "Host: b"), "which one?"),
    # paths
    **{f"path {path}": (404, request(f"GET {path} HTTP/1.1"), "no route's")
       for path in ("/..;/", "/;a=b", "/ping;x=1", "/ping%0a", "/ping%20", "/ping%2f", "/%2f",
                    "/%5c..%5c", "/%252e%252e/", "/%c0%ae%c0%ae/", "/.git/config", "/.env",
                    "/_redirect", "/@audit", "/audit/", "/robots.txt")},
    **{f"path {path}": (400, request(f"GET {path} HTTP/1.1"), "no path")
       for path in ("/..", "/%2e%2e/%2e%2e/etc/passwd", "/ping%00", "/%", "/%4", "/%u002e")},
    # hosts
    **{f"host {host!r}": (400, lines("GET / HTTP/1.1", b"Host:" + host), "none of ours")
       for host in (b" localhost:abc", b" localhost:80:80", b" localhost:999999",
                    b" user@localhost", b" localhost, example.com", b" local%68ost", b" [::1",
                    b" a..b", b" localhost\0", b" localhost\xff", b" localhost#", b" localhost?",
                    b" .localhost", b"\tlocalhost", b" localhost..")},
}

SERVED = {
    "Host in capitals": (lines("GET / HTTP/1.1", "Host: LOCALHOST"), "names have no case"),
    "final dot": (lines("GET / HTTP/1.1", "Host: localhost."), "the same name in DNS"),
    "with a port": (lines("GET / HTTP/1.1", "Host: localhost:1"), "a tunnel's port is not ours"),
    "IPv4": (lines("GET / HTTP/1.1", "Host: 127.0.0.1"), "curl by address"),
    "IPv6": (lines("GET / HTTP/1.1", "Host: [::1]:15000"), "curl by the other address"),
    "HTTP/1.0": (lines("GET / HTTP/1.0", "Host: localhost"), "with a Host it is served"),
    "absolute target": (lines("GET http://localhost/ HTTP/1.1", "Host: example.com"),
                        "RFC 9112: its host is the one that counts"),
    "escaped path": (request("GET /%2e/ HTTP/1.1"), "decoded and normalized: /"),
    "longest query": (request(f"GET /?other={'%41' * 4096} HTTP/1.1"),
                      "4,096 bytes, each percent-encoded"),
    "large header": (request("GET / HTTP/1.1", "X: " + "a" * 15_000), "under the limit"),
    "newlines alone": (b"GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
                       "RFC 9112: may be taken"),
    "name with an underscore": (request("GET / HTTP/1.1", "Content_Length: 5",
                                        "Transfer_Encoding: chunked"), "nginx drops it"),
    "Proxy": (request("GET / HTTP/1.1", "Proxy: http://example.com"), "no CGI variable of it"),
    "upgrade to HTTP/2": (request("GET / HTTP/1.1", "Upgrade: h2c",
                                  "HTTP2-Settings: AAMAAABkAAQAAP__"), "not taken up"),
    "upgrade to a WebSocket": (request("GET / HTTP/1.1", "Upgrade: websocket",
                                       "Sec-WebSocket-Key: x"), "not taken up"),
    "another path, by headers": (request("GET / HTTP/1.1", "X-Original-URL: /audit",
                                         "X-Rewrite-URL: /audit"), "they mean nothing here"),
    "another method, by a header": (request("GET / HTTP/1.1", "X-HTTP-Method-Override: PUT"),
                                    "nor does that"),
    "another host, by headers": (request("GET / HTTP/1.1", "X-Forwarded-Host: example.com",
                                         "Forwarded: host=example.com"), "nor do those"),
    "no body, said so": (request("GET / HTTP/1.1", "Content-Length: 0"), "some clients say it"),
    "unknown expectation": (request("GET / HTTP/1.1", "Expect: x"), "RFC 9110, 10.1.1: may be"),
    "conditions": (request("GET / HTTP/1.1", 'If-Match: "x"', "Range: bytes=0-1"),
                   "of an answer that is made anew each time"),
    "line without a colon": (request("GET / HTTP/1.1", "hello"), "nginx drops it"),
    "empty lines before": (b"\r\n\r\n" + request("GET / HTTP/1.1"), "RFC 9112, 2.2"),
    "back to the root": (request("GET /a/../ HTTP/1.1"), "normalized: /"),
    "fragment": (request("GET /#x HTTP/1.1"), "cut off"),
}
