"""
The walls around nginx, from inside: a program of the tests' own in nginx's place, with the very
options that nginx got. Whatever it tries it has tried without walls too, as the same user: there it
works, so each refusal is the walls'.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

from stack import BUILD, LIMITS_OFF, Stack, free_port
from test_edge_tls import HSTS
from tls_stack import TlsStack

ENCLOSE = BUILD / "supervise/enclose"
PYTHON = "/usr/bin/python3"
is_root = os.geteuid() == 0

# Each attempt is a line of Python; what it raises is its answer.
ATTEMPTS = {
    "read a file of the system": "open('/etc/hostname').read()",
    "list a folder": "os.listdir('/etc')",
    "run a shell": "subprocess.run(['/bin/sh', '-c', ':'], check=True)",
    "run a shell by the loader": "subprocess.run([loader, '/bin/sh', '-c', ':'], check=True)",
    "make a file": "open('/tmp/' + unique, 'w').close(); os.unlink('/tmp/' + unique)",
    "make a file beside the logs": "open(state + '/log/' + unique, 'w').close()",
    "cut a log": "os.truncate(state + '/log/access.log', 0)",
    "connect over TCP": "socket.create_connection(('127.0.0.1', port), 5)",
    "listen on another port": "listen(0)",
    "see another process": "os.listdir('/proc/1')",
    "signal another process": "os.kill(int(victim), 0)",
    "connect to an abstract socket": "connect_abstract()",
    "trace": "call(101, 0, os.getpid(), 0, 0, zero=False)",
    "a namespace of its own": "call(272, 0x10000000)",
    "io_uring": "call(425, 1, 0)",
    "a key": "call(250, 0, -3, 0)",
    "executable memory of another": "call(310, os.getpid(), 0, 0, 0, 0, 0)",
    "userfaultfd": "call(323, 1)",
    "a raw socket's family": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "change a mode": "os.chmod(state + '/edge', 0o700)",
    "a link": "os.symlink('x', state + '/edge/' + unique); os.unlink(state + '/edge/' + unique)",
}
# What nginx needs, and so still can.
NEEDED = {
    "read the configuration": "open(state + '/nginx/nginx.conf').read()",
    "write to a log": "open(state + '/log/access.log', 'a').write('')",
    "make and remove a file of its own": "open(state + '/edge/' + unique, 'w').close(); "
                                         "os.unlink(state + '/edge/' + unique)",
    "listen on its port": "listen(own_port)",
    "connect to a program": "connect_to_program()",
}
# Older versions of Landlock can't refuse these.
NEEDS_ABI = {"connect over TCP": 4, "listen on another port": 4, "signal another process": 6,
             "connect to an abstract socket": 6, "cut a log": 3}

SCRIPT = """
import ctypes, json, os, socket, subprocess, sys
state, port, own_port, victim, unique, attempts = sys.argv[1:]
port, own_port = int(port), int(own_port)
loader = os.path.realpath('/lib64/ld-linux-x86-64.so.2')
libc = ctypes.CDLL(None, use_errno=True)

def call(number, *arguments, zero=True):
    libc.syscall.restype = ctypes.c_long
    if libc.syscall(number, *map(ctypes.c_long, arguments)) == -1:
        raise OSError(ctypes.get_errno(), 'refused')

def listen(number):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(('127.0.0.1', number))
        one.listen()

def connect_abstract():
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(chr(0) + 'bulkhead-test-' + victim)

def connect_to_program():
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(state + '/run/hello-1.sock')

said = {}
for name, code in json.loads(attempts).items():
    try:
        exec(code)
        said[name] = 'done'
    except OSError as error:
        said[name] = error.errno
    except subprocess.CalledProcessError:
        said[name] = 'failed'
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    """Makes the attempts in the walls, or without them, and returns the answers."""
    folder = tmp_path_factory.mktemp("walls")
    victim = subprocess.Popen(["sleep", "600"], user="bulkhead-edge" if is_root else None)
    with Stack(**LIMITS_OFF) as stack, socket.socket() as listener, \
            socket.socket(socket.AF_UNIX) as abstract:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        abstract.bind(f"\0bulkhead-test-{victim.pid}")
        abstract.listen()
        shutil.copy(ENCLOSE, stack.folder)
        options = (stack.state / "run/edge.walls").read_text().split()
        # The attacker is a Python: what that is made of is added.
        real = pathlib.Path(PYTHON).resolve()
        options += ["--run", str(real)]

        def attempt(attempts, *, walls=True):
            command = [str(real), "-I", "-S", "-c", SCRIPT, str(stack.state),
                       str(listener.getsockname()[1]), str(stack.port), str(victim.pid),
                       f"test-{folder.name}", json.dumps(attempts)]
            if walls:
                command = [str(stack.folder / "enclose"), *options, "--", *command]
            if is_root:
                command = ["setpriv", "--reuid=bulkhead-edge", "--regid=bulkhead-edge",
                           "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", *command]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                                  cwd="/")
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
        attempt.abi = int(subprocess.run(
            [sys.executable, "-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))"],
            capture_output=True, text=True, check=True).stdout)
        yield attempt
    victim.kill()
    victim.wait()


def test_what_is_refused(inside):
    """Each one with EACCES (13) by Landlock, or EPERM (1) by either."""
    walls = inside(ATTEMPTS)
    expected = {name for name in ATTEMPTS if inside.abi >= NEEDS_ABI.get(name, 1)}
    assert {name: walls[name] for name in expected if walls[name] not in (1, 13)} == {}, walls


def test_without_walls_it_works(inside):
    """Or the test above would prove nothing. Some the user of nginx can't do anyway."""
    free = inside(ATTEMPTS, walls=False)
    anyway = {"make a file beside the logs", "executable memory of another", "userfaultfd",
              "trace", "io_uring", "a namespace of its own"}
    assert {name for name, answer in free.items() if answer in (1, 13)} <= anyway, free


def test_what_it_needs_it_has(inside):
    assert set(inside(NEEDED).values()) == {"done"}


# --- nginx in them --------------------------------------------------------------------------------

def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def test_every_process_of_nginx_is_in_them(stack):
    """A filter of its own, and no way to more rights."""
    for pid in (stack.edge(), *stack.workers()):
        found = status_of(pid)
        assert found["Seccomp"].strip() == "2" and found["NoNewPrivs"].strip() == "1"


def test_status_names_a_lost_wall(copy):
    """An nginx that was started without."""
    (copy.programs / "supervise/enclose").write_text(
        "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n")
    copy.up()
    done = copy.bulkhead("status")
    assert done.returncode == (1 if is_root else 0)
    assert "without seccomp" in done.stdout


def test_a_new_port_takes_new_walls(own):
    """nginx can't widen its own: another one takes over, and the old one finishes."""
    before, port = own.edge(), free_port()
    assert own.bulkhead("reload", PORT=str(port)).returncode == 0
    assert own.edge() != before
    own.port = port
    assert own.get("/").status == 200
    again = own.edge()
    assert own.bulkhead("reload", PORT=str(port), RATE_BURST="30").returncode == 0
    assert own.edge() == again, "the same ports, the same walls"


def test_stapling_may_ask_its_responder():
    """And connects nowhere else."""
    port = free_port()
    with TlsStack("-addext", f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}/x") as stack:
        walls = (stack.state / "run/edge.walls").read_text()
        assert f"--connect {port}\n" in walls + "\n"
        assert stack.curl("/").all("strict-transport-security") == [HSTS]


@pytest.mark.parametrize(("uri", "port"), [
    ("http://a.example", "80"), ("http://a.example/", "80"), ("http://a.example:8080/x/y", "8080"),
    ("http://[::1]/", "80"), ("http://[::1]:81/", "81")])
def test_the_port_of_a_responder(tmp_path, uri, port):
    """As the certificate names it."""
    from certificates import certify
    (tmp_path / "tls").mkdir()
    certify(tmp_path / "tls", "certificate", "-subj", "/CN=x", "-addext",
            f"authorityInfoAccess=OCSP;URI:{uri}")
    (tmp_path / "tls.conf").write_text("ssl_stapling on;\n")
    library = pathlib.Path(__file__).parents[2] / "bulkhead.d"
    done = subprocess.run(["sh", "-uc", '. "$1/tls.sh"; responder_port "$2"', "sh", library,
                           tmp_path], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == port


# --- the program ----------------------------------------------------------------------------------

def enclose(*arguments):
    return subprocess.run([ENCLOSE, *map(str, arguments)], capture_output=True, text=True,
                          timeout=20, check=False, stdin=subprocess.DEVNULL)


def test_help_and_version():
    assert enclose("--help").stdout.startswith("Usage: enclose ")
    assert enclose("--version").stdout.startswith("enclose (")


@pytest.mark.parametrize("arguments", [[], ["--"], ["/bin/true"], ["--nope", "--", "/bin/true"]])
def test_wrong_usage(arguments):
    done = enclose(*arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize(("arguments", "words"), [
    (["--listen", "0"], "from 1 to 65535"), (["--listen", "x"], "from 1 to 65535"),
    (["--read", "/nonexistent"], "No such file"), (["--run", "/usr"], "is no file"),
    (["--own", "/etc/passwd"], "is no folder"), (["--log", "/etc/passwd"], "is no folder")])
def test_what_it_cannot_allow(arguments, words):
    """It starts nothing then."""
    done = enclose(*arguments, "--", "/bin/echo", "started")
    assert done.returncode == 1 and words in done.stderr and done.stdout == ""


def test_the_command_is_held_too():
    """What may not be run is not; what may be is, and is told its arguments."""
    libraries = [path for name in ("/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache")
                 for path in ("--read", name) if os.path.exists(name)]
    loader = os.path.realpath("/lib64/ld-linux-x86-64.so.2")
    done = enclose("--run", "/bin/echo", "--", "/bin/echo", "hello")
    assert done.returncode == 1 and "Permission denied" in done.stderr, "its loader may not run"
    allowed = ["--run", os.path.realpath("/bin/echo"), "--run", loader, *libraries]
    assert enclose(*allowed, "--", "/bin/echo", "a  b").stdout == "a  b\n"
    assert enclose(*allowed, "--", "/bin/cat", "/etc/passwd").returncode == 1
