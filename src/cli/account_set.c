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
    {"contract", "TARIFF=USE", "from --from on, the tariff USE stands for TARIFF; USE=TARIFF ends it", NULL, true},
    {"from", "INSTANT", "when contracts begin; default: now", NULL, false},
    {"attribute", "NAME=VALUE", "what its events have when they do not say; nothing behind = takes it back", NULL,
     true},
    {"zone", "ZONE", "the account's own time zone, like Europe/Paris", NULL, false},
    OPTIONS_REQUEST,
};

static const struct verb_example examples[] = {
    {"tollgate account set acct-42 --data books/2026 --postpaid vclm=on", "pay as you go once packages are used up"},
    {"tollgate account set acct-42 --data books/2026 --activate vclm --mode vclm=concurrent",
     "activate a product and bill it by concurrency"},
    {"tollgate account set acct-42 --data books/2026 --credit CNY=1000 --low CNY=200", "a credit line, and a warning"},
    {"tollgate account set acct-42 --data books/2026 --contract imm=imm-acme --from 2026-04-01T00:00:00+08:00",
     "prices of its own from April on"},
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

/* Every --attribute as a member; what has no value is taken back. */
static int attributes_write(struct request *request) {
    const struct call *call = request->call;
    if (!option_given(call, "attribute"))
        return EXIT_DONE;
    json_key(&request->writer, "attributes");
    json_object(&request->writer);
    for (uint32_t i = 0; i < call->use_count; i++) {
        struct slice name, value;
        if (!use_is(&call->uses[i], "attribute"))
            continue;
        if (!slice_cut(slice_of(call->uses[i].value), '=', &name, &value) || name.len == 0)
            return complain(EXIT_USAGE, "--attribute \"%s\" is not NAME=VALUE.", call->uses[i].value);
        struct slice key = arena_copy(&request->arena, name);
        if (key.ptr == NULL)
            return complain_fault("the command", STATUS_NO_MEMORY);
        json_key(&request->writer, key.ptr);
        if (value.len > 0)
            json_text(&request->writer, value);
        else
            json_null(&request->writer);
    }
    json_object_end(&request->writer);
    return EXIT_DONE;
}

static int contracts_write(struct request *request) {
    const struct call *call = request->call;
    int64_t from_ns = request->now_ns;
    if (option_given(call, "from") && option_instant(call, "from", NULL, &from_ns) != EXIT_DONE)
        return EXIT_USAGE;
    for (uint32_t i = 0; i < call->use_count; i++) {
        struct slice tariff, use;
        if (!use_is(&call->uses[i], "contract"))
            continue;
        if (request->count == REQUEST_DOCUMENTS_MAX)
            return complain(EXIT_USAGE, "more than %d commands at once.", REQUEST_DOCUMENTS_MAX);
        if (!slice_cut(slice_of(call->uses[i].value), '=', &tariff, &use) || tariff.len == 0 || use.len == 0)
            return complain(EXIT_USAGE, "--contract \"%s\" is not TARIFF=USE.", call->uses[i].value);
        struct json_writer *writer = request_document(request, "contract");
        json_member(writer, "tariff", tariff);
        json_member(writer, "use", use);
        json_instant(writer, "from", from_ns, NULL);
        request_document_end(request);
    }
    return EXIT_DONE;
}

static bool any_given(const struct call *call, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (option_given(call, names[i]))
            return true;
    return false;
}

static int documents_write(struct request *request) {
    static const char *const switches[] = {"on", "off"}, *const modes[] = {"payg", "concurrent"};
    static const char *const settings[] = {"postpaid", "mode", "credit", "low", "release", "attribute", "zone"};
    const struct call *call = request->call;
    bool has_settings = any_given(call, settings, COUNT_OF(settings));
    if (!has_settings && !option_given(call, "activate") && !option_given(call, "contract"))
        return complain(EXIT_USAGE, "account set needs something to set: see `tollgate account set --help`.");
    if (has_settings) {
        request_document(request, "account");
        if (settings_write(request, "postpaid", switches) != EXIT_DONE ||
            settings_write(request, "mode", modes) != EXIT_DONE ||
            members_write(request, "credit", "credit", false) != EXIT_DONE ||
            members_write(request, "low", "low", false) != EXIT_DONE ||
            members_write(request, "release", "released", true) != EXIT_DONE || attributes_write(request) != EXIT_DONE)
            return EXIT_USAGE;
        if (option_given(call, "zone"))
            json_member(&request->writer, "zone", slice_of(option_value(call, "zone")));
        request_document_end(request);
    }
    int code = contracts_write(request);
    return code == EXIT_DONE ? activations_write(request) : code;
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
        "Settings become one request, every contract and activation one of its own; all are durable together. What\n"
        "holds now is shown by `tollgate account show`. An account needs no set-up: it exists once it is named.\n"
        "Contracts and cohorts are explained in docs/contracts.md.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = account_set_run,
};
