"""Certificates of the tests' own, made by openssl; each is good for two days."""

import contextlib
import subprocess

from ping_lab import need_tools


def openssl(*arguments, before=()):
    """What it prints; `before` is a command that runs another one."""
    need_tools("openssl", *before[:1])
    return subprocess.run([*before, "openssl", *map(str, arguments)], capture_output=True,
                          timeout=60, check=True, stdin=subprocess.DEVNULL).stdout.decode()


def certify(folder, name, *options, before=()):
    """
    Makes FOLDER/NAME.pem and NAME.key, by default a CA's that has signed itself; `options` are
    those of `openssl req -x509`. Returns the path of the certificate.
    """
    key = folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-keyout", key, "-out", folder / f"{name}.pem",
            *(options or ["-subj", f"/CN=The tests' {name}", "-addext",
                          "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"]),
            before=before)
    key.chmod(0o600)
    return folder / f"{name}.pem"


def certify_expired(folder, name):
    """One that ended in another year."""
    return certify(folder, name, before=["faketime", "2024-02-02 12:00:00"])


def certify_by(authority, name, *options, subject="localhost"):
    """The same, signed by the authority, a certificate with its key beside it."""
    return certify(authority.parent, name, "-subj", f"/CN={subject}", "-CA", authority, "-CAkey",
                   authority.with_suffix(".key"), "-addext", "basicConstraints=critical,CA:FALSE",
                   *options)


def for_names(names):
    return ["-addext", f"subjectAltName={names}"]


@contextlib.contextmanager
def responder(folder, port):
    """Answers OCSP for FOLDER/server.pem, by FOLDER/ca.pem: it is not revoked."""
    index = folder / "index.txt"
    serial = openssl("x509", "-in", folder / "server.pem", "-noout", "-serial")
    number = serial.strip().split("=")[1]
    index.write_text(f"V\t300101000000Z\t\t{number}\tunknown\t/CN=localhost\n")
    process = subprocess.Popen(
        ["openssl", "ocsp", "-index", index, "-port", str(port), "-rsigner", folder / "ca.pem",
         "-rkey", folder / "ca.key", "-CA", folder / "ca.pem", "-ndays", "1", "-ignore_err"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()
