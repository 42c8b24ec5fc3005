# shellcheck shell=sh disable=SC2034,SC2154 # variables that scan sets or uses
# scan's look at the files of an image: without running anything of it.

most_bytes=2000000000 # of an image that is unpacked
unpack_seconds=300

# awk: the name in a line of tar's list, behind mode, owner, size, date and time. Not every awk
# knows how often {5} is.
tar_name='function name_of(line, i) {
    for (i = 0; i < 5; i++) sub(/^[^ ]+ +/, "", line)
    sub(/ link to .*/, "", line)
    return line
}'

# Containers that were made here, by their full names.
made=
forget_containers() {
    # shellcheck disable=SC2086 # a list of words
    [ -z "$made" ] || docker rm -f $made >/dev/null 2>&1
}

# Its files into $work/files, and the list of them as tar has it: modes are those of the image, not
# of what is unpacked. No device, no owner, no link outwards is made.
unpack() {
    advice="docker create $image says why"
    [ "$(field '{{.Size}}')" -le $most_bytes ] || {
        advice="it is larger than $most_bytes bytes: take out what it does not use"
        return 1
    }
    container=$(docker create --network none "$image" none 2>/dev/null) || return 1
    made="$made $container"
    mkdir "$work/files"
    timeout $unpack_seconds docker export "$container" >"$work/files.tar"
    code=$?
    docker rm "$container" >/dev/null
    [ $code -eq 0 ] || return 1
    tar -tv --numeric-owner -f "$work/files.tar" >"$work/list" \
        2>/dev/null
    # What the engine adds to each container is not the image's.
    tar -x -C "$work/files" --no-same-owner --no-same-permissions \
        --exclude='dev' --exclude='proc' --exclude='sys' --exclude=.dockerenv \
        -f "$work/files.tar" 2>/dev/null
    rm -f "$work/files.tar"
    chmod -R u+rwX "$work/files"
}

# Names of the list whose mode is like this, without what is a link or comes from the engine.
with_mode() { # AWK-CONDITION on mode
    awk "$tar_name"' { mode = $1; name = name_of($0) }
        /^ / || /^l/ || name ~ /^(dev|proc|sys)\// || name == ".dockerenv" { next }
        '"$1"' { print name }' "$work/list"
}

few() { # of names on standard input
    awk 'NR <= 5 { names = names " /" $0 }
        END { print substr(names, 2) (NR > 5 ? " and " NR - 5 " more" : "") }'
}

check_modes() {
    with_mode 'substr(mode, 9, 1) == "w" && substr(mode, 10, 1) !~ /[tT]/' >"$work/writable"
    [ ! -s "$work/writable" ] || finding high "$image" \
        "everybody may write: $(few <"$work/writable")" "one's input may be another's, and worse" \
        "chmod o-w, or the sticky bit for a folder"
}

# What an intruder would use next. Only what a whole Debian is in may have them.
check_tools() {
    case $kind in route | trail) ;; *) return 0 ;; esac
    find "$work/files" \( -type f -o -type l \) -regextype posix-extended -regex \
        '.*/s?bin/([bd]?ash|sh|k?sh|zsh|csh|tcsh|busybox|toybox|apt(-get)?|aptitude|dpkg|apk|yum|'\
'dnf|rpm|pip[0-9.]*|npm|perl[0-9.]*|python[0-9.]*)' | sed "s|^$work/files/||" | sort >"$work/tools"
    [ ! -s "$work/tools" ] || finding high "$image" "has $(few <"$work/tools")" \
        "an intruder's next step: copy in only what the program needs"
}

# Keys by their content, other secrets by their name and content; a value is never shown.
check_files() {
    find "$work/files" -type f -size -1024k -exec grep -lE -e \
        '^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----' {} + 2>/dev/null >"$work/keys"
    find "$work/files" -type f \( -name id_rsa -o -name id_ed25519 -o -name .netrc -o -name .npmrc \
        -o -name .pgpass -o -name .git-credentials -o -name '*.p12' -o -name .env \
        -o -path '*/.docker/config.json' -o -path '*/.aws/credentials' \) >>"$work/keys"
    sort -u "$work/keys" | sed "s|^$work/files/||" >"$work/keys.names"
    [ ! -s "$work/keys.names" ] || finding high "$image" "keys: $(few <"$work/keys.names")" \
        "who pulls it has them" "mount them when it runs, and make new ones"
    find "$work/files/etc" "$work/files/root" "$work/files/home" "$work/files/opt" \
        "$work/files/srv" "$work/files/app" -type f -size -256k 2>/dev/null |
        grep -vxFf "$work/keys" >"$work/texts"
    check_texts
}

# By what finds secrets in the source.
check_texts() {
    [ -s "$work/texts" ] || return 0
    command -v python3 >/dev/null || {
        finding unknown "$image" "secrets in texts" "python3 is missing" "apt-get install python3"
        return
    }
    xargs -d '\n' "$top/tests/analysis/secrets" <"$work/texts" >"$work/said" 2>&1 && return
    # A Debian is full of strings of chance: the public keys that it trusts.
    sed -n "/a string of chance/d; s|^$work/files/\([^:]*\):[0-9]*: .*|\1|p" "$work/said" |
        sort -u >"$work/texts.found"
    [ ! -s "$work/texts.found" ] || finding high "$image" "secrets: $(few <"$work/texts.found")" \
        "who pulls it has them" "mount them when it runs, and make new ones"
}

# --- its parts list, and what Debian says of them ------------------------------------------------

sbom=usr/share/doc/bulkhead/sbom.spdx.json
check_sbom() {
    # As a link it could lead out of the image.
    if [ "$(readlink -f "$work/files/$sbom")" != "$(readlink -f "$work/files")/$sbom" ] ||
        [ ! -f "$work/files/$sbom" ]; then
        finding medium "$image" "no /$sbom" "nobody can tell what is in it" "write one"
        return
    fi
    command -v python3 >/dev/null || {
        finding unknown "$image" "its SBOM" "python3 is missing" "apt-get install python3"
        return
    }
    python3 - "$work/files/$sbom" 2>/dev/null <<'END' ||
import json, sys
[package["name"] for package in json.load(open(sys.argv[1], encoding="utf-8"))["packages"]]
END
        finding medium "$image" "/$sbom can't be read" "it is no SPDX in JSON: make it anew"
}

# Whether harden has something to compare.
has_packages() {
    grep -qs pkg:deb/ "$work/files/$sbom" || [ -s "$work/files/var/lib/dpkg/status" ]
}

# The lists of Debian's security suite of the base's release, as they are now: from a container of
# the base, which goes away afterwards. harden says of what there was none.
# shellcheck disable=SC2016 # expands there
fetch='
    . /etc/os-release
    grep -rqs -- "$VERSION_CODENAME-security" /etc/apt/sources.list* ||
        echo "deb http://deb.debian.org/debian-security $VERSION_CODENAME-security main" \
            >>/etc/apt/sources.list
    mkdir /lists && apt-get -qq update >/dev/null || exit 1
    for list in /var/lib/apt/lists/*-security_*_Packages*; do
        name=${list##*/}
        /usr/lib/apt/apt-helper cat-file "$list" >"/lists/${name%_Packages*}_Packages" || exit 1
    done'

fetch_lists() {
    [ ! -e "$work/fetched" ] || return 0
    : >"$work/fetched"
    base=${BASE:-debian:trixie-slim}
    echo "scan: fetching Debian's lists in a container of $base"
    container=scan-$$-$project
    made="$made $container"
    # The first signal the engine's program hands on to a container that may not care.
    if timeout -k 5 "${SCAN_SECONDS:-120}" docker run --name "$container" --entrypoint sh "$base" \
        -c "$fetch" >"$work/said" 2>&1; then
        docker cp "$container:/lists" "$work/lists" >/dev/null
    else
        complain "Debian's lists can't be had: $(tail -n 1 "$work/said")"
    fi
    docker rm -f "$container" >/dev/null 2>&1
}
