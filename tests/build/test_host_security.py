"""docker/host-security, on a host and an engine that are made up: each fault is found."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/harden"))
from socket_engine import Engine  # pylint: disable=wrong-import-position

INFO = {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=userns"],
        "LiveRestoreEnabled": True, "LoggingDriver": "json-file",
        "DockerRootDir": "/var/lib/docker"}
DAEMON = ('{"icc": false, "userland-proxy": false, "no-new-privileges": true,'
          ' "log-opts": {"max-size": "10m"}}')
SYSCTLS = {
    "kernel/yama/ptrace_scope": "1", "kernel/kptr_restrict": "1", "kernel/dmesg_restrict": "1",
    "kernel/unprivileged_bpf_disabled": "2", "kernel/randomize_va_space": "2",
    "fs/protected_symlinks": "1", "fs/protected_hardlinks": "1",
}


def world(folder, info=(), version="28.5.2", daemon=DAEMON, sysctls=(),
          lsm="landlock,yama,apparmor", engine=True):
    """A root folder and an engine; what is named differs from what is good."""
    root = folder / "root"
    files = {"etc/docker/daemon.json": daemon, "sys/kernel/security/lsm": lsm,
             "proc/self/status": "Seccomp:\t0\n", "etc/audit/audit.rules": "-w /etc/docker -p wa"}
    files.update({f"proc/sys/{name}": value for name, value in
                  {**SYSCTLS, **dict(sysctls)}.items() if value is not None})
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    (root / "etc/docker").chmod(0o755)
    (root / "etc/docker/daemon.json").chmod(0o644)
    if not engine:
        return None
    return Engine(folder, {"/info": {**INFO, **dict(info)}, "/version": {"Version": version},
                           "/containers/json": []})


def look(folder, engine):
    environment = {**os.environ, "HOST_ROOT": str(folder / "root")}
    environment["DOCKER_HOST"] = engine.host if engine else f"unix://{folder}/none"
    done = subprocess.run([str(ROOT / "docker/host-security")], text=True, capture_output=True,
                          check=False, timeout=60, env=environment)
    if engine:
        engine.close()
    assert not done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("host-security: checks ") and "harden" in lines[0]
    # Whose the test's files are depends on who runs it.
    return done.returncode, [line for line in lines[1:-1]
                             if os.geteuid() == 0 or ": D13: " not in line]


FAULTS = [
    ({"version": "20.10.24"}, "high", "host: H3: the engine, 20.10.24,"),
    ({"info": {"SecurityOptions": ["name=seccomp"]}}, "medium", "D2: userns-remap"),
    ({"info": {"SecurityOptions": ["name=userns"]}}, "high", "D11: "),
    ({"info": {"LiveRestoreEnabled": False}}, "low", "D3: live-restore"),
    ({"daemon": DAEMON.replace('"icc": false, ', "")}, "medium", "D1: icc"),
    ({"daemon": DAEMON.replace("{", '{"hosts": ["tcp://0.0.0.0:2375"], ', 1)}, "critical", "D7: "),
    ({"lsm": "capability,yama,selinux"}, "medium", "no Landlock"),
    ({"lsm": "landlock,yama"}, "low", "neither AppArmor nor SELinux"),
    ({"sysctls": {"kernel/yama/ptrace_scope": "0"}}, "medium", "ptrace_scope is 0"),
    ({"sysctls": {"kernel/yama/ptrace_scope": None}}, "unknown", "ptrace_scope"),
    ({"sysctls": {"kernel/kptr_restrict": "0"}}, "low", "kptr_restrict is 0"),
    ({"sysctls": {"kernel/dmesg_restrict": "0"}}, "low", "dmesg_restrict is 0"),
    ({"sysctls": {"kernel/unprivileged_bpf_disabled": "0"}}, "medium", "bpf_disabled is 0"),
    ({"sysctls": {"fs/protected_symlinks": "0"}}, "medium", "symlinks is 0"),
    ({"sysctls": {"fs/protected_hardlinks": "0"}}, "medium", "hardlinks is 0"),
    ({"sysctls": {"kernel/randomize_va_space": "1"}}, "high", "va_space is 1"),
]


def test_a_good_host(tmp_path):
    """Nothing to say."""
    assert look(tmp_path, world(tmp_path)) == (0, [])


@pytest.mark.parametrize("changes, level, says", FAULTS, ids=[f"{r[2]}, {r[1]}" for r in FAULTS])
def test_a_fault(tmp_path, changes, level, says):
    """The one that the row holds, and no other."""
    code, lines = look(tmp_path, world(tmp_path, **changes))
    assert len(lines) == 1 and lines[0].startswith(level) and says in lines[0], lines
    assert lines[0].count(": ") >= 2 and code == (1 if level in ("high", "critical") else 0)


def test_without_an_engine(tmp_path):
    """That is said, and the kernel is looked at all the same; so are the engine's files."""
    world(tmp_path, sysctls={"kernel/randomize_va_space": "0"}, engine=False)
    code, lines = look(tmp_path, None)
    assert code == 1 and len(lines) == 4, lines
    assert lines[-1].startswith("high") and "va_space is 0" in lines[-1]
    assert any(line.startswith("unknown engine and containers: no engine: ") for line in lines)
    assert sum(": D2: " in line or ": D3: " in line for line in lines) == 2
