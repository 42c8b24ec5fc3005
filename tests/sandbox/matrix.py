"""
What each layer stops by itself, as a table for docs/compartments.md, and what has to be said about
it: every attack that fewer than two layers stop is explained, by name.
"""

import re
from dataclasses import dataclass

from program import REPOSITORY
from world import ABSENT, LAYERS, STOPPED, all_but

PAGE = REPOSITORY / "docs/compartments.md"
START, END = "<!-- matrix: written by tests/sandbox -->", "<!-- end of matrix -->"
ROUTES = ("hello", "calculate", "ping", "journal", "database", "healthz", "metrics")

# Configuration to (layers that are off, whether a plain user starts it). no_new_privs is always on.
ALL, NONE, PLAIN, PAIR = "all", "none", "plain user", "user and limits"
ONLY = {layer: f"only {layer}" for layer in LAYERS}
WITHOUT = {layer: f"without {layer}" for layer in LAYERS}
ENDS = {ALL: ([], False), NONE: (list(LAYERS), False), PLAIN: ([], True)}
CONFIGURATIONS = {
    **ENDS,
    **{ONLY[layer]: (all_but(layer), False) for layer in LAYERS},
    **{WITHOUT[layer]: ([layer], False) for layer in LAYERS},
    PAIR: (all_but("user", "limits"), False),
}

# What some kernels or machines do not have. Anything else that is absent is a fault of the test.
MAY_BE_ABSENT = {
    "crypto-socket": "built without AF_ALG", "vsock": "built without vsock",
    "connect-tcp6": "no IPv6", "send-udp6": "no IPv6", "raw-socket6": "no IPv6",
    "init-module": "built without modules",
    "kexec": "built without kexec", "x32": "built without x32", "int80": "no 32-bit calls",
    "int80-fork": "no 32-bit calls", "iopl": "built without ports for programs",
    "ioperm": "built without ports for programs", "ldt": "built without modify_ldt",
    "userfaultfd": "built without userfaultfd", "io-uring": "built without, or switched off",
    "journal-noappend": "Linux before 6.9", "kcmp": "built without kcmp", "perf": "no events",
}

# What is possible with all layers, and why it is left: route or "any", attack.
REMAINS = {
    ("journal", "journal-append"): "What the journal is for.",
    ("journal", "journal-next"): "What the journal is for.",
    ("journal", "journal-fill"): "What is appended has no bound but the file system's: give the "
                                 "journals one of their own, or a quota.",
    ("healthz", "run-probe"): "What healthz is for.",
    ("metrics", "run-read"): "What metrics is for.",
}

# Beside that, what a program may do that a plain user has started: without a root folder.
REMAINS_PLAIN = {
    ("database", "connect-edge-path"): "It may connect to the database, and neither seccomp nor "
                                       "Landlock sees where to.",
    ("healthz", "connect-edge-path"): "It may connect to the programs, likewise.",
}

# What a sanitizer's program may do beside: it has no bound of memory, and maps what it likes.
SANITIZED = ("map-shared", "map-growing", "fill-memory", "fill-heap", "fill-addresses")

# Attacks that fewer than two layers stop by themselves.
EXPLAINED = [
    ("Only the process itself is changed or seen. It is refused since no program needs it, and "
     "what it might prepare is stopped by other layers.",
     "getcwd", "umask", "ptrace-me", "affinity", "setpgid", "capget", "dumpable", "keepcaps",
     "rename-itself", "sigaction", "timer", "arch-prctl", "move-code", "ldt", "seccomp",
     "landlock", "uname", "map-shared", "map-growing", "sigreturn", "int80"),
    ("It is done with descriptors that the program has already: there is no path, no right and no "
     "limit to be asked about.",
     "send-descriptor", "getpeername", "shutdown", "attach-filter", "ioctl", "dup2", "fcntl-dup",
     "fcntl-exec"),
    ("Landlock knows of TCP, and there of `bind` and `connect` alone. These sockets take no "
     "right. A network of its own, as a container has, is the second wall.",
     "fast-open", "listen-tcp", "send-udp", "send-udp6", "bind-udp", "netlink", "vsock",
     "socketpair"),
    ("A file in memory has no path to be refused, and is never written where it is run: "
     "PR_SET_MDWE lets it pass. Who gets this far runs code already.",
     "execute-memory", "memory-file-code", "two-views"),
    ("The limit of processes does not bind root, so it holds together with the user, and no "
     "sooner.",
     "fork", "vfork", "clone", "clone3", "fork-bomb", "twin", "thread", "threads",
     "int80-fork"),
    ("The limit of locked memory does not bind root, so it holds together with the user.",
     "mlock-page", "io-uring"),
    ("Anybody may by default: it takes no right, and no limit counts it. A container's bounds of "
     "memory and its own IPC namespace are the second wall.",
     "msgget", "semget", "shmget", "memfd", "add-key", "keyctl", "perf", "quotactl"),
    ("A look that changes nothing: signals and memory of the other stay closed.",
     "pidfd", "read-clock"),
    ("Memory is mapped by a call that every program needs. In a container its memory bound is the "
     "second wall.",
     "fill-memory", "fill-heap", "fill-addresses"),
    ("`mmap` has to be allowed. What keeps the first page free is the kernel, for whoever is not "
     "root.",
     "map-null"),
    ("Its owner may, and Landlock binds paths: the file is open already, or is opened to write, as "
     "it has to be. seccomp compares the flags, and has no other call that could change a file.",
     "journal-overwrite", "journal-setfl", "journal-noappend", "journal-punch",
     "journal-ftruncate", "journal-fchmod", "journal-lock", "journal-link"),
    ("A program with a database has to connect, as healthz has, and neither seccomp nor Landlock "
     "sees the path of a socket. Their root folders hold the database's alone, and the programs'.",
     "connect-edge-path"),
    ("healthz may connect to every program, and each sees whose connection it is: it is served to "
     "nginx's user alone.",
     "run-request"),
    ("A descriptor of a folder leads out of a root folder, and seccomp sees no path. Permissions "
     "hold too, save where anybody may write.",
     "journal-make-beside"),
]


# Of these, what more than one program is attacked with and only this one has but one wall against.
THIN_FOR = {"connect-edge-path": ("database", "healthz"), "run-request": ("healthz",)}


def explanations():
    return {name: sentence for sentence, *names in EXPLAINED for name in names}


def is_stopped(verdict):
    return verdict.startswith(STOPPED)


def is_absent(attack, verdict):
    """Not there to be stopped, as is known of some machines."""
    return verdict.startswith(ABSENT) and attack in MAY_BE_ABSENT


def remains(route, attack, configuration=ALL):
    plain = REMAINS_PLAIN.get((route, attack)) if configuration == PLAIN else None
    return plain or REMAINS.get((route, attack))


@dataclass
class Row:
    """How one attack went on one route."""
    alone: tuple     # the layers that stop it by themselves
    together: bool   # user and limits do, neither alone
    absent: bool

    @property
    def walls(self):
        return len(self.alone)


def row_of(results, attack):
    """`results` are a route's: configuration to attack to verdict."""
    alone = tuple(layer for layer in LAYERS if is_stopped(results[ONLY[layer]][attack]))
    both = is_stopped(results[PAIR][attack]) and not {"user", "limits"} & set(alone)
    return Row(alone, both, results[NONE][attack].startswith(ABSENT))


def rows_of(results):
    """Route to attack to Row."""
    return {route: {attack: row_of(found, attack) for attack in found[ALL]}
            for route, found in results.items()}


# --- writing --------------------------------------------------------------------------------------

OWNERS = {"database": "a program with a database", "healthz": "healthz"}
HEADS = {"user": "user", "root": "root folder", "landlock": "Landlock", "seccomp": "seccomp",
         "limits": "limits", "mdwe": "MDWE"}
ALONE, TOGETHER, NOTHING = "●", "○", ""
NOT_HERE = "this kernel does not have it"


def marks_of(row):
    return [ALONE if layer in row.alone else
            TOGETHER if row.together and layer in ("user", "limits") else NOTHING
            for layer in LAYERS]


def notes_of(attack, rows):
    """What the last column says: whose alone it is, where routes differ."""
    having = [route for route in rows if attack in rows[route]]
    first, *others = having
    notes = [] if len(having) == len(rows) else [", ".join(having)]
    if rows[first][attack].absent:
        notes.append(NOT_HERE)
    elif any(remains(route, attack) for route in having):
        notes.append("remains possible, see below")
    for route in others:
        if marks_of(rows[route][attack]) != marks_of(rows[first][attack]):
            alone = ", ".join(HEADS[layer] for layer in rows[route][attack].alone)
            notes.append(f"{route}: {alone or 'none'}")
    return "; ".join(notes)


def line(cells):
    return "| " + " | ".join(cells) + " |"


def table(words, rows):
    yield line(["attack", *HEADS.values(), ""])
    yield "|---|" + ":-:|" * len(LAYERS) + "---|"
    for attack, what in words.items():
        first = next(rows[route][attack] for route in rows if attack in rows[route])
        marks = [""] * len(LAYERS) if first.absent else marks_of(first)
        yield line([what, *marks, notes_of(attack, rows)])


def totals(results, rows):
    yield line(["program", "attacks", "stopped with all layers", "stopped by two layers or more, "
                "each alone", "fewest layers"])
    yield "|---|" + "--:|" * 4
    for route in rows:
        judged = [name for name, row in rows[route].items()
                  if not row.absent and not remains(route, name)]
        walls = [rows[route][name].walls for name in judged]
        stopped = sum(is_stopped(verdict) for verdict in results[route][ALL].values())
        yield line([route, str(len(results[route][ALL])), str(stopped),
                    str(sum(count >= 2 for count in walls)), str(min(walls))])


def page_part(words, results, abi):
    """What stands between the markers."""
    rows = rows_of(results)
    lines = [
        f"Measured with Landlock of ABI {abi}. ● the layer stops it by itself, as root and with "
        "nothing else on but `no_new_privs`; ○ only the two together.", "",
        *totals(results, rows), "", *table(words, rows), "",
        "Where fewer than two layers stop it, and why that is so:", "",
        *(f"- {', '.join(words[name] for name in names)}. {sentence}"
          for sentence, *names in EXPLAINED), "",
        "What remains possible with all of them:", "",
        *(f"- {words[attack]}. {sentence}" for (_, attack), sentence in REMAINS.items()), "",
        "And of a program that a plain user has started, so without a root folder:", "",
        *(f"- {words[attack]}, for {OWNERS[route]}. {sentence}"
          for (route, attack), sentence in REMAINS_PLAIN.items()),
    ]
    return "\n".join(lines)


def read_page():
    """What stands between the markers now."""
    return re.search(re.escape(START) + r"\n(.*?)\n?" + re.escape(END), PAGE.read_text(),
                     re.DOTALL)[1]


def write_page(part):
    head, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(f"{head}{START}\n{part}\n{END}{rest.partition(END)[2]}")


def differences(one, other):
    """Lines of either part alone; what only one of two kernels has is left out, and the sums."""
    parts = [{text.split(" | ")[0]: text for text in part.splitlines()} for part in (one, other)]
    absent = [{head for head, text in part.items() if NOT_HERE in text} for part in parts]
    summed = {f"| {route}" for route in ROUTES} if absent[0] != absent[1] else set()
    ignored = absent[0] | absent[1] | summed
    return [part[head] for at, part in enumerate(parts) for head in part
            if head not in ignored and parts[1 - at].get(head) != part[head]]


def marks_on(part):
    """What an attack is called to its marks, those of the first program that it was made in."""
    rows = [[cell.strip() for cell in text.split("|")[1:-1]] for text in part.splitlines()
            if text.startswith("|")]
    return {row[0]: row[1:-1] for row in rows
            if len(row) == len(LAYERS) + 2 and NOT_HERE not in row[-1]}


def stated_abi(part):
    found = re.search(r"Landlock of ABI (\d+)", part)
    return int(found[1]) if found else None
