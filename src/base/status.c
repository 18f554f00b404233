/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences of the fault table, and what helps against errors of the system. */
#include "base/status.h"

#include <errno.h>
#include <stddef.h>

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

const char *errno_advice(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
        return "; check the path";
    case EISDIR:
        return "; name a file";
    case EACCES:
    case EPERM:
        return "; run this as a user who may, or change the permissions";
    case EROFS:
        return "; name a place that can be written";
    case ENOSPC:
    case EDQUOT:
        return "; make room";
    default:
        return "";
    }
}

const char *errno_remedy(int error) {
    const char *advice = errno_advice(error);
    return advice[0] != '\0' ? advice + 2 : NULL;
}
