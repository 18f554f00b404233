#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A client of the Tollgate daemon in curl. Copy what you need. No secret is ever an argument of a program.
#
#   export TOLLGATE_URL=http://127.0.0.1:8080 TOLLGATE_KEY_FILE=/etc/my-service/tollgate-key
#   tollgate.sh send events.ndjson                    usage events, one a line
#   tollgate.sh admit acct-42 viapi.RecognizeLicensePlate '"lease_seconds": 60'
#   tollgate.sh settle LEASE event.json               what was admitted has run
#   tollgate.sh release LEASE                         or it has not
#   tollgate.sh bill viapi-12
#   tollgate.sh verify SECRET-FILE ID TIMESTAMP SIGNATURES BODY-FILE
#
# Prints the answer. Exit status 0: done, allowed, genuine; 22: the daemon said no, and the answer says why; 1: not
# genuine. What fails for a moment (503, no connection) is tried again: all of it does the same when it comes twice.
set -eu

request() { # METHOD PATH [curl options…]
    method=$1
    path=$2
    shift 2
    answer=$(mktemp)
    trap 'rm -f "$answer"' EXIT
    code=0
    # The key comes from standard input, so that it is in no argument; only the last answer of several tries is printed.
    printf 'header = "Authorization: Bearer %s"\n' "$(cat "$TOLLGATE_KEY_FILE")" |
        curl --config - --silent --show-error --fail-with-body --max-time 30 --retry 5 --retry-connrefused \
            --output "$answer" --request "$method" "$@" "${TOLLGATE_URL%/}$path" || code=$?
    cat "$answer"
    return "$code"
}

pad() { # KEY-HEX BYTE: the key, filled to 64 bytes, each of them exclusive-or BYTE
    rest=$1
    count=0
    while [ "$count" -lt 64 ]; do
        byte=${rest%"${rest#??}"}
        rest=${rest#??}
        printf '%b' "\\0$(printf '%o' $((0x${byte:-0} ^ $2)))"
        count=$((count + 1))
    done
}

hmac() { # KEY-HEX: HMAC-SHA-256 of standard input in base64; openssl would want the key as an argument
    { pad "$1" 0x5c && { pad "$1" 0x36 && cat; } | openssl dgst -sha256 -binary; } |
        openssl dgst -sha256 -binary | base64
}

verify() { # SECRET-FILE ID TIMESTAMP SIGNATURES BODY-FILE (Standard Webhooks, v1)
    case $3 in # what is no number would be reckoned as who knows what
    '' | 0* | *[!0-9]* | ????????????*) return 1 ;;
    esac
    age=$(($(date +%s) - $3))
    if [ "$age" -gt 300 ] || [ "$age" -lt -300 ]; then
        return 1
    fi
    key=$(sed 's/^[^_]*_//' "$1" | base64 -d | od -An -v -tx1 | tr -d ' \n')
    want=$({ printf '%s.%s.' "$2" "$3" && cat "$5"; } | hmac "$key")
    for signature in $4; do
        if [ "$signature" = "v1,$want" ]; then
            return 0
        fi
    done
    return 1
}

verb=$1
shift
case $verb in
send) request POST /v1/events --header 'Content-Type: application/x-ndjson' --data-binary "@$1" ;;
admit)
    request POST /v1/admit --retry 0 --header 'Content-Type: application/json' \
        --data "{\"account\": \"$1\", \"type\": \"$2\"${3:+, $3}}"
    ;;
settle) request POST "/v1/admit/$1/settle" --header 'Content-Type: application/json' --data-binary "@$2" ;;
release) request POST "/v1/admit/$1/release" ;;
bill) request GET "/v1/bills/$1" ;;
verify) verify "$@" ;;
*)
    echo "tollgate.sh: there is no \"$verb\": send, admit, settle, release, bill, verify" >&2
    exit 2
    ;;
esac
