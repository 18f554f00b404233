/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a number: what is read comes back the same from its text, and decimals and ratios agree. */
#include <stdlib.h>

#include "money/decimal.h"
#include "money/ratio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void check_text(struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    struct decimal back;
    size_t length = decimal_format(value, text);
    require(length < sizeof text && text[length] == '\0');
    require(decimal_parse((struct slice){text, length}, &back, NULL) == STATUS_OK);
    require(decimal_cmp(back, value) == 0);
}

static void check_rounding(struct decimal value) {
    for (int scale = 0; scale <= DECIMAL_SCALE; scale++) {
        char text[DECIMAL_TEXT_MAX];
        struct decimal down, up, back;
        require(decimal_round(value, scale, ROUND_DOWN, &down) == STATUS_OK);
        size_t length = decimal_format_fixed(down, scale, text);
        require(decimal_parse((struct slice){text, length}, &back, NULL) == STATUS_OK && back.pico == down.pico);
        require(wide_magnitude(down.pico) <= wide_magnitude(value.pico));
        if (decimal_round(value, scale, ROUND_UP, &up) == STATUS_OK)
            require(wide_magnitude(up.pico) >= wide_magnitude(value.pico));
    }
}

static void check_ratio(struct ratio value) {
    char text[RATIO_TEXT_MAX];
    struct decimal decimal, rounded;
    size_t length = ratio_format(value, text);
    require(length < sizeof text && text[length] == '\0' && value.den > 0);
    if (ratio_to_decimal(value, &decimal) != STATUS_OK)
        return;
    require(ratio_cmp(ratio_from_decimal(decimal), value) == 0);
    require(ratio_to_decimal_rounded(value, DECIMAL_SCALE, ROUND_HALF_EVEN, &rounded) == STATUS_OK);
    require(decimal_cmp(rounded, decimal) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice text = {(const char *)data, size};
    struct decimal decimal, same = DECIMAL_ZERO;
    struct ratio ratio;
    size_t decimal_offset = size + 1, ratio_offset = size + 1;
    enum status decimal_status = decimal_parse(text, &decimal, &decimal_offset);
    enum status ratio_status = ratio_parse(text, &ratio, &ratio_offset);
    require((decimal_status == STATUS_INVALID) == (ratio_status == STATUS_INVALID));
    require(decimal_status == STATUS_OK || decimal_offset <= size);
    require(decimal_status != STATUS_INVALID || decimal_offset == ratio_offset);
    if (ratio_status == STATUS_OK)
        check_ratio(ratio);
    if (decimal_status != STATUS_OK) {
        require(ratio_status != STATUS_OK || ratio_to_decimal(ratio, &same) != STATUS_OK);
        return 0;
    }
    require(ratio_status == STATUS_OK && ratio_to_decimal(ratio, &same) == STATUS_OK);
    require(decimal_cmp(decimal, same) == 0);
    check_text(decimal);
    check_rounding(decimal);
    return 0;
}
