# shellcheck shell=sh disable=SC2154 # variables that other parts set
# Settings: from .env and the environment, which wins, into variables of the same names. They are
# parsed, never evaluated: a value is data whatever it holds.

# name|default|check|what is allowed|route. A route's program gets the settings that name it (and
# LOG_LEVEL, SANDBOX and TRAIL_SYNC, which are everyone's) and has the last word on them:
# check_program_settings. A default of "-" is the program's own.
settings_table() {
    cat <<END
BIND|127.0.0.1|is_address|an IPv4 or IPv6 address|
PORT|15000|is_port|an integer from 1 to 65535|
SERVER_NAMES|localhost 127.0.0.1 [::1]|are_server_names|host names and addresses, blanks between|
RATE_LIMIT|10|is_rate|an integer from 1 to 100000 (a second and client), or off|
RATE_BURST|20|is_burst|an integer from 1 to 100000|
PING_RATE_LIMIT|2|is_rate|an integer from 1 to 100000 (a second and client), or off|
PING_TIMEOUT_MS|2000|is_ping_timeout|an integer from 1 to 60000|ping
PING_DENY|-|is_one_line|networks such as 10.0.0.0/8, separated by commas or blanks; or none|ping
PING_ALLOW|-|is_one_line|networks such as 10.0.0.0/8, separated by commas or blanks|ping
PROCESSES|2|is_process_count|an integer from 1 to 64|
STATE_DIR|$(default_state_folder)|is_state_folder|a path from /, of letters, digits and / . _ + -|
LOG_LEVEL|info|is_log_level|error, warning, info or debug|
SANDBOX|-|is_sandbox|required or best-effort|
TRAIL_SYNC|0|is_switch|0 or 1|
TRAIL_KEEP|1GiB|is_one_line|a size, such as 512MiB or 1GiB|trail
DATABASE_URL|-|is_one_line|off, or a URI: postgresql:///bulkhead?host=/run/postgresql|audit trail
PASSWORD|-|is_one_line|one line of at least 12 characters|audit
PASSWORD_FILE|-|is_path|a path from /|audit
END
}

# Names of the contract that this version does not know yet: refused, for who sets one relies on it.
later_settings='TLS_CERT TLS_KEY TLS TLS_CLIENT_CA TRUSTED_PROXIES HEALTH_FROM'

default_state_folder() {
    if is_root; then
        echo /var/lib/bulkhead
    else
        echo "${XDG_STATE_HOME:-${HOME:-}/.local/state}/bulkhead"
    fi
}

# --- checks --------------------------------------------------------------------------------------

is_integer() {
    case $1 in
    '' | *[!0-9]* | 0?* | ???????????*) return 1 ;;
    esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

is_port() {
    is_integer "$1" 1 65535
}

is_rate() {
    [ "$1" = off ] || is_integer "$1" 1 100000
}

is_burst() {
    is_integer "$1" 1 100000
}

is_process_count() {
    is_integer "$1" 1 64
}

is_ping_timeout() {
    is_integer "$1" 1 60000
}

is_one_line() {
    [ "$(printf '%s' "$1" | wc -l)" -eq 0 ] &&
        ! printf '%s' "$1" | tr -d '\t' | LC_ALL=C grep -q '[[:cntrl:]]'
}

is_path() {
    case $1 in '' | /*) return 0 ;; esac
    return 1
}

is_log_level() {
    case $1 in
    error | warning | info | debug) return 0 ;;
    esac
    return 1
}

is_switch() {
    [ "$1" = 0 ] || [ "$1" = 1 ]
}

is_sandbox() {
    [ "$1" = required ] || [ "$1" = best-effort ] || [ -z "$1" ]
}

is_address() {
    printf '%s\n' "$1" | awk '
        function is_v4(text, parts, i) {
            if (split(text, parts, ".") != 4) return 0
            for (i = 1; i <= 4; i++)
                if (parts[i] !~ /^(0|[1-9][0-9]?[0-9]?)$/ || parts[i] > 255) return 0
            return 1
        }
        function is_v6(text, parts, i, count, shortened, empty) {
            shortened = gsub(/::/, ":x:", text)
            count = split(text, parts, ":")
            for (i = 1; i <= count; i++) {
                if (parts[i] == "" && shortened && (i == 1 || i == count)) empty++
                else if (parts[i] !~ /^([0-9a-fA-F]+|x)$/ || length(parts[i]) > 4) return 0
            }
            return shortened == 1 ? count - empty <= 8 : !shortened && count == 8
        }
        NR == 1 { ok = is_v4($0) || is_v6($0) }
        END { exit !(ok && NR == 1) }'
}

are_server_names() {
    printf '%s\n' "$1" | awk '
        NR > 1 || NF == 0 { bad = 1 }
        {
            for (i = 1; i <= NF; i++)
                if ($i !~ /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/ &&
                    $i !~ /^\[[0-9a-fA-F:.]+\]$/)
                    bad = 1
        }
        END { exit bad }'
}

# These characters are safe in nginx files, in sed and in a shell word.
is_state_folder() {
    case $1 in
    / | *[!A-Za-z0-9/._+-]* | */../* | */..) return 1 ;;
    /*) return 0 ;;
    esac
    return 1
}

# --- reading -------------------------------------------------------------------------------------

setting_names() {
    settings_table | cut -d '|' -f 1
}

is_setting() {
    setting_names | grep -qx -- "$1"
}

is_later_setting() {
    # shellcheck disable=SC2086 # a list of words
    printf '%s\n' $later_settings | grep -qx -- "$1"
}

value_of() {
    eval "printf '%s\n' \"\${$1}\""
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
        unquoted=$(printf '%s\n' "$1" | sed 's/[[:space:]]#.*$//; s/^#.*$//; s/[[:space:]]*$//')
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
    if is_later_setting "$name"; then
        refuse_setting "$name in $env_file: this version does not know it yet: remove it"
    elif ! is_setting "$name"; then
        refuse_setting "$name in $env_file: unknown; allowed are: $(setting_names | tr '\n' ' ')"
    elif printf '%s' "$seen" | grep -qx -- "$name"; then
        refuse_setting "$name in $env_file: given twice: keep one"
    elif ! is_set "$name"; then
        unquote "${line#*=}"
        export "$name=$unquoted"
    fi
    seen="$seen$name
"
}

read_env_file() {
    if [ ! -e "$env_file" ]; then
        [ -z "${BULKHEAD_ENV:-}" ] || die "BULKHEAD_ENV=$env_file: no such file"
        return
    fi
    [ -r "$env_file" ] || die "$env_file: cannot be read"
    number=0
    seen=
    carriage_return=$(printf '\r')
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line=${line%"$carriage_return"}
        case $line in
        '' | '#'*) ;;
        *=*) read_env_line ;;
        *) [ -z "$(printf '%s' "$line" | tr -d '[:space:]')" ] || read_env_line ;;
        esac
    done <"$env_file"
}

fill_in_defaults() {
    while IFS='|' read -r name default _; do
        [ "$default" = - ] || is_set "$name" || export "$name=$default"
    done <<END
$(settings_table)
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
$(settings_table)
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
    for name in $later_settings; do
        is_set "$name" && ! grep -qs "^$name=" "$env_file" &&
            refuse_setting "$name in the environment: this version does not know it yet: unset it"
    done
    fill_in_defaults
    find_password
    check_values
    [ -z "$refused" ] || exit 1
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
        program_built=$(built "$route")
        [ -x "$program_built" ] ||
            die "$program_built: not built: run ./quickstart, or make in the build folder"
        (exec_with_settings_of "$route" "$program_built" --check) || exit 1
    done
}

settings_of_route() {
    echo LOG_LEVEL
    echo SANDBOX
    echo TRAIL_SYNC
    [ "$1" != trail ] || echo JOURNALS
    settings_table | awk -F '|' -v route="$1" '
        index(" " $5 " ", " " route " ") { print $1 }'
}

# One NAME=value a line, of the named settings that have one.
print_settings() {
    for name in "$@"; do
        ! is_set "$name" || printf '%s=%s\n' "$name" "$(value_of "$name")"
    done
}

# Only programs that were built with a sanitizer read these: those that the tests build.
sanitizer_options='ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS'

# Without a root folder of their own, programs find the cluster's socket by its path.
point_to_database() {
    export JOURNALS="$STATE_DIR/journal"
    if keeps_trail && has_own_cluster && ! is_root; then
        export DATABASE_URL="postgresql:///bulkhead?host=$STATE_DIR/database/socket"
    fi
}

# Becomes the command, with the settings of one route and nothing else of the environment.
exec_with_settings_of() {
    settings_route=$1
    shift
    point_to_database
    for name in $(settings_of_route "$settings_route") $sanitizer_options; do
        is_set "$name" && eval "set -- \"$name=\${$name}\" \"\$@\""
    done
    exec env -i "PATH=$PATH" "$@"
}

# --- the settings in force: those that the last up or reload took ---------------------------------

save_settings() {
    # shellcheck disable=SC2046 # a list of words
    (umask 077 && print_settings $(setting_names) >"$STATE_DIR/run/settings.new") &&
        mv "$STATE_DIR/run/settings.new" "$STATE_DIR/run/settings"
}

# STATE_DIR stays as it is: it is how this file was found.
load_settings_in_force() {
    [ -r "$STATE_DIR/run/settings" ] || die "$STATE_DIR/run/settings: cannot be read"
    for name in $(setting_names); do
        [ "$name" = STATE_DIR ] || unset "$name"
    done
    while IFS= read -r line; do
        name=${line%%=*}
        is_setting "$name" && [ "$name" != STATE_DIR ] && export "$name=${line#*=}"
    done <"$STATE_DIR/run/settings"
}
