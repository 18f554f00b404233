/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate key reset: what is left to do when the pepper is lost, or shall be another one. */
#include "cli/desk.h"
#include "cli/verbs.h"

static const struct option options[] = {
    {"confirm", NULL, "do it; else it is only told what would end", NULL, false},
    OPTION_DATA,
    OPTION_NOW("when it is done"),
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct verb_example examples[] = {
    {"tollgate key reset --data books/2026", "what would end?"},
    {"tollgate key reset --confirm --data books/2026", "end it; then make new keys"},
};

/* Everything whose secrets are of the pepper; what proves the pepper is last, so that an interruption is met again. */
static const struct {
    const char *kind, *name; /* in the store; for people, NULL: not told */
} kinds[] = {{"key", "keys"}, {"endpoint", "webhooks"}, {"delivery", NULL}, {"pepper", NULL}};

static enum status count_all(struct desk *desk, uint32_t counts[COUNT_OF(kinds)]) {
    struct slice *names;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        TRY(store_list(desk->store, slice_of(kinds[i].kind), &desk->arena, &names, &counts[i]));
    return STATUS_OK;
}

static enum status delete_all(struct desk *desk) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct slice *names;
        uint32_t count;
        TRY(store_list(desk->store, slice_of(kinds[i].kind), &desk->arena, &names, &count));
        for (uint32_t n = 0; n < count; n++)
            TRY(store_delete(desk->store, slice_of(kinds[i].kind), names[n]));
    }
    return STATUS_OK;
}

static int reset(struct desk *desk) {
    uint64_t seq;
    int code = desk_begin(desk, "key_reset", SLICE("all"), &seq);
    if (code != EXIT_DONE)
        return code;
    enum status status = delete_all(desk);
    desk_end(desk, "key_reset", SLICE("all"), seq, status);
    return status == STATUS_OK ? EXIT_DONE : data_fault("the keys", status, store_error(desk->store));
}

static int result_show(const struct call *call, const uint32_t counts[COUNT_OF(kinds)], bool is_done) {
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    if (is_json(call)) {
        json_object(&writer);
        json_key(&writer, "done");
        json_bool(&writer, is_done);
    }
    for (size_t i = 0; i < COUNT_OF(kinds) && kinds[i].name != NULL; i++) {
        if (is_json(call)) {
            json_key(&writer, kinds[i].name);
            json_uint(&writer, counts[i]);
        } else {
            buf_printf(&out.buf, "%s that %s: %u\n", kinds[i].name, is_done ? "ended" : "would end", counts[i]);
        }
    }
    if (is_json(call)) {
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else if (!is_done) {
        buf_text(&out.buf, "nothing was done: --confirm does it\n");
    }
    return output_finish(&out, is_done ? EXIT_DONE : EXIT_INCOMPLETE);
}

static int reset_run(const struct call *call) {
    struct desk desk;
    uint32_t counts[COUNT_OF(kinds)] = {0};
    bool is_confirmed = option_given(call, "confirm");
    int code = desk_open(call, DESK_RESET, &desk);
    if (code == EXIT_DONE) {
        enum status status = count_all(&desk, counts);
        code = status == STATUS_OK ? EXIT_DONE : data_fault("the keys", status, store_error(desk.store));
    }
    if (code == EXIT_DONE && is_confirmed)
        code = reset(&desk);
    if (code == EXIT_DONE)
        code = result_show(call, counts, is_confirmed);
    desk_close(&desk);
    return code;
}

const struct verb verb_key_reset = {
    .name = "key reset",
    .operands = "",
    .summary = "End all API keys and webhooks of a data directory, and its bond to a pepper",
    .text =
        "For when the pepper is lost or shall be another one: without it no key works, no secret of a webhook can be\n"
        "read, and no daemon starts. No daemon may run. Put another pepper in its place, or none, and make new keys.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = reset_run,
};
