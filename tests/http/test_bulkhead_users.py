"""
Who runs as whom, and who can reach what: started by root, and started by a user.

Everything is read from the kernel, not from what `bulkhead status` makes of it.
"""

import grp
import os
import pwd
import re
import socket
import stat
import subprocess

import pytest

import fcgi_client
from ping_lab import need
from stack import LIMITS_OFF, ROUTES, Stack, copy_source, processes_in

NOBODY = 65534
LOOK_AFTER_OTHERS = ("healthz", "metrics")
CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
NET_BIND_SERVICE = 1 << 10
# kill, setgid, setuid, setpcap, net_raw, sys_chroot, syslog: linux/capability.h
SUPERVISOR = 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 18 | 1 << 34
# chown, dac_read_search and what it passes on to nginx; the supervisors' come on top
WATCH = 1 << 0 | 1 << 2 | NET_BIND_SERVICE


@pytest.fixture(autouse=True, scope="module")
def as_root():
    need(os.geteuid() == 0, "root, to be anybody,")


def status_of(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(re.match(r"(\w+):\s*(.*)", line).groups() for line in file)


def capabilities(pid):
    """Every bit that is in any of the sets, the bounding set too."""
    fields = status_of(pid)
    bits = 0
    for name in CAPABILITY_SETS:
        bits |= int(fields[name], 16)
    return bits


def only_uid(pid):
    """The process's user, which is the same by all four measures, as is its group."""
    fields = status_of(pid)
    uids, gids = set(fields["Uid"].split()), set(fields["Gid"].split())
    assert len(uids) == len(gids) == 1
    return int(uids.pop())


# --- started by root ------------------------------------------------------------------------------

def test_each_has_a_user_of_its_own(stack):
    """One for each kind of process, none of them root, in one group: their own, or nginx's."""
    users = {}
    for name, pids in {**stack.all_pids(), "edge": [stack.edge(), *stack.workers()]}.items():
        assert {only_uid(pid) for pid in pids} == {pwd.getpwnam(f"bulkhead-{name}").pw_uid}
        assert {status_of(pid)["Groups"] for pid in pids} == {""}
        group = "edge" if name in LOOK_AFTER_OTHERS else name
        assert {status_of(pid)["Gid"].split()[0] for pid in pids} == {
            str(grp.getgrnam(f"bulkhead-{group}").gr_gid)}
        users[name] = only_uid(pids[0])
    assert len(set(users.values())) == len(ROUTES) + 1 and 0 not in users.values()


@pytest.mark.parametrize("name", [*ROUTES, "edge"])
def test_users_cannot_log_in(stack, name):
    """System users: no shell, no home, no password."""
    user = pwd.getpwnam(f"bulkhead-{name}")
    assert user.pw_uid < 1000
    assert (user.pw_shell, user.pw_dir) == ("/usr/sbin/nologin", "/nonexistent")


def test_programs_and_nginx_have_no_rights(stack):
    """No capability in any set, and no way to one."""
    for pid in [*stack.programs_alive(), stack.edge(), *stack.workers()]:
        assert capabilities(pid) == 0
        assert status_of(pid)["NoNewPrivs"] == "1"


def test_supervisors_keep_what_a_respawn_needs(stack):
    """multiwatch stays root, for it must start the program with its rights; but cut to those."""
    for pid in stack.all_supervisors():
        assert capabilities(pid) == SUPERVISOR
        assert status_of(pid)["NoNewPrivs"] == "1"


def test_the_watch_keeps_what_a_start_needs(stack):
    """Root as well, and cut: it can do nothing that what it starts does not take."""
    for pid in stack.watch():
        assert capabilities(pid) == SUPERVISOR | WATCH
        assert status_of(pid)["NoNewPrivs"] == "1"


def test_low_port(lab):
    """nginx gets the one capability that it takes, and the programs none."""
    with lab.inside(), Stack(PORT="80", **LIMITS_OFF) as stack:
        stack.port = 80
        assert stack.get("/").status == 200
        assert {capabilities(pid) for pid in [stack.edge(), *stack.workers()]} == {NET_BIND_SERVICE}
        assert {capabilities(pid) for pid in stack.pids("hello")} == {0}
        assert stack.bulkhead("status").returncode == 0


def test_who_looks_after_the_others_gets_nginxs_group(down):
    """Also where the user is there already, by another hand; and no other group comes with it."""
    subprocess.run(["groupadd", "-f", "bulkhead-test"], check=True)
    with down:
        pass
    for name in LOOK_AFTER_OTHERS:
        subprocess.run(["usermod", "-g", "bulkhead-test", f"bulkhead-{name}"], check=True)
    try:
        with down:
            for name in LOOK_AFTER_OTHERS:
                group = pwd.getpwnam(f"bulkhead-{name}").pw_gid
                assert group == grp.getgrnam("bulkhead-edge").gr_gid
            assert down.get("/healthz").status == down.get("/metrics").status == 200
    finally:
        subprocess.run(["groupdel", "bulkhead-test"], check=True)


def test_only_nginx_reaches_the_sockets(stack):
    """
    Not the other program, not any other user: the folder is closed, and so is the socket. Those
    that look after the others come as far as the program, which serves them nothing: test_healthz.
    """
    closed_to = ["nobody", *(f"bulkhead-{route}" for route in ROUTES
                             if route not in LOOK_AFTER_OTHERS)]
    for name in ROUTES:
        path = stack.socket(name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        for user in map(pwd.getpwnam, closed_to):
            with pytest.raises(PermissionError):
                fcgi_client.connect_as(path, user.pw_uid, user.pw_gid)
        edge = pwd.getpwnam("bulkhead-edge")
        fcgi_client.connect_as(path, edge.pw_uid, edge.pw_gid).close()


def test_others_may_not_look(stack):
    """The state folder shows them neither sockets nor logs nor what nginx writes, and is root's."""
    modes = {name: stat.S_IMODE((stack.state / name).stat().st_mode)
             for name in ("run", "log", "edge", "bin", "nginx", "empty")}
    assert modes == {"run": 0o710, "log": 0o710, "edge": 0o700, "bin": 0o755, "nginx": 0o755,
                     "empty": 0o555}
    assert not list((stack.state / "empty").iterdir())
    lock = stack.state / "lock"
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600, "or others could hold it, and every command"
    for path in [stack.state, *stack.state.rglob("*")]:
        owner = path.lstat()
        writable_by_others = stat.S_IMODE(owner.st_mode) & 0o022
        assert not writable_by_others or stat.S_ISSOCK(owner.st_mode), path
        if path.relative_to(stack.state).parts[:1] not in (("edge",), ("log",)):
            assert owner.st_uid == 0, path


def test_what_nginx_may_write(stack):
    """Its logs and its temporary files; neither its configuration nor what root starts."""
    edge = pwd.getpwnam("bulkhead-edge").pw_uid
    owned = {str(path.relative_to(stack.state)) for path in stack.state.rglob("*")
             if path.lstat().st_uid == edge}
    assert {name.split("/")[0] for name in owned} == {"edge", "log"}
    assert {name for name in owned if name.startswith("log")} == {"log/access.log", "log/edge.log"}


def test_programs_in_a_closed_home(copy):
    """A build in a home that only its owner may enter: what runs are copies that root owns."""
    copy.source.chmod(0o700)
    copy.up()
    assert copy.get("/").status == 200
    assert (copy.state / "bin/hello").stat().st_uid == 0


# --- started by a user ----------------------------------------------------------------------------

@pytest.fixture
def readable(tmp_path_factory, lab):
    """A stack of nobody's, on a copy that he can read, in a namespace where he may ping."""
    lab.use_sockets("datagram")
    stack = Stack(prefix=("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
                  **LIMITS_OFF)
    home = stack.state.parent
    os.chown(home, NOBODY, NOBODY)
    stack.source = home / "source"
    stack.source.mkdir()
    stack.programs = copy_source(stack.source)["programs"]
    with lab.inside():
        yield stack
        stack.close()


def test_a_user_runs_all_as_himself(readable):
    """And is told which layers that costs; all others hold."""
    done = readable.bulkhead("up")
    assert done.returncode == 0, done.stderr
    assert "started by nobody, not by root: without a user of its own for each" in done.stdout
    assert readable.get("/").text == "Hello, World!\n"
    assert readable.get("/ping?ip=127.0.0.1").status == 200
    assert readable.get("/healthz").json()["status"] == "ready"
    assert 'bulkhead_sandbox_layer{route="hello",process="1",layer="user"} 0' in readable.get(
        "/metrics").text
    pids = [*readable.programs_alive(), *readable.all_supervisors(), readable.edge(),
            *readable.workers()]
    for pid in pids:
        fields = status_of(pid)
        assert only_uid(pid) == NOBODY
        assert fields["NoNewPrivs"] == "1"
        assert {int(fields[name], 16) for name in CAPABILITY_SETS if name != "CapBnd"} == {0}
    status = readable.bulkhead("status")
    assert status.returncode == 0, status.stderr
    assert "without own-user empty-bounding-set own-root" in status.stdout
    assert readable.bulkhead("restart").returncode == 0
    assert readable.bulkhead("reload", PROCESSES="1").returncode == 0
    assert readable.bulkhead("down").returncode == 0
    assert processes_in(readable.state) == []


def test_what_a_user_writes_is_private(readable):
    """No group of root's making keeps others out, so the modes do."""
    assert readable.bulkhead("up").returncode == 0
    for name in ("run", "log", "edge", "bin"):
        assert stat.S_IMODE((readable.state / name).stat().st_mode) == 0o700
    with pytest.raises(PermissionError):
        fcgi_client.connect_as(readable.socket("hello"), NOBODY - 1, NOBODY - 1)


def test_a_user_who_may_not_ping_is_told_so(readable, lab):
    """By the program, whose socket it is; every other route works."""
    lab.use_sockets("raw")
    done = readable.bulkhead("up")
    assert done.returncode == 0
    assert done.stdout.count("bulkhead: ping: warning: no ICMP socket for IPv4") == 1
    assert readable.get("/").status == 200
    assert readable.get("/ping?ip=127.0.0.1").status == 503


def test_a_user_may_not_have_a_low_port(readable):
    """nginx's own words."""
    done = readable.bulkhead("up", PORT="80")
    assert done.returncode == 1
    assert re.search(r"bind\(\) to 127.0.0.1:80 failed \(13: Permission denied\)", done.stderr)


def test_a_user_looks_at_what_root_started(readable, stack):
    """He is told whom to ask; nothing pretends that it is not running."""
    done = readable.bulkhead("status", STATE_DIR=str(stack.state))
    assert done.returncode == 1
    assert done.stderr == (f"bulkhead: {stack.state}/run: cannot be read: "
                           "ask as the user who started it\n")
    done = readable.bulkhead("down", STATE_DIR=str(stack.state))
    assert done.returncode == 1
    assert "belongs to another user" in done.stderr


def test_a_port_that_root_has(readable, stack):
    """In one namespace a user cannot share it, whatever reuseport means."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", readable.port))
        taken.listen()
        assert "something else listens" in readable.bulkhead("up").stderr
