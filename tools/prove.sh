#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Prove the contracts written beside the money code, and that none of it overflows or reads outside its memory.
# Frama-C WP and RTE, with Z3 and CVC4; see docs/decisions/0002-money.md for what this covers. Prints `N / N` or fails.
set -eu

cd "$(dirname "$0")/.."
HOME=$(mktemp -d) # the provers' settings stay out of the user's home
export HOME
trap 'rm -rf "$HOME"' EXIT
why3 config detect >"$HOME/why3.log" 2>&1 || {
    cat "$HOME/why3.log"
    exit 1
}

proved=0
scheduled=0

# prove FILE OPTION VALUE: all goals of the file that the option selects
prove() {
    log=$HOME/proof.log
    frama-c -machdep gcc_x86_64 -cpp-extra-args="-Isrc -include tools/proof/builtins.h" "$1" \
        -wp -wp-rte -wp-prover z3,cvc4 -wp-timeout 30 -wp-par 2 "$2" "$3" >"$log" 2>&1 || {
        cat "$log"
        exit 1
    }
    echo "$1"
    sed -n 's/^\[rte:annot\] annotating function /  /p' "$log"
    if grep -F '[Failed]' "$log"; then
        echo "  not every goal is proved"
    fi
    counts=$(sed -n 's/^\[wp\] Proved goals: *\([0-9]*\) \/ \([0-9]*\).*/\1 \2/p' "$log")
    [ -n "$counts" ] || {
        cat "$log"
        exit 1
    }
    proved=$((proved + ${counts% *}))
    scheduled=$((scheduled + ${counts#* }))
}

# What other files' runs prove already, and what has no contract (names, text, sorting).
shared=model_add_overflow,model_sub_overflow,model_mul_overflow,wide_magnitude,wide_fits_64,uwide_fits_64
text=slice_of,bytes_eq,slice_eq,slice_is
prove src/money/wide.c -wp-skip-fct rounding_parse,rounding_name
prove src/money/product.c -wp-skip-fct $shared
prove src/money/decimal_text.c -wp-fct power_of_ten
prove src/money/decimal.c -wp-skip-fct $shared,$text,decimal_from_int,decimal_split,larger_first

echo "$proved / $scheduled"
[ "$scheduled" -gt 0 ] && [ "$proved" -eq "$scheduled" ]
