# shellcheck shell=sh disable=SC2154 # variables that other parts set
# TLS: where nginx's certificate comes from. It is given by TLS_CERT and TLS_KEY, or, for a try-out,
# made by TLS=self-signed. What nginx reads are copies beside its configuration: they change with
# it, at once or not at all, and root's files stay root's.

is_tls_on() {
    [ "${TLS:-off}" != off ] || [ -n "${TLS_CERT:-}${TLS_KEY:-}" ]
}

scheme() {
    if is_tls_on; then echo https; else echo http; fi
}

certificate_source() {
    if [ -n "${TLS_CERT:-}" ]; then echo "$TLS_CERT"; else echo "$STATE_DIR/tls/certificate.pem"; fi
}

key_source() {
    if [ -n "${TLS_KEY:-}" ]; then echo "$TLS_KEY"; else echo "$STATE_DIR/tls/key.pem"; fi
}

# --- what can be said before anything is touched --------------------------------------------------

# Ends the command unless the settings fit each other and the files are what they should be.
check_tls() {
    if ! is_tls_on; then
        [ -z "${TLS_CLIENT_CA:-}" ] || die "TLS_CLIENT_CA without TLS: set TLS_CERT and TLS_KEY too"
        [ -z "${REDIRECT_PORT:-}" ] || die "REDIRECT_PORT without TLS: there is nothing to lead to"
        return 0
    fi
    [ "${REDIRECT_PORT:-}" != "$PORT" ] ||
        die "REDIRECT_PORT=$PORT is PORT: plain HTTP there is redirected anyway; leave it empty"
    [ -z "${TLS_CLIENT_CA:-}" ] || check_certificates TLS_CLIENT_CA "$TLS_CLIENT_CA"
    if [ "$TLS" = self-signed ]; then
        [ -z "${TLS_CERT:-}${TLS_KEY:-}" ] ||
            die "TLS=self-signed beside TLS_CERT or TLS_KEY: which one? Unset one of them"
        return 0
    fi
    [ -n "${TLS_CERT:-}" ] || die "TLS_KEY without TLS_CERT: set the certificate's file too"
    [ -n "${TLS_KEY:-}" ] || die "TLS_CERT without TLS_KEY: set the key's file too"
    check_certificates TLS_CERT "$TLS_CERT"
    check_key
    openssl x509 -in "$TLS_CERT" -noout -checkend 0 >/dev/null ||
        die "TLS_CERT=$TLS_CERT: expired on $(certificate_end "$TLS_CERT"): renew it"
}

# setting, file
check_certificates() {
    check_tls_file "$1" "$2"
    openssl x509 -in "$2" -noout 2>/dev/null || die "$1=$2: holds no certificate in PEM form"
}

check_tls_file() {
    [ -f "$2" ] || die "$1=$2: no such file"
    [ -r "$2" ] || die "$1=$2: cannot be read"
}

# nginx would start with one that everybody can read.
check_key() {
    check_tls_file TLS_KEY "$TLS_KEY"
    [ -z "$(find -L "$TLS_KEY" -maxdepth 0 -perm /027)" ] ||
        die "TLS_KEY=$TLS_KEY: others may read it, or write there: chmod o=,g-wx $TLS_KEY"
    public=$(openssl pkey -in "$TLS_KEY" -passin pass: -pubout 2>/dev/null) ||
        die "TLS_KEY=$TLS_KEY: holds no key in PEM form, or one with a passphrase"
    [ "$public" = "$(openssl x509 -in "$TLS_CERT" -noout -pubkey)" ] ||
        die "TLS_KEY=$TLS_KEY: is not the key of the first certificate in $TLS_CERT"
}

certificate_end() {
    openssl x509 -in "$1" -noout -enddate | cut -d = -f 2
}

# --- a certificate for a try-out ------------------------------------------------------------------

# Made anew when it is for other names, or about to expire: then whoever trusted it has to again.
make_self_signed() {
    [ "${TLS:-off}" = self-signed ] || return 0
    make_folders 0755 root:root tls || return 1
    names=$(alternative_names)
    if [ "$(cat "$STATE_DIR/tls/names" 2>/dev/null)" = "$names" ] &&
        openssl x509 -in "$STATE_DIR/tls/certificate.pem" -noout -checkend 2592000 >/dev/null 2>&1
    then
        return 0
    fi
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -sha256 -days 397 -subj '/CN=Bulkhead, self-signed' -addext "subjectAltName=$names" \
        -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
        -addext extendedKeyUsage=serverAuth -keyout "$STATE_DIR/tls/key.pem" \
        -out "$STATE_DIR/tls/certificate.pem") 2>/dev/null || {
        complain "$STATE_DIR/tls: openssl could not make a certificate there for $names"
        return 1
    }
    chmod 0644 "$STATE_DIR/tls/certificate.pem" && echo "$names" >"$STATE_DIR/tls/names" &&
        say "made a certificate of our own, $STATE_DIR/tls/certificate.pem: for a try-out," \
            "no browser trusts it"
}

# SERVER_NAMES as openssl wants them.
alternative_names() {
    for name in $SERVER_NAMES; do
        case $name in
        \[*\])
            name=${name#\[}
            echo "IP:${name%\]}"
            ;;
        *) if is_address "$name"; then echo "IP:$name"; else echo "DNS:$name"; fi ;;
        esac
    done | paste -s -d ,
}

# --- what nginx gets ------------------------------------------------------------------------------

# Into the rendered configuration: the copies, and tls.conf, which is empty without TLS.
write_tls() {
    : >"$rendered/tls.conf" && is_tls_on || return 0
    mkdir "$rendered/tls" && cp "$(certificate_source)" "$rendered/tls/certificate.pem" &&
        copy_key && print_tls >"$rendered/tls.conf" || return 1
    [ -z "${TLS_CLIENT_CA:-}" ] || cp "$TLS_CLIENT_CA" "$rendered/tls/clients.pem"
}

# Of nginx's user alone from the first byte.
copy_key() {
    (umask 077 && : >"$rendered/tls/key.pem" && cat "$(key_source)" >>"$rendered/tls/key.pem" &&
        chmod 0400 "$rendered/tls/key.pem") || return 1
    ! is_root || chown bulkhead-edge "$rendered/tls/key.pem"
}

print_tls() {
    echo 'include edge/tls.conf;'
    ! has_http2_directive || echo 'http2 on;'
    [ -z "${REDIRECT_PORT:-}" ] || echo 'include edge/redirect.conf;'
    [ -z "${TLS_CLIENT_CA:-}" ] || {
        echo 'ssl_client_certificate tls/clients.pem;'
        echo 'ssl_verify_client optional;'
    }
    ! can_staple || print_stapling
}

# nginx from 1.25.1 on has it in place of a word behind `listen`.
has_http2_directive() {
    nginx -v 2>&1 | awk -F '[/. ]' '{ found = $4 > 1 || $5 > 25 || ($5 == 25 && $6 >= 1) }
        END { exit !found }'
}

# What comes behind the address in `listen`.
listen_options() {
    ! is_tls_on || { has_http2_directive && echo ' ssl' || echo ' ssl http2'; }
}

# Where the certificate names an OCSP responder, and the file has its issuer's certificate too.
can_staple() {
    [ -n "$(openssl x509 -in "$rendered/tls/certificate.pem" -noout -ocsp_uri 2>/dev/null)" ] &&
        [ "$(grep -c -- '-BEGIN CERTIFICATE-' "$rendered/tls/certificate.pem")" -gt 1 ]
}

# nginx asks the responder for itself, so it needs to find its address.
print_stapling() {
    echo 'ssl_stapling on;'
    awk '$1 == "nameserver" && !/%/ { found = found " " ($2 ~ /:/ ? "[" $2 "]" : $2) }
        END { if (found) print "resolver" found " valid=300s;" }' /etc/resolv.conf 2>/dev/null
}

# Of the configuration in $1: where its OCSP responder listens; false where it asks none.
responder_port() {
    grep -qs '^ssl_stapling on' "$1/tls.conf" || return 1
    openssl x509 -in "$1/tls/certificate.pem" -noout -ocsp_uri | head -n 1 |
        sed 's|^[a-z]*://\(\[[^]]*\]\)*\([^:/]*\)||; s|/.*||; s|^$|:80|; s|^:||'
}

# Where plain HTTP is led to.
https_port() {
    [ "$PORT" = 443 ] || echo ":$PORT"
}

# --- for bulkhead status --------------------------------------------------------------------------

print_certificate() {
    is_tls_on || return 0
    certificate=$STATE_DIR/nginx/tls/certificate.pem
    if ! openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null 2>&1; then
        problems="$problems, the certificate has expired: renew it, then: bulkhead reload"
    elif ! openssl x509 -in "$certificate" -noout -checkend 1209600 >/dev/null; then
        printf '\n%scertificate%s  ends soon: renew it, then: bulkhead reload' "$fair" "$plain"
    fi
    printf '\ncertificate  until %s\n' "$(certificate_end "$certificate")"
}
