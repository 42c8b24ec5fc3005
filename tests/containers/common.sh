# shellcheck shell=sh
# What the tests in containers share. Needs a Docker engine and the images debian:bookworm-slim and
# debian:trixie-slim.
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
containers='' images=''
# shellcheck disable=SC2086 # lists
trap 'docker rm -f $containers >/dev/null 2>&1; docker rmi $images >/dev/null 2>&1
    rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
passed=0 failed=0

docker info >/dev/null 2>&1 || {
    echo "containers: no Docker engine answers: start one (apt-get install docker.io)" >&2
    exit 1
}

# What a clone of this tree would hold.
git -C "$here" ls-files -z --cached --others --exclude-standard |
    tar -C "$here" -c --null --ignore-failed-read -T - -f "$work/tree.tar" || exit 1

start() { # [OPTION...] IMAGE: sets container
    container=$(docker run -d --init "$@" sleep 3600) || exit 1
    containers="$containers $container"
}
inside() { # USER COMMAND
    docker exec -i -u "$1" "$container" sh -c "$2"
}

expect() { # WHAT COMMAND...
    what=$1
    shift
    begun=$(date +%s)
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $what ($(($(date +%s) - begun)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        tail -n 40 "$work/output"
    fi
}

conclude() { # WHAT
    echo "$1: $passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
