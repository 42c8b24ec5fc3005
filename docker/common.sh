# shellcheck shell=sh disable=SC2034 # variables that the scripts use
# What the scripts of this folder share. A complaint is one line on standard error, "program: what:
# why"; what takes longer than a moment says how far it is.
top=$(cd "$(dirname "$0")/.." && pwd)
program=$(basename "$0")
# shellcheck source=docker/env.sh
. "$top/docker/env.sh"
# What Compose takes from .env too: the stack's name, and that of its images.
project=$(cd "$top" && value_of COMPOSE_PROJECT_NAME)
project=${project:-bulkhead}
tag=$(cd "$top" && value_of BULKHEAD_TAG)
tag=${tag:-latest}
# The tests set this and the two above, so that they touch nothing of yours.
repository=${BULKHEAD_REPOSITORY:-bulkhead}
# one target of the Dockerfile each, bulkhead/NAME when it is built; the last has all in one
images="$(sed -n 's/^route \([^ ]*\) .*/\1/p' "$top/docker/contents" | tr '\n' ' ')"
images="${images}trail edge db bulkhead"
begun=$(date +%s)

complain() {
    printf '%s: %s\n' "$program" "$*" >&2
}

die() {
    complain "$@"
    exit 1
}

seconds() {
    echo "$(($(date +%s) - begun))"
}

need_engine() {
    command -v docker >/dev/null || die "docker: not found: apt-get install docker.io"
    docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
        die "no Docker engine answers: start it, or join the group docker"
}

# Compose: version 2 is a plugin, version 1 a program of its own. In its folder, for the files that
# COMPOSE_FILE may name.
compose() {
    cd "$top" || exit 1
    if docker compose version >/dev/null 2>&1; then
        docker compose -p "$project" "$@"
    elif command -v docker-compose >/dev/null; then
        docker-compose -p "$project" "$@"
    else
        die "Compose: not found: apt-get install docker-compose"
    fi
}

is_built() { # IMAGE
    docker image inspect "$1" >/dev/null 2>&1
}

# The containers of the Compose project, one a line, running or not.
containers() {
    docker ps -aq --filter "label=com.docker.compose.project=$project"
}

# The comment at the top of the script, without its first line, is its help.
usage() {
    awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"
}

# For scripts without arguments.
no_arguments() {
    case ${1-} in
    '') ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
}

# --- findings: what scan and host-security print -------------------------------------------------

# LEVEL WHAT WHY DO..., in as many words: one line, and noted for the end. critical counts as high.
finding() {
    echo "$1" >>"$work/levels"
    line=$(printf '%-7s %s' "$1" "$2")
    shift 2
    for piece in "$@"; do line="$line: $piece"; done
    printf '%s\n' "$line"
}

count_level() {
    grep -c "^$1\$" "$work/levels"
}

# How many there are of each level; fails when one is high or worse.
conclude() { # WHAT WAS LOOKED AT
    high=$(($(count_level critical) + $(count_level high)))
    echo "$1: $high high, $(count_level medium) medium, $(count_level low) low," \
        "$(count_level unknown) not checked"
    [ "$high" -eq 0 ]
}

# harden(1) is built with the programs, now if not before, with no package that only tests need; the
# tests name another folder, and build it themselves.
harden=${BULKHEAD_BUILD:-$top/build}/harden/harden
need_harden() {
    [ -x "$harden" ] || [ -n "${BULKHEAD_BUILD-}" ] || CHECK='' "$top/quickstart" build >&2
    [ -x "$harden" ] || die "$harden: it is not built"
}

# What harden(1) says, in $work/harden and $work/harden.not, as findings; fails when there is one.
harden_findings() { # ARGUMENT...
    "$harden" "$@" >"$work/harden" 2>"$work/harden.not"
    awk '$2 ~ /^(critical|high|medium|low|info)$/ && $3 ~ /^[A-Z][0-9]+:$/ {
            level = $2; id = $3; what = $1; $1 = $2 = $3 = ""; sub(/^ +/, ""); message = $0
            sub(/:$/, "", what); sub(/:$/, "", id)
        }
        sub(/^ +why: /, "") { why = $0 }
        sub(/^ +do: /, "") { print level "\t" id "\t" what "\t" message "\t" why "\t" $0 }' \
        "$work/harden" >"$work/harden.found"
    while IFS="$(printf '\t')" read -r level id what message why advice; do
        finding "$level" "$what" "$id" "$message" "$why" "$advice"
    done <"$work/harden.found"
    while read -r line; do
        line=${line#harden: }
        finding unknown "${line%%: not checked*}" "${line#*: not checked: }" "harden says so"
    done <"$work/harden.not"
    [ ! -s "$work/harden.found" ]
}

make_work() {
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' INT TERM HUP
    : >"$work/levels"
}
