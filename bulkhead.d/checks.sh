# shellcheck shell=sh
# What a setting's value may be: one question for each kind, asked by settings.sh.

newline='
'

# word, words: whether it is one of them
is_one_of() {
    case $1 in '' | *' '*) return 1 ;; esac
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

is_integer() {
    case $1 in
    '' | *[!0-9]* | 0?* | ???????????*) return 1 ;;
    esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

is_port() {
    is_integer "$1" 1 65535
}

is_port_or_none() {
    [ -z "$1" ] || is_port "$1"
}

is_tls() {
    [ "$1" = off ] || [ "$1" = self-signed ]
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

is_trail_burst() {
    is_integer "$1" 0 30000
}

is_ping_timeout() {
    is_integer "$1" 1 60000
}

# Nearly every value has no control character at all, which takes no process to see.
is_one_line() {
    case $1 in *[[:cntrl:]]*) ;; *) return 0 ;; esac
    case $1 in *"$newline"*) return 1 ;; esac
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
    is_v4 "$1" || { is_v6 "$1" && is_good_v6 "$1"; }
}

is_v4() {
    case $1 in
    *[!0-9.]* | *.*.*.*.*) return 1 ;;
    *.*.*.*) ;;
    *) return 1 ;;
    esac
    rest=$1.
    while [ -n "$rest" ]; do
        is_integer "${rest%%.*}" 0 255 || return 1
        rest=${rest#*.}
    done
}

is_good_v6() {
    awk 'BEGIN {
        text = ARGV[1]
        shortened = gsub(/::/, ":x:", text)
        count = split(text, parts, ":")
        for (i = 1; i <= count; i++) {
            if (parts[i] == "" && shortened && (i == 1 || i == count)) empty++
            else if (parts[i] !~ /^([0-9a-fA-F]+|x)$/ || length(parts[i]) > 4) exit 1
        }
        exit !(shortened == 1 ? count - empty <= 8 : !shortened && count == 8)
    }' "$1"
}

are_networks() {
    case $1 in *[!0-9A-Fa-f:./\ ]*) return 1 ;; esac
    for network in $1; do
        is_address "${network%%/*}" || return 1
        case $network in
        *:*/*) is_integer "${network#*/}" 0 128 || return 1 ;;
        */*) is_integer "${network#*/}" 0 32 || return 1 ;;
        esac
    done
}

is_v6() {
    case $1 in *:*) return 0 ;; esac
    return 1
}

# Whoever trusts everybody believes what any client says of itself.
are_trusted_networks() {
    are_networks "$1" && case " $1 " in *'/0 '*) return 1 ;; esac
}

are_server_names() {
    awk 'BEGIN {
        count = split(ARGV[1], names)
        for (i = 1; i <= count; i++)
            if (names[i] !~ /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/ &&
                names[i] !~ /^\[[0-9a-fA-F:.]+\]$/)
                exit 1
        exit ARGV[1] ~ /\n/ || !count
    }' "$1"
}

# These characters are safe in nginx files, in sed and in a shell word.
is_state_folder() {
    case $1 in
    / | *[!A-Za-z0-9/._+-]* | */../* | */..) return 1 ;;
    /*) return 0 ;;
    esac
    return 1
}
