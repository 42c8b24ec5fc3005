# shellcheck shell=sh disable=SC2034,SC2154 # variables that other parts set or use
# Settings: from .env and the environment, which wins, into variables of the same names. They are
# parsed, never evaluated: a value is data whatever it holds.

# In a container whoever asks through a port that the engine publishes on the host's loopback comes
# from the gateway of the container's network: that is to nginx what loopback is elsewhere. But only
# where the other end of the wire is on this machine: the host's own gateway, where the container
# has the host's network, or one in the network that a macvlan is of, is somebody else.
find_loopback() {
    loopback='127.0.0.0/8 ::1'
    [ -e /.dockerenv ] || [ -e /run/.containerenv ] || return 0
    while read -r interface destination hexadecimal _; do
        if [ "$destination" = 00000000 ] && [ "$hexadecimal" != 00000000 ]; then
            ! is_pair "/sys/class/net/$interface" ||
                loopback="$loopback $(print_address "$hexadecimal")"
            return 0
        fi
    done 2>/dev/null </proc/net/route
}

# Interfaces on others (macvlan, vlan) have a type, which the two ends of a wire do not.
is_pair() {
    read -r own_index <"$1/ifindex" && read -r other_index <"$1/iflink" &&
        [ "$own_index" != "$other_index" ] && ! grep -q ^DEVTYPE= "$1/uevent"
} 2>/dev/null

# As route(5) writes it: four bytes in hexadecimal, the last first.
print_address() {
    last=${1%??}
    first=${1#??}
    echo "$((0x${1#??????})).$((0x${last#????})).$((0x${first%????})).$((0x${1%??????}))"
}

find_state_folder() {
    if is_root; then
        default_state_folder=/var/lib/bulkhead
    else
        default_state_folder=${XDG_STATE_HOME:-${HOME:-}/.local/state}/bulkhead
    fi
}

find_loopback
find_state_folder

# name|default|check|what is allowed|route. A route's program gets the settings that name it (and
# LOG_LEVEL, SANDBOX and TRAIL_SYNC, which are everyone's) and has the last word on them:
# check_program_settings. A default of "-" is the program's own.
settings_table="\
BIND|127.0.0.1|is_address|an IPv4 or IPv6 address|
PORT|15000|is_port|an integer from 1 to 65535|
SERVER_NAMES|localhost 127.0.0.1 [::1]|are_server_names|host names and addresses, blanks between|
RATE_LIMIT|10|is_rate|an integer from 1 to 100000 (a second and client), or off|
RATE_BURST|20|is_burst|an integer from 1 to 100000|
PING_RATE_LIMIT|2|is_rate|an integer from 1 to 100000 (a second and client), or off|
PING_TIMEOUT_MS|2000|is_ping_timeout|an integer from 1 to 60000|ping
PING_DENY|-|is_one_line|networks such as 10.0.0.0/8, separated by commas or blanks; or none|ping
PING_ALLOW|-|is_one_line|networks such as 10.0.0.0/8, separated by commas or blanks|ping
TRUSTED_PROXIES||are_trusted_networks|addresses and networks such as 10.0.0.0/8, blanks between|
HEALTH_FROM|$loopback|are_networks|addresses and networks such as 10.0.0.0/8, blanks between|
TLS_CERT||is_path|a path from /|
TLS_KEY||is_path|a path from /|
TLS|off|is_tls|off or self-signed|
TLS_CLIENT_CA||is_path|a path from /|
REDIRECT_PORT||is_port_or_none|an integer from 1 to 65535, or nothing|
PROCESSES|2|is_process_count|an integer from 1 to 64|healthz metrics
STATE_DIR|$default_state_folder|is_state_folder|a path from /, of letters, digits and / . _ + -|
LOG_LEVEL|info|is_log_level|error, warning, info or debug|
SANDBOX|-|is_sandbox|required or best-effort|
TRAIL_SYNC|0|is_switch|0 or 1|
TRAIL_KEEP|1GiB|is_one_line|a size, such as 512MiB or 1GiB|trail
TRAIL_BURST_MS|5000|is_trail_burst|an integer from 0 to 30000|trail
DATABASE_URL|-|is_one_line|off, or a URI: postgresql:///bulkhead?host=/run/postgresql|audit trail
PASSWORD|-|is_one_line|one line of at least 12 characters|audit
PASSWORD_FILE|-|is_path|a path from /|audit"

# What programs are told that nobody sets, for it follows from the rest: name|routes that get it.
derived_table="\
JOURNALS|trail
ROUTES|healthz metrics
RUN_DIR|healthz metrics
TRAIL|metrics"

# What is noted of files that settings name, since a program reads them at its start, and what is in
# them may change: name|routes that read them.
stamps_table="\
PASSWORD_STAMP|audit
DATABASE_STAMP|audit trail"

# table: sets names to those in its first column, and pairs to NAME|ROUTE for each in its last one
read_table() {
    names=
    pairs=
    while IFS= read -r row; do
        names="$names ${row%%|*}"
        for each in ${row##*|}; do
            pairs="$pairs ${row%%|*}|$each"
        done
    done <<END
$1
END
}

read_table "$stamps_table"
names_saved="$names ROUTES"
stamps_of_routes=$pairs
read_table "$settings_table"
setting_names=${names# }
names_saved="$setting_names $names_saved"
settings_of_routes=$pairs
read_table "$derived_table"
settings_of_routes="$settings_of_routes $pairs"

# pairs, route: sets names to those of the route
find_names() {
    names=
    for pair in $1; do
        [ "${pair#*|}" != "$2" ] || names="$names ${pair%|*}"
    done
}

# --- reading -------------------------------------------------------------------------------------

# What the same .env says to docker-compose alone.
is_for_compose() {
    case $1 in
    COMPOSE_* | DOCKER_* | BASE_IMAGE | BULKHEAD_TAG | SOURCE_DATE_EPOCH) return 0 ;;
    esac
    return 1
}

is_set() {
    eval "[ -n \"\${$1+set}\" ]"
}

# The value in NAME=value: quotes off, or the blanks and the comment behind an unquoted one.
unquote() {
    case $1 in
    \"*\" | \'*\')
        unquoted=${1#?}
        unquoted=${unquoted%?}
        ;;
    *)
        unquoted=${1%%[[:space:]]#*}
        case $unquoted in '#'*) unquoted= ;; esac
        unquoted=${unquoted%"${unquoted##*[![:space:]]}"}
        ;;
    esac
}

refuse_setting() {
    [ -n "$lenient" ] || complain "$@"
    refused=yes
}

# Takes one line over, unless the environment has the name already.
read_env_line() {
    name=${line%%=*}
    case $name in
    '' | *[!A-Za-z0-9_]* | "$line")
        refuse_setting "$env_file line $number: allowed is NAME=value, a comment (#) or nothing"
        return
        ;;
    esac
    if is_for_compose "$name"; then
        return
    elif ! is_one_of "$name" "$setting_names"; then
        refuse_setting "$name in $env_file: unknown; allowed are: $setting_names "
    elif is_one_of "$name" "$seen"; then
        refuse_setting "$name in $env_file: given twice: keep one"
    elif ! is_set "$name"; then
        unquote "${line#*=}"
        export "$name=$unquoted"
    fi
    seen="$seen $name"
}

read_env_file() {
    if [ ! -e "$env_file" ]; then
        [ -z "${BULKHEAD_ENV:-}" ] || die "BULKHEAD_ENV=$env_file: no such file"
        return
    fi
    [ -r "$env_file" ] || die "$env_file: cannot be read"
    number=0
    seen=
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in *[[:cntrl:]]) line=${line%"$(printf '\r')"} ;; esac
        case $line in
        '' | '#'*) ;;
        *=*) read_env_line ;;
        *[![:space:]]*) read_env_line ;;
        esac
    done <"$env_file"
}

fill_in_defaults() {
    while IFS='|' read -r name default _; do
        [ "$default" = - ] || is_set "$name" || export "$name=$default"
    done <<END
$settings_table
END
}

check_values() {
    while IFS='|' read -r name _ check allowed _; do
        is_set "$name" || continue
        eval "value=\$$name"
        if ! is_one_line "$value" || ! "$check" "$value"; then
            shown=$(printf '%s' "$value" | LC_ALL=C tr '[:cntrl:]' '?')
            is_shown "$name" || shown='(not shown)'
            refuse_setting "$name=$shown: allowed is $allowed"
        fi
    done <<END
$settings_table
END
}

# The one that `bulkhead password` makes counts where no other is given.
find_password() {
    if [ -z "${PASSWORD:-}${PASSWORD_FILE:-}" ] && [ -e "$STATE_DIR/password" ]; then
        export PASSWORD_FILE="$STATE_DIR/password"
    fi
}

# The program would say so too, but not what makes one.
need_password() {
    [ -n "${PASSWORD:-}${PASSWORD_FILE:-}" ] || die "/audit has no password, and no default one:" \
        "bulkhead password makes one; or set PASSWORD_FILE"
}

# What may hold a secret is in no message.
is_shown() {
    case $1 in PASSWORD | DATABASE_URL) return 1 ;; esac
}

# Ends the command, after naming every bad one, unless all are good.
load_settings() {
    lenient=
    refused=
    read_env_file
    unset ROUTES
    fill_in_defaults
    find_password
    check_values
    [ -z "$refused" ] || exit 1
    set_stamps
}

# They change when what is in these files may have.
set_stamps() {
    PASSWORD_STAMP=
    [ -z "${PASSWORD_FILE:-}" ] || PASSWORD_STAMP=$(stamp "$PASSWORD_FILE")
    DATABASE_STAMP=
    # shellcheck disable=SC2046 # a list of words
    case ${DATABASE_URL:-} in
    *[?'&']passfile=* | *[?'&']sslrootcert=*) DATABASE_STAMP=$(stamp $(database_files)) ;;
    esac
    export PASSWORD_STAMP DATABASE_STAMP
}

stamp() {
    for file in "$@"; do
        find -L "$file" -maxdepth 0 -printf '%i/%s/%C@ ' 2>/dev/null
    done
}

database_files() {
    printf '%s\n' "$DATABASE_URL" | sed 's/[?&]/\n/g' |
        sed -n 's/^\(passfile\|sslrootcert\)=//p'
}

# For the commands that must work with any other setting broken.
load_state_folder() {
    lenient=yes
    read_env_file
    fill_in_defaults
    is_state_folder "$STATE_DIR" ||
        die "STATE_DIR=$STATE_DIR: allowed is a path from /, of letters, digits and / . _ + -"
}

# Each route's program judges its own settings, and prints what it refuses.
check_program_settings() {
    for route in "$@"; do
        find_built "$route"
        [ -x "$built" ] ||
            die "$built: not built: run ./quickstart, or make in the build folder"
        (exec_with_settings_of "$route" "$built" --check) || exit 1
    done
}

# route: sets names to the settings that its program gets
find_settings_of() {
    find_names "$settings_of_routes" "$1"
    names="LOG_LEVEL SANDBOX TRAIL_SYNC $names"
}

# Of the settings in force it is there: a program is to ask those that run.
name_routes() {
    export ROUTES="${ROUTES-$routes}"
}

derive_settings() {
    name_routes
    export JOURNALS="$STATE_DIR/journal" RUN_DIR="$STATE_DIR/run"
    if keeps_trail; then export TRAIL=on; else export TRAIL=off; fi
}

# One NAME=value a line, of the named settings that have one.
print_settings() {
    for name in "$@"; do
        is_set "$name" || continue
        eval "value=\$$name"
        printf '%s=%s\n' "$name" "$value"
    done
}

# Only programs that were built with a sanitizer read these: those that the tests build.
sanitizer_options='ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS'

# Without a root folder of their own, programs find the cluster's socket by its path.
point_to_database() {
    if keeps_trail && has_own_cluster && ! is_root; then
        export DATABASE_URL="postgresql:///bulkhead?host=$STATE_DIR/database/socket"
    fi
}

# Becomes the command, with the settings of one route and nothing else of the environment.
exec_with_settings_of() {
    find_settings_of "$1"
    shift
    derive_settings
    point_to_database
    for name in $names $sanitizer_options; do
        is_set "$name" && eval "set -- \"$name=\${$name}\" \"\$@\""
    done
    exec env -i "PATH=$PATH" "$@"
}

# --- the settings in force: those that the last up or reload took ---------------------------------

save_settings() {
    name_routes
    # shellcheck disable=SC2086 # a list of words
    (umask 077 && print_settings $names_saved >"$STATE_DIR/settings.new") &&
        mv "$STATE_DIR/settings.new" "$STATE_DIR/settings"
}

# STATE_DIR stays as it is: it is how this file was found.
load_settings_in_force() {
    [ -r "$STATE_DIR/settings" ] || die "$STATE_DIR/settings: cannot be read"
    for name in $names_saved; do
        [ "$name" = STATE_DIR ] || unset "$name"
    done
    while IFS= read -r line; do
        name=${line%%=*}
        ! is_one_of "$name" "$names_saved" || [ "$name" = STATE_DIR ] || export "$name=${line#*=}"
    done <"$STATE_DIR/settings"
}
