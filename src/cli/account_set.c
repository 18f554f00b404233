/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate account set: how an account pays, and what it has activated. */
#include "cli/request.h"
#include "cli/verbs.h"

static const struct option options[] = {
    {"postpaid", "TARIFF=SWITCH", "pay-as-you-go under a tariff: on or off", NULL, true},
    {"mode", "TARIFF=MODE", "how calls are billed: payg or concurrent", NULL, true},
    {"credit", "CURRENCY=AMOUNT", "how far below zero the wallet may go", NULL, true},
    {"low", "CURRENCY=AMOUNT", "tell when less than this is available", NULL, true},
    {"release", "TARIFF", "end a suspension that paying alone does not end", NULL, true},
    {"activate", "TARIFF", "activate a product and grant its free packages (=UNITS: that many)", NULL, true},
    OPTIONS_REQUEST,
};

static const struct verb_example examples[] = {
    {"tollgate account set acct-42 --data books/2026 --postpaid vclm=on", "pay as you go once packages are used up"},
    {"tollgate account set acct-42 --data books/2026 --activate vclm --mode vclm=concurrent",
     "activate a product and bill it by concurrency"},
    {"tollgate account set acct-42 --data books/2026 --credit CNY=1000 --low CNY=200", "a credit line, and a warning"},
};

/* One option of NAME=VALUE; the value must be one of two words. */
static int setting_write(struct request *request, const struct option_use *use, const char *const words[2]) {
    struct slice name, value;
    bool is_pair = slice_cut(slice_of(use->value), '=', &name, &value) && name.len > 0;
    if (!is_pair || (!slice_is(value, words[0]) && !slice_is(value, words[1])))
        return complain(EXIT_USAGE, "--%s \"%s\" is not TARIFF=%s or TARIFF=%s.", use->option->name, use->value,
                        words[0], words[1]);
    struct slice key = arena_copy(&request->arena, name);
    if (key.ptr == NULL)
        return complain_fault("the command", STATUS_NO_MEMORY);
    json_member(&request->writer, key.ptr, value);
    return EXIT_DONE;
}

static bool use_is(const struct option_use *use, const char *name) {
    return strcmp(use->option->name, name) == 0;
}

/* Every use of the option as members of one object; nothing when there is none. */
static int settings_write(struct request *request, const char *name, const char *const words[2]) {
    const struct call *call = request->call;
    if (!option_given(call, name))
        return EXIT_DONE;
    json_key(&request->writer, name);
    json_object(&request->writer);
    for (uint32_t i = 0; i < call->use_count; i++) {
        if (use_is(&call->uses[i], name) && setting_write(request, &call->uses[i], words) != EXIT_DONE)
            return EXIT_USAGE;
    }
    json_object_end(&request->writer);
    return EXIT_DONE;
}

/* Every use of an option as members of one object under another name; NAME=VALUE, or NAME alone when it is a flag. */
static int members_write(struct request *request, const char *option, const char *member, bool is_flag) {
    const struct call *call = request->call;
    if (!option_given(call, option))
        return EXIT_DONE;
    json_key(&request->writer, member);
    json_object(&request->writer);
    for (uint32_t i = 0; i < call->use_count; i++) {
        struct slice name, value = {0};
        if (!use_is(&call->uses[i], option))
            continue;
        bool is_pair = slice_cut(slice_of(call->uses[i].value), '=', &name, &value);
        if (name.len == 0 || is_pair == is_flag)
            return complain(EXIT_USAGE, "--%s \"%s\" is not %s.", option, call->uses[i].value,
                            is_flag ? "a tariff" : "CURRENCY=AMOUNT");
        struct slice key = arena_copy(&request->arena, name);
        if (key.ptr == NULL)
            return complain_fault("the command", STATUS_NO_MEMORY);
        json_key(&request->writer, key.ptr);
        if (is_flag)
            json_bool(&request->writer, true);
        else
            json_text(&request->writer, value);
    }
    json_object_end(&request->writer);
    return EXIT_DONE;
}

static int activations_write(struct request *request) {
    const struct call *call = request->call;
    for (uint32_t i = 0; i < call->use_count; i++) {
        if (!use_is(&call->uses[i], "activate"))
            continue;
        if (request->count == REQUEST_DOCUMENTS_MAX)
            return complain(EXIT_USAGE, "more than %d commands at once.", REQUEST_DOCUMENTS_MAX);
        struct slice name, units = {0};
        slice_cut(slice_of(call->uses[i].value), '=', &name, &units);
        struct json_writer *writer = request_document(request, "activate");
        json_member(writer, "tariff", name);
        if (units.ptr != NULL)
            json_member(writer, "units", units);
        request_document_end(request);
    }
    return EXIT_DONE;
}

static int documents_write(struct request *request) {
    static const char *const switches[] = {"on", "off"}, *const modes[] = {"payg", "concurrent"};
    const struct call *call = request->call;
    bool has_settings = option_given(call, "postpaid") || option_given(call, "mode") || option_given(call, "credit") ||
                        option_given(call, "low") || option_given(call, "release");
    if (!has_settings && !option_given(call, "activate"))
        return complain(EXIT_USAGE, "account set needs --postpaid, --mode, --credit, --low, --release or --activate.");
    if (has_settings) {
        request_document(request, "account");
        if (settings_write(request, "postpaid", switches) != EXIT_DONE ||
            settings_write(request, "mode", modes) != EXIT_DONE ||
            members_write(request, "credit", "credit", false) != EXIT_DONE ||
            members_write(request, "low", "low", false) != EXIT_DONE ||
            members_write(request, "release", "released", true) != EXIT_DONE)
            return EXIT_USAGE;
        request_document_end(request);
    }
    return activations_write(request);
}

static int account_set_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE)
        code = documents_write(&request);
    if (code == EXIT_DONE)
        code = request_submit(&request);
    if (code == EXIT_DONE)
        code = request_print(&request, NULL);
    request_free(&request);
    return code;
}

const struct verb verb_account_set = {
    .name = "account set",
    .operands = "ACCOUNT",
    .summary = "Change how an account pays, or activate a product for it",
    .text =
        "Settings become one request, every activation one of its own; all are durable together. What holds now is\n"
        "shown by `tollgate account show`. An account needs no set-up: it exists once it is named.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = account_set_run,
};
