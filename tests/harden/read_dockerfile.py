"""
Dockerfiles by another hand than harden's: what BuildKit's parser (frontend/dockerfile/parser) does,
in Python. A judge, for tests.
"""

import re

KEYWORDS = set("ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD "
               "RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split())
BLANK = " \t\v\f\r"


class Broken(ValueError):
    """What can't be built."""


def words_of(line, escape):
    """Split at blanks that are in no quotes; the quotes stay."""
    found, word, quote, at = [], "", "", 0
    while at < len(line):
        char = line[at]
        if char == escape and quote != "'" and at + 1 < len(line):
            word += line[at:at + 2]
            at += 1
        elif not quote and char in BLANK:
            found += [word] if word else []
            word = ""
        else:
            quote = "" if char == quote else char if not quote and char in "\"'" else quote
            word += char
        at += 1
    return found + ([word] if word else [])


def is_list(arguments):
    import json  # pylint: disable=import-outside-toplevel
    try:
        found = json.loads(arguments)
    except ValueError:
        return False
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


def heredocs(keyword, arguments, escape):
    if keyword not in ("RUN", "COPY", "ADD"):
        return
    words = words_of(arguments, escape)
    while words and words[0].startswith("--"):
        words.pop(0)
    if is_list(" ".join(words)):
        return
    for word in words:
        found = re.fullmatch(r"\d*<<(-?)([^<]*)", word, re.DOTALL)
        name = found and re.sub(r"[\"']", "", found.group(2))
        if name:
            yield name, bool(found.group(1))


def read(data):
    """Every instruction as (keyword, what follows it, heredocs as they are)."""
    text = data.decode("utf-8", "surrogateescape")
    text = text[1:] if text.startswith("\ufeff") else text
    if "\0" in text:
        raise Broken("NUL")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if lines[-1] == "" and text.endswith("\n"):
        lines.pop()
    escape, seen, directives, at, found = "\\", False, True, 0, []
    while at < len(lines):
        line = lines[at].lstrip(BLANK)
        at += 1
        if directives:
            key = re.fullmatch(rf"#[{BLANK}]*([^=#\s]+)[{BLANK}]*=[{BLANK}]*(.+?)[{BLANK}]*", line)
            directives = bool(key)
            if key and key.group(1).lower() == "escape":
                if seen or key.group(2) not in ("\\", "`"):
                    raise Broken("escape")
                escape, seen = key.group(2), True
        if not line or line[0] == "#":
            continue
        logical, at = continued(lines, at, line, escape)
        if not logical.strip(BLANK):
            continue
        bodies, keyword, rest = [], *(re.split(rf"[{BLANK}]+", logical.strip(BLANK), maxsplit=1)
                                      + [""])[:2]
        keyword, inner = keyword.upper(), rest
        if keyword == "ONBUILD":
            keyword, inner = (re.split(rf"[{BLANK}]+", rest, maxsplit=1) + [""])[:2]
            keyword = "ONBUILD " + keyword.upper()
        if keyword.split(" ")[-1] not in KEYWORDS:
            raise Broken(keyword)
        for name, is_chomped in heredocs(keyword.split(" ")[-1], inner, escape):
            body = []
            while True:
                if at == len(lines):
                    raise Broken(name)
                line = lines[at]
                at += 1
                if (line.lstrip("\t") if is_chomped else line) == name:
                    break
                body.append(line)
            bodies.append((name, body))
        found.append((keyword, inner, bodies))
    return found


def continued(lines, at, line, escape):
    """The logical line that begins with `line`, and the number of the line behind it."""
    end = re.compile(rf"(?:^|(?<=[^{re.escape(escape)}])){re.escape(escape)}[ \t]*$")
    logical = ""
    while True:
        part = end.sub("", line)
        logical += part
        if part == line and not end.search(line):
            return logical, at
        while at < len(lines) and (not lines[at].strip(BLANK)
                                   or lines[at].lstrip(BLANK)[0] == "#"):
            at += 1
        if at == len(lines):
            return logical, at
        line = lines[at]
        at += 1
