/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API: versions, faults, instants, tariffs, operations. */
#include <errno.h>
#include <stdlib.h>

#include "lib/lib_private.h"

const char *tollgate_version(void) {
    return TOLLGATE_VERSION;
}

const char *tollgate_status_text(tollgate_status status) {
    switch (status) {
    case TOLLGATE_OK:
        return status_text(STATUS_OK);
    case TOLLGATE_INVALID:
        return status_text(STATUS_INVALID);
    case TOLLGATE_NOT_FOUND:
        return status_text(STATUS_NOT_FOUND);
    case TOLLGATE_RANGE:
        return status_text(STATUS_RANGE);
    case TOLLGATE_NO_MEMORY:
        return status_text(STATUS_NO_MEMORY);
    case TOLLGATE_IO:
        return status_text(STATUS_IO);
    case TOLLGATE_STATE:
        return "the engine was not made for this, or broke before";
    }
    return "unknown status";
}

tollgate_status lib_status(enum status status) {
    static const tollgate_status known[] = {[STATUS_OK] = TOLLGATE_OK,
                                            [STATUS_INVALID] = TOLLGATE_INVALID,
                                            [STATUS_NOT_FOUND] = TOLLGATE_NOT_FOUND,
                                            [STATUS_RANGE] = TOLLGATE_RANGE,
                                            [STATUS_NO_MEMORY] = TOLLGATE_NO_MEMORY,
                                            [STATUS_IO] = TOLLGATE_IO,
                                            [STATUS_INEXACT] = TOLLGATE_RANGE,
                                            [STATUS_MISSING] = TOLLGATE_NOT_FOUND,
                                            [STATUS_CONFLICT] = TOLLGATE_STATE};
    return (size_t)status < sizeof known / sizeof *known ? known[status] : TOLLGATE_STATE;
}

void tollgate_text_free(char *text) {
    free(text);
}

tollgate_status lib_text_out(struct buf *buf, enum status status, char **ret_text) {
    if (status == STATUS_OK && buf->ptr == NULL)
        buf_text(buf, "");
    if (status == STATUS_OK && buf->failed)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        *ret_text = buf->ptr;
    else
        buf_free(buf);
    *buf = (struct buf){0};
    return lib_status(status);
}

tollgate_status tollgate_instant_parse(const char *text, int64_t *ret_ns) {
    return lib_status(instant_parse(slice_of(text), ret_ns, NULL));
}

_Static_assert(TOLLGATE_INSTANT_MAX == INSTANT_TEXT_MAX, "an instant fits");

size_t tollgate_instant_format(int64_t at_ns, char text[TOLLGATE_INSTANT_MAX]) {
    size_t length = lib_is_instant(at_ns) ? instant_format(at_ns, NULL, text) : 0;
    text[length] = '\0';
    return length;
}

/* ---- tariffs ---- */

const char *tollgate_tariffs_directory(void) {
    return TOLLGATE_SHARE_DIR "/tariffs";
}

static void messages_out(struct diags *diags, char **ret_messages) {
    struct buf text = {0};
    if (ret_messages == NULL)
        return;
    *ret_messages = NULL;
    if (diags->count == 0)
        return;
    diags_sort(diags);
    diags_print(diags, false, &text);
    tollgate_status ignored = lib_text_out(&text, STATUS_OK, ret_messages); /* without memory there is no message */
    (void)ignored;
}

/* What was loaded becomes a handle, or is freed. */
static tollgate_status tariffs_end(struct tollgate_tariffs *tariffs, enum status status, struct diags *diags,
                                   tollgate_tariffs **ret_tariffs, char **ret_messages) {
    int error = errno;
    messages_out(diags, ret_messages);
    diags_free(diags);
    if (status != STATUS_OK) {
        tariff_set_free(&tariffs->set);
        free(tariffs);
        errno = error;
        return lib_status(status);
    }
    atomic_init(&tariffs->owners, 1);
    *ret_tariffs = tariffs;
    return TOLLGATE_OK;
}

tollgate_status tollgate_tariffs_load(const char *path, const char *base, tollgate_tariffs **ret_tariffs,
                                      char **ret_messages) {
    struct tollgate_tariffs *tariffs = calloc(1, sizeof *tariffs);
    struct diags diags = {0};
    if (tariffs == NULL)
        return TOLLGATE_NO_MEMORY;
    enum status status = tariff_set_load(path, base, &tariffs->set, &diags);
    return tariffs_end(tariffs, status, &diags, ret_tariffs, ret_messages);
}

tollgate_status tollgate_tariffs_read(const char *name, const char *text, size_t length, tollgate_tariffs **ret_tariffs,
                                      char **ret_messages) {
    struct diags diags = {0};
    if (ret_messages != NULL)
        *ret_messages = NULL;
    if (length > (size_t)16 << 20)
        return TOLLGATE_RANGE;
    struct tollgate_tariffs *tariffs = calloc(1, sizeof *tariffs);
    if (tariffs == NULL)
        return TOLLGATE_NO_MEMORY;
    enum status status = tariff_set_add_text(&tariffs->set, slice_of(name), (struct slice){text, length}, &diags);
    return tariffs_end(tariffs, status, &diags, ret_tariffs, ret_messages);
}

size_t tollgate_tariffs_count(const tollgate_tariffs *tariffs) {
    return tariffs->set.count;
}

const char *tollgate_tariffs_name(const tollgate_tariffs *tariffs, size_t index) {
    return tariffs->set.list[index]->name.ptr;
}

void tollgate_tariffs_free(tollgate_tariffs *tariffs) {
    if (tariffs == NULL || atomic_fetch_sub(&tariffs->owners, 1) > 1)
        return;
    tariff_set_free(&tariffs->set);
    free(tariffs);
}

/* ---- operations ---- */

static void unknown_tell(const struct tariff_set *set, const struct tariff *tariff, struct slice name,
                         struct buf *message) {
    struct slice head = name, tail = SLICE("");
    slice_cut(name, '.', &head, &tail);
    struct slice wrong = tariff != NULL ? tail : head;
    const struct names *names = tariff != NULL ? &tariff->operation_names : &set->names;
    struct slice near = names_suggest(wrong, names->texts, names->count);
    if (tariff != NULL)
        buf_printf(message, "%s has no operation \"" SLICE_FMT "\"", tariff->name.ptr, SLICE_ARG(wrong));
    else
        buf_printf(message, "there is no tariff \"" SLICE_FMT "\"", SLICE_ARG(wrong));
    if (near.len > 0)
        buf_printf(message, ", did you mean \"" SLICE_FMT "\"?", SLICE_ARG(near));
}

tollgate_status tollgate_operation_find(const tollgate_tariffs *tariffs, const char *name,
                                        tollgate_operation *ret_operation, char **ret_message) {
    struct slice head, tail;
    const struct tariff_set *set = &tariffs->set;
    const struct tariff *tariff = NULL;
    const struct operation *operation = NULL;
    if (ret_message != NULL)
        *ret_message = NULL;
    if (slice_cut(slice_of(name), '.', &head, &tail))
        tariff = tariff_find(set, head);
    if (tariff != NULL)
        operation = tariff_operation(tariff, tail);
    if (operation != NULL) {
        *ret_operation = (uint64_t)(tariff->index + 1) << 32 | (uint64_t)(operation - tariff->operations);
        return TOLLGATE_OK;
    }
    struct buf message = {0};
    if (ret_message == NULL)
        return TOLLGATE_NOT_FOUND;
    unknown_tell(set, tariff, slice_of(name), &message);
    tollgate_status status = lib_text_out(&message, STATUS_OK, ret_message);
    return status == TOLLGATE_OK ? TOLLGATE_NOT_FOUND : status;
}
