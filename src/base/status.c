/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences of the fault table. */
#include "base/status.h"

const char *status_text(enum status status) {
    static const char *const texts[] = {
#define STATUS_ROW(name, text) [STATUS_##name] = text,
        STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
    };
    if ((unsigned)status >= sizeof texts / sizeof *texts)
        return "unknown fault";
    return texts[status];
}
