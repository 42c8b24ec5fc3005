"""
What each fix of a Compose file may change, by another hand than harden's: what PyYAML reads before
and afterwards, a service each.
"""

import re

import yaml

HOST_KEYS = ("pid", "ipc", "uts", "userns_mode")
SECRET = re.compile(r"\$\{\w+:\?[^}]*\}")


class Loader(yaml.SafeLoader):
    """PyYAML's own, which takes tags that it does not know for what they stand at."""


def untagged(loader, _, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Loader.add_multi_constructor("!", untagged)


def read(data):
    """What PyYAML makes of it; None: nothing, or no mapping."""
    try:
        found = yaml.load(data, Loader)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, KeyError):
        return None
    return found if isinstance(found, dict) else None


# What libyaml makes no tree of, and harden reads: what it says, and why that is no fault.
READ_ANYWAY = {
    "found duplicate anchor": "YAML 1.2 lets a name be given again, and Compose 2 takes it",
    "but found another document": "Compose 2 takes the documents one after the other",
}
# What harden says of what libyaml makes a tree of, and why it is a fault all the same.
REFUSED_ANYWAY = {
    "the alias stands for what it is in": "there is no end to it, and Compose refuses it too",
}


def refusal(data):
    """What libyaml says of a text that it makes no tree of; None: it makes one. PyYAML's own
    scanner differs in corners, Compose 2's is libyaml's in Go."""
    try:
        yaml.compose(data, yaml.CSafeLoader)
        return None
    except RecursionError:
        return "too deep"
    except yaml.YAMLError as error:
        return " ".join(str(error).split())


def services(model):
    """Name to service, of any version."""
    found = model.get("services", model)
    return found if isinstance(found, dict) else {}


# --- one value each: whether `new` is what the fix makes of `old` ---------------------------------

def is_bound(old, new):
    if isinstance(old, dict):
        return new == {**old, "host_ip": "127.0.0.1"} or \
            new == {**old, "host_ip": "::1"}
    old, new = str(old), str(new)
    for everywhere in ("0.0.0.0:", "[::]:", "::"):
        if old.startswith(everywhere):
            return new in ("127.0.0.1:" + old[len(everywhere):], "[::1]:" + old[len(everywhere):])
    if "0.0.0.0" in old:
        return new == old.replace("0.0.0.0", "127.0.0.1")
    outside = re.sub(r"\$\{[^}]*\}", "", old)
    return new == ("127.0.0.1:" if ":" in outside else "127.0.0.1::") + old


def each(is_one):
    """The same for all items of a list."""
    def compare(old, new):
        return isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and \
            all(repr(a) == repr(b) or is_one(a, b) for a, b in zip(old, new))
    return compare


def is_confined(old, new):
    """Of security_opt: what opens is gone, no-new-privileges is there; the rest in its order."""
    old, new = old or [], new or []
    told = [o for o in old if not str(o).startswith("no-new-privileges")]
    left = [o for o in new if not str(o).startswith("no-new-privileges")]
    gone = [o for o in told if o not in left]
    return [o for o in told if o in left] == left and \
        all(re.search("unconfined|disable", str(o)) for o in gone)


def mounted(value):
    """A mount without how it may be written to and where its mounts go."""
    if isinstance(value, dict):
        bind = {k: v for k, v in (value.get("bind") or {}).items() if k != "propagation"}
        return {k: v for k, v in value.items() if k not in ("read_only", "bind")}, bind
    parts = str(value).split(":")
    modes = parts.pop().split(",") if len(parts) == 3 else []
    return parts, [m for m in modes if not re.fullmatch("ro|rw|r?(shared|slave|private)", m)]


def is_mounted(old, new):
    """The same, but not to be written to, or with mounts that stay within."""
    return mounted(old) == mounted(new) and not re.search(r"\br?shared\b", repr(new))


def is_hidden(old, new):
    """Of environment: names as they were, a value perhaps in .env now."""
    if isinstance(old, dict):
        return isinstance(new, dict) and list(old) == list(new) and all(
            repr(old[k]) == repr(new[k]) or SECRET.fullmatch(str(new[k])) for k in old)
    return each(lambda a, b: str(a).split("=")[0] == str(b).split("=")[0] and
                SECRET.fullmatch(str(b).partition("=")[2]))(old, new)


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def is_longer(old, new):
    """A list with more at its end."""
    return listed(new)[:len(listed(old))] == listed(old)


def is_limited(old, new):
    """Of deploy: nothing but limits that were not there."""
    if not isinstance(old, dict) or not isinstance(new, dict) or old.keys() - new.keys():
        return False
    return all(repr(old.get(k)) == repr(new[k]) or
               (is_limited(old.get(k, {}), new[k]) if isinstance(new[k], dict) else
                (k, new[k]) in (("memory", "512m"), ("memory", "512M"), ("pids", 100),
                                ("cpus", "1"), ("cpus", "1.0"))) for k in new)


# Key to the checks whose fixes change it, and what they make of it.
MAY_CHANGE = {
    "privileged": ("C1", lambda old, new: old and not new),
    "volumes": ("C3 C22", each(is_mounted)),
    "ports": ("C4", each(is_bound)),
    "security_opt": ("C9 C10", is_confined),
    "cap_drop": ("C12", is_longer),
    "read_only": ("C13", lambda old, new: old in (None, False) and new is True),
    "tmpfs": ("C13", is_longer),
    "mem_limit": ("C14", lambda old, new: new in ("512m", "512M")),
    "pids_limit": ("C15", lambda old, new: new == 100),
    "cpus": ("C16", lambda old, new: float(new) > 0),
    "deploy": ("C14 C15 C16", is_limited),
    "environment": ("C20", is_hidden),
    **{key: ("C8", lambda old, new: old == "host" and new is None) for key in HOST_KEYS},
}


def unintended(old, new, fixed):
    """What no fix of those that were done may have changed, in words; None: nothing."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return None if repr(old) == repr(new) else "the service"
    order = [key for key in new if key in old]
    if order != [key for key in old if key in new]:
        return "the order"
    for key in {**old, **new}:
        if repr(old.get(key)) == repr(new.get(key)) and (key in old) == (key in new):
            continue
        checks, is_right = MAY_CHANGE.get(key, ("", None))
        if not fixed & set(checks.split()) or not is_right(old.get(key), new.get(key)):
            return f"{key}: {old.get(key)!r} -> {new.get(key)!r}"
    return None
