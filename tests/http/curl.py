"""An answer as curl gets it: the way to ask over TLS and HTTP/2."""

import subprocess

from stack import PATIENCE, Answer


def curl(url, *options):
    """The Answer; its `version` is that of HTTP. An error of curl's is a CalledProcessError."""
    done = subprocess.run(
        ["curl", "-sS", "--max-time", str(PATIENCE), "-D", "/dev/stderr", "-w", "%{http_version}",
         *map(str, options), url],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE + 5, check=True)
    # An interim answer may come before; the head that counts is the last.
    head = done.stderr.decode("latin-1").strip().split("\r\n\r\n")[-1]
    first, *lines = head.split("\r\n")
    pairs = [line.partition(":") for line in lines]
    body, version = split_version(done.stdout)
    answer = Answer(int(first.split()[1]), [(k.lower(), v.strip()) for k, _, v in pairs], body)
    answer.version = version
    return answer


def split_version(output):
    for version in (b"1.0", b"1.1", b"2"):
        if output.endswith(version):
            return output[:-len(version)], version.decode()
    raise AssertionError(f"no version of HTTP behind {output!r}")
