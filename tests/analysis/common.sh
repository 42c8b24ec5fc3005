# shellcheck shell=sh
# What the parts of the analysis share. A part is called with the files to look at, or without any:
# then it is all of them. It prints what it found, and exits with 0: nothing, 1: something.
here=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck disable=SC2034 # the parts'
build=${BULKHEAD_BUILD:-$here/build}
part=$(basename "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

fail() {
    echo "$part: $*" >&2
    exit 1
}

need() { # TOOL PACKAGE
    command -v "$1" >/dev/null || fail "$1: not found: apt-get install $2"
}

# What git tracks, or an unpacked release holds, relative to the top; not what is faulty on purpose.
all_files() {
    if [ -e "$here/.git" ]; then
        git -C "$here" ls-files
    else
        (cd "$here" && find . -type f ! -path './build*' ! -path '*/.deps/*') | sed 's|^\./||'
    fi | grep -v '^tests/harden/fixtures/'
}

# Full names, one a line; all C, but what needs a package that only `make bench` asks for: kore.
c_files() { # [FILE...]
    if [ $# -gt 0 ]; then
        readlink -f -- "$@"
    else
        all_files | grep '\.c$' | grep -vxF bench/peers/hello_kore.c | sed "s|^|$here/|"
    fi
}

# The project's own flags, as its makefile has them; they are meant for the build folder.
compiler_flags() {
    [ -e "$build/Makefile" ] || fail "$build: not configured: ./quickstart check does that"
    # shellcheck disable=SC2016 # make's
    make -s -C "$build" --no-print-directory --eval 'print-flags: ; @echo $(DEFS) \
        $(DEFAULT_INCLUDES) $(INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) \
        $(CRITERION_CFLAGS)' print-flags
}

# Of those, what says which text is compiled: another compiler's tool may not know the others.
preprocessor_flags() {
    compiler_flags | tr ' ' '\n' | grep -E '^-(D|U|I|std=|pthread)' | tr '\n' ' '
}

# COMMAND with {} for the file, for each file of standard input, two at a time, in the build folder.
# The output of each goes to a file of its own, so that lines do not mix.
for_each() {
    # shellcheck disable=SC2016 # expands there
    (cd "$build" && xargs -d '\n' -P "${ANALYSIS_JOBS:-2}" -I'{}' sh -c '
        said=$(mktemp "$0/XXXXXXXX")
        "$@" >"$said" 2>"$said.err"
        code=$?
        [ $code -eq 0 ] || grep -qE "(warning|error):" "$said" "$said.err" ||
            echo "{}:1: error: $1: exit code $code: $(tail -n 1 "$said.err")" >>"$said"
        ' "$work" "$@")
}

# Findings of all files, with names as from the top: fails when there is any.
report() {
    sed "s|$build/\.\./||g; s|$here/||g; s|^\.\./||" >"$work/report"
    sort -u "$work/report"
    [ ! -s "$work/report" ]
}
