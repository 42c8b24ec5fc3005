# shellcheck shell=bash
# Completion of harden(1) for bash.

_harden_ids() {
    harden explain --list 2>/dev/null | while read -r id _; do echo "$id"; done
}

_harden() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
    local selecting='--type --severity --only --skip --help'
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='audit fix explain image host report verify --help --version'
    else
        case $previous in
        --type) words='daemon dockerfile compose nginx image container host source' ;;
        --severity) words='info low medium high critical' ;;
        --format)
            words='text json sarif'
            [ "${COMP_WORDS[1]}" != report ] || words='text json html'
            ;;
        --only | --skip | --with) words=$(_harden_ids) ;;
        --baseline | --save-baseline | --wait | --context | --lists | --root) ;;
        *)
            case ${COMP_WORDS[1]}/$current in
            audit/-*) words="$selecting --format --baseline --save-baseline" ;;
            fix/-*) words="$selecting --with --write" ;;
            image/-*) words="${selecting#--type } --format --baseline --save-baseline --lists" ;;
            host/-*) words="${selecting#--type } --format --baseline --save-baseline --root" ;;
            explain/-*) words='--list --format --help' ;;
            explain/*) words=$(_harden_ids) ;;
            report/-*) words='--format --help' ;;
            verify/-*) words="$selecting --with --wait --context" ;;
            esac
            ;;
        esac
    fi
    [ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _harden harden
