/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and audit log of a data directory. */
#include "cli/desk.h"

#include <sodium.h>
#include <unistd.h>

#include "cxx/json.h"

static int store_fault(const struct desk *desk, enum status status, struct slice error) {
    if (status == STATUS_NOT_FOUND)
        return data_no_book(desk->directory);
    return data_fault(desk->directory, status, error);
}

static int access_begin(struct desk *desk, enum desk_mode mode) {
    struct access_options options = {.directory = desk->directory, .is_read_only = mode == DESK_READ};
    struct audit_opening opening = {0};
    struct slice error = {0};
    enum status status = STATUS_OK;
    if (mode == DESK_WRITE)
        options.pepper_path = option_value(desk->call, "pepper-file");
    if (mode != DESK_RESET)
        status = access_open(desk->store, &options, &desk->arena, &desk->access, &error);
    if (status == STATUS_OK && mode != DESK_READ)
        status = audit_open(desk->directory, 0, &desk->arena, &desk->audit, &opening, &error);
    if (status != STATUS_OK)
        return data_fault(desk->directory, status, error);
    if (opening.torn_bytes > 0)
        complain(0, "the last line of the audit log had no end; its bytes are in %s now.", opening.torn_path.ptr);
    return EXIT_DONE;
}

int desk_open(const struct call *call, enum desk_mode mode, struct desk *ret_desk) {
    struct desk *desk = ret_desk;
    struct slice error = {0};
    *desk = (struct desk){.call = call, .directory = data_directory(call)};
    if (desk->directory == NULL || data_now(call, &desk->now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    desk->actor = arena_printf(&desk->arena, "local:%u", (unsigned)geteuid());
    struct slice path = arena_printf(&desk->arena, "%s/" BOOK_STORE, desk->directory);
    if (desk->actor.ptr == NULL || path.ptr == NULL)
        return complain_fault("keys", STATUS_NO_MEMORY);
    enum store_mode store_mode = mode == DESK_READ ? STORE_READ : STORE_WRITE;
    enum status status = store_sqlite_open(path.ptr, store_mode, &desk->arena, &desk->store, &error);
    bool may_ask = status == STATUS_CONFLICT && mode == DESK_WRITE;
    if (may_ask && remote_open(desk->directory, &desk->remote) == STATUS_OK)
        return EXIT_DONE;
    return status == STATUS_OK ? access_begin(desk, mode) : store_fault(desk, status, error);
}

void desk_close(struct desk *desk) {
    remote_close(desk->remote);
    audit_close(desk->audit);
    access_close(desk->access);
    store_close(desk->store);
    arena_free(&desk->arena);
}

static struct audit_entry entry_of(const struct desk *desk, const char *action, struct slice object) {
    return (struct audit_entry){.at_ns = desk->now_ns,
                                .tenant = SLICE("default"),
                                .actor = desk->actor,
                                .roles = ROLES_STAFF,
                                .origin = SLICE("directory"),
                                .action = slice_of(action),
                                .object = object};
}

int desk_begin(struct desk *desk, const char *action, struct slice object, uint64_t *ret_seq) {
    struct audit_entry entry = entry_of(desk, action, object);
    entry.result = SLICE("begun");
    enum status status = audit_write(desk->audit, &entry, AUDIT_SAFE, ret_seq);
    if (status == STATUS_OK)
        return EXIT_DONE;
    return complain(EXIT_FAULT, "the audit log %s/" AUDIT_FILE " cannot be written: nothing was done.",
                    desk->directory);
}

void desk_end(struct desk *desk, const char *action, struct slice object, uint64_t seq, enum status status) {
    struct audit_entry entry = entry_of(desk, action, object);
    entry.of = seq;
    entry.result = status == STATUS_OK ? SLICE("done") : slice_of(status_text(status));
    if (audit_write(desk->audit, &entry, AUDIT_SAFE, &seq) != STATUS_OK)
        complain(0, "what came of it could not be written to the audit log.");
}

int desk_ask(struct desk *desk, const char *path, struct slice body, struct slice *ret_answer) {
    struct remote_answer answer = {0};
    enum status status = remote_post_json(desk->remote, path, body, &answer);
    bool is_good = status == STATUS_OK && (answer.status == 200 || answer.status == 201);
    int code = is_good ? EXIT_DONE : remote_complain(status, &answer);
    char *copy = is_good ? arena_alloc(&desk->arena, answer.body.len + JSON_PADDING) : NULL;
    if (copy != NULL) {
        memcpy(copy, answer.body.ptr, answer.body.len);
        *ret_answer = (struct slice){copy, answer.body.len};
        sodium_memzero(answer.body.ptr, answer.body.len);
    } else if (is_good) {
        code = complain_fault("the answer", STATUS_NO_MEMORY);
    }
    remote_answer_free(&answer);
    return code;
}
