"""Words that become commands: of /ping's address, of its arguments, and of a file of settings."""

import os
import subprocess

from model import AttackClass, Raw, encoded, one_by_one
from stack import REPOSITORY

TOUCH = "touch {file}"
SAY = "expr {a} \\* {b}"

COMMANDS = {
    "a semicolon": f"127.0.0.1;{TOUCH}",
    "a semicolon and no address": f";{TOUCH}",
    "a semicolon in blanks": f"127.0.0.1 ; {TOUCH} ;",
    "two ands": f"127.0.0.1 && {TOUCH}",
    "two ors": f"no.such.host.invalid || {TOUCH}",
    "an and": f"127.0.0.1 & {TOUCH}",
    "a pipe": f"127.0.0.1 | {TOUCH}",
    "a pipe with errors": f"127.0.0.1 |& true; {TOUCH}",
    "a new line": f"127.0.0.1\n{TOUCH}",
    "a carriage return and a new line": f"127.0.0.1\r\n{TOUCH}\n",
    "a substitution": f"$({TOUCH})",
    "a substitution in backticks": f"`{TOUCH}`",
    "a substitution within an address": f"127.0.0.$(({TOUCH}); echo 1)",
    "a substitution in double quotes": f"\"$({TOUCH})\"",
    "a substitution of a substitution": f"$(echo `{TOUCH}`)",
    "an arithmetic expansion": f"$((1 + $({SAY} >{{file}}; echo 1)))",
    "a default value": f"${{nothing:-$({TOUCH})}}",
    "an assigned default": f"${{nothing:=`{TOUCH}`}}",
    "a redirection of the output": "127.0.0.1 >{file}",
    "a redirection that appends": "127.0.0.1 >>{file}",
    "a redirection of no command": "127.0.0.1;>{file}",
    "a redirection that clobbers": "127.0.0.1 >|{file}",
    "blanks as ${IFS}": "127.0.0.1;touch${IFS}{file}",
    "blanks as $IFS$9": "127.0.0.1;touch$IFS$9{file}",
    "blanks as tabs": "127.0.0.1;touch\t{file}",
    "a quoted command": "127.0.0.1;'touch' {file}",
    "a command in pieces": "127.0.0.1;t''ou\"\"ch {file}",
    "a command with backslashes": "127.0.0.1;\\t\\o\\u\\c\\h {file}",
    "a command by its path": "127.0.0.1;/usr/bin/touch {file}",
    "a command by a pattern": "127.0.0.1;/???/b?n/tou?h {file}",
    "a command in a variable": "127.0.0.1;c=touch;$c {file}",
    "a command in base 64": "127.0.0.1;echo dG91Y2gg|base64 -d|xargs -I@ touch {file}",
    "a command by printf": "127.0.0.1;$(printf '\\164ouch') {file}",
    "a command by eval": f"127.0.0.1;eval '{TOUCH}'",
    "another shell": f"127.0.0.1;sh -c '{TOUCH}'",
    "bash": f"127.0.0.1;bash -c '{TOUCH}'",
    "bash, by a string": f"127.0.0.1;bash<<<'{TOUCH}'||bash -c '{TOUCH}'",
    "bash, with braces for blanks": "127.0.0.1;bash -c '{touch,{file}}'",
    "bash, in the notation of C": "127.0.0.1;bash -c $'touch \\x2f'||bash -c 'touch {file}'",
    "a here document": "127.0.0.1;sh <<x\ntouch {file}\nx\n",
    "a group": f"127.0.0.1;{{ {TOUCH}; }}",
    "a subshell": f"127.0.0.1;({TOUCH})",
    "a condition": f"127.0.0.1;if true;then {TOUCH};fi",
    "a loop": f"127.0.0.1;for i in 1;do {TOUCH};done",
    "a function": f"127.0.0.1;f(){{ {TOUCH};}};f",
    "a trap": f"127.0.0.1;trap '{TOUCH}' EXIT",
    "a comment behind": f"127.0.0.1;{TOUCH} #",
    "python": "127.0.0.1;python3 -c \"open('{file}','w')\"",
    "perl": "127.0.0.1;perl -e 'open F,\">{file}\"'",
    "awk": "127.0.0.1;awk 'BEGIN{print 1>\"{file}\"}'",
    "find": "127.0.0.1;find / -maxdepth 0 -exec touch {file} \\;",
    "xargs": "127.0.0.1;echo {file}|xargs touch",
    "env": "127.0.0.1;env touch {file}",
    "nohup, and left behind": "127.0.0.1;nohup touch {file} >/dev/null &",
    "dd": "127.0.0.1;dd if=/dev/null of={file}",
    "tee": "127.0.0.1|tee {file}",
    "cp": "127.0.0.1;cp /dev/null {file}",
    "ln": "127.0.0.1;ln -s / {file}",
    "a computed answer": f"127.0.0.1;{SAY}",
    "a computed answer, alone": f"$({SAY})",
    "a computed answer by arithmetic": "127.0.0.1;echo $(({a}*{b}))",
    "a computed answer of awk's": "127.0.0.1;awk 'BEGIN{printf \"%d\",{a}*{b}}'",
    "a secret, read": "127.0.0.1;cat {secret}",
    "a secret, read backwards and back": "127.0.0.1;rev {secret}|rev",
    "a secret of the environment": "127.0.0.1;env",
    "a secret of the environment, by /proc": "127.0.0.1;tr '\\0' ' ' </proc/self/environ",
    "a request by bash": "127.0.0.1;bash -c 'echo {mark} >/dev/tcp/127.0.0.1/{port}'",
    "a request by python": "127.0.0.1;python3 -c \"import socket;socket.create_connection(('127.0."
                           "0.1',{port})).send(b'{mark}')\"",
    "a request by perl": "127.0.0.1;perl -MIO::Socket::INET -e 'IO::Socket::INET->new(\"127.0.0.1:"
                         "{port}\")->print(\"{mark}\")'",
    "a full-width semicolon": "127.0.0.1\uff1btouch {file}",
    "a full-width pipe": "127.0.0.1\uff5ctouch {file}",
    "a full-width dollar": "\uff04(touch {file})",
    "a full-width and": "127.0.0.1 \uff06 touch {file}",
    "encoded twice": Raw("127.0.0.1%253Btouch%2520{file}"),
    "blanks as plus signs": Raw("127.0.0.1;touch+{file}"),
    "an overlong semicolon": Raw("127.0.0.1%c0%bbtouch%20{file}"),
    "an overlong new line": Raw("127.0.0.1%c0%8atouch%20{file}"),
    "three bytes for a pipe": Raw("127.0.0.1%e0%81%bctouch%20{file}"),
}


def leaked(target, body):
    return next((f"{secret[:4]}... came out" for secret in target.secrets
                 if secret.encode() in body), "")


def of_answer(target, row, answer):
    """What any code of the attacker's would show by."""
    done = target.scene.was_done(row)
    return done or ("it was computed" if row.product.encode() in answer.body else
                    leaked(target, answer.body))


def by_query(path, name, timeout=10):
    """An attempt whose payload is a parameter of a route."""
    def attack(target, row):
        value = encoded(target_payload(target, row))
        return of_answer(target, row, target.ask(f"{path}?{name}={value}", timeout=timeout))
    return one_by_one(attack)


def target_payload(target, row):
    filled = target.scene.fill(row.payload, row)
    return Raw(filled) if isinstance(row.payload, Raw) else filled


# --- arguments of ping's --------------------------------------------------------------------------

ARGUMENTS = {
    "its help": ("-h", "Usage"), "its version": ("-V", "iputils"),
    "four packets": ("-c 4 -i 0.01 198.51.100.2", 4),
    "four packets, behind": ("198.51.100.2 -c 4 -i 0.01", 4),
    "ten packets at once": ("-c 10 -l 3 -i 0.01 198.51.100.2", 10),
    "a flood": ("-f -c 200 198.51.100.2", 200),
    "a large packet": ("-s 60000 198.51.100.2", b"size"),
    "a pattern of one's own": ("-s 64 -p 6b6579 198.51.100.2", b"keykey"),
    "two dashes first": ("-c 3 -i 0.01 -- 198.51.100.2", 3),
    "letters together": ("-nqc3 -i0.01 198.51.100.2", 3),
    "an option with a tab": ("-c\t3\t-i\t0.01\t198.51.100.2", 3),
    "a full-width dash": ("\uff0dc 3 -i 0.01 198.51.100.2", 3),
    "a mark on packets": ("-Q 0x10 -c 3 -i 0.01 198.51.100.2", 3),
    "an address of the sender's": ("-I 198.51.100.10 -c 3 -i 0.01 198.51.100.2", 3),
    "its verbose words": ("-D 127.0.0.1", "[1"),
    "two addresses": ("127.0.0.1 198.51.100.2", "198.51.100.2"),
}


def argue(target, row):
    words, wanted = row.payload
    start = len(target.scene.wire.seen)
    answer = target.ask(f"/ping?ip={encoded(words)}", timeout=10)
    packets = [data for _, data in target.scene.wire.since(start)]
    if isinstance(wanted, int):
        return f"{len(packets)} packets" if len(packets) >= wanted else ""
    if wanted == b"size":
        return "a packet of fragments" if any(len(data) > 1000 for data in packets) else ""
    if isinstance(wanted, bytes):
        return "its bytes on the wire" if any(wanted in data for data in packets) else ""
    return "its words" if wanted.encode() in answer.body else ""


# --- settings -------------------------------------------------------------------------------------

SETTINGS = {
    "a substitution": "SERVER_NAMES=$({touch})",
    "in double quotes": "SERVER_NAMES=\"$({touch})\"",
    "in backticks": "SERVER_NAMES=`{touch}`",
    "a command behind": "SERVER_NAMES=a; {touch}",
    "a command of its own": "{touch}",
    "two ands": "SERVER_NAMES=a && {touch}",
    "a pipe": "SERVER_NAMES=a | {touch}",
    "left behind": "SERVER_NAMES=a & {touch}",
    "a function": "f() { {touch}; }; f",
    "a value that is run later": "SERVER_NAMES='$({touch})'",
    "an arithmetic expansion": "PORT=$((1+$({touch};echo 1)))",
    "a redirection": "SERVER_NAMES=a >{file}",
    "a trap": "trap '{touch}' EXIT",
    "another name's value": "SERVER_NAMES=\"a\"\nPATH=/tmp\n/usr/bin/{touch}",
    "a new line in a value": "SERVER_NAMES=\"a\n$({touch})\"",
    "a here document": "cat <<x\n$({touch})\nx",
    "an alias": "eval '{touch}'",
    "a value with a quote in it": "SERVER_NAMES='a'\"$({touch})\"",
}


def settle_by(target, row):
    """A file of settings, and what reads it as root: `start` of before, `bulkhead` of after."""
    path = target.scene.folder / f"settings-{row.mark}"
    filled = row.payload.replace("{touch}", "touch {file}")
    path.write_text(target.scene.fill(filled, row) + "\nPORT=15999\n")
    environment = {"PATH": os.environ["PATH"], "HOME": "/root"}
    if target.name == "before":
        command = [str(REPOSITORY / "tests/before/start")]
        environment |= {"SETTINGS": str(path), "DRY_RUN": "1"}
    else:
        command = [str(target.stack.source / "bulkhead"), "status"]
        environment |= {"BULKHEAD_ENV": str(path), "STATE_DIR": str(target.scene.folder / "none"),
                        "BULKHEAD_BUILD": str(target.stack.programs)}
    subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False,
                   stdin=subprocess.DEVNULL)
    return target.scene.was_done(row)


CLASSES = [
    AttackClass("command-injection", "Command injection", ["command-injection"], "no-interpreter",
                "a file that a command made, its computed words, a request, or a secret",
                COMMANDS, by_query("/ping", "ip")),
    AttackClass("argument-injection", "Argument injection",
                ["command-injection", "pings-others"], "validation",
                "packets on the wire that nobody may order, or another program's words",
                ARGUMENTS, one_by_one(argue), alone=True),
    AttackClass("settings-injection", "Commands in settings",
                ["setting-misread", "root-by-the-command"], "no-interpreter",
                "a file that a command made", SETTINGS, one_by_one(settle_by)),
]
