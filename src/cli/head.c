/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate head: how far a book has come, signed, to be kept elsewhere. */
#include <errno.h>
#include <sodium.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "view/head_file.h"

static const struct option options[] = {
    OPTION_DATA,
    {"key", "FILE", "sign with the secret key in FILE", NULL, false},
    {"new-key", "FILE", "make a secret key in the new file FILE, print its public key, and do nothing else", NULL,
     false},
    OPTION_NOW("the instant that the head bears"),
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate head --new-key tollgate.pem", "once: keep the file secret, publish what is printed"},
    {"tollgate head --data books/2026 --key tollgate.pem > 2026-11-21.json", "send it where the book's keeper is not"},
    {"tollgate verify --data books/2026 --head 2026-11-21.json", "later: is everything still there?"},
};

static int new_key_run(const struct call *call, const char *path) {
    uint8_t key[HEAD_KEY_BYTES];
    char text[2 * HEAD_KEY_BYTES + 1];
    enum status status = key_make(path, key);
    if (status == STATUS_CONFLICT)
        return complain(EXIT_INCOMPLETE, "%s is there already; a key is never replaced.", path);
    if (status != STATUS_OK)
        return complain_path(path, errno);
    (void)sodium_bin2hex(text, sizeof text, key, sizeof key);
    struct sink out = output_sink();
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf};
        json_object(&writer);
        json_member(&writer, "key", slice_of(path));
        json_member(&writer, "public_key", slice_of(text));
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        buf_printf(&out.buf, "public key  %s\n", text);
    }
    return output_finish(&out, EXIT_DONE);
}

static int secret_read(const char *path, uint8_t secret[HEAD_SECRET_BYTES]) {
    switch (key_read(path, secret)) {
    case STATUS_OK:
        return EXIT_DONE;
    case STATUS_CONFLICT:
        return complain(EXIT_FAULT, "%s may be used by others too: `chmod 600 %s`.", path, path);
    case STATUS_INVALID:
        return complain(EXIT_FAULT, "%s is no Ed25519 key; `tollgate head --new-key FILE` makes one.", path);
    case STATUS_RANGE:
    case STATUS_INEXACT:
    case STATUS_MISSING:
    case STATUS_NOT_FOUND:
    case STATUS_NO_MEMORY:
    case STATUS_BUSY:
    case STATUS_IO:
        break;
    }
    return complain_path(path, errno);
}

static int head_print(const struct book_head *head, const char *key_path) {
    uint8_t secret[HEAD_SECRET_BYTES];
    struct head_signature signature;
    if (key_path != NULL) {
        int code = secret_read(key_path, secret);
        if (code != EXIT_DONE)
            return code;
        enum status status = head_sign(head, secret, &signature);
        sodium_memzero(secret, sizeof secret);
        if (status != STATUS_OK)
            return complain_fault("the signature", status);
    }
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    head_json(head, key_path != NULL ? &signature : NULL, &writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, EXIT_DONE);
}

static int head_run(const struct call *call) {
    struct arena arena = {0};
    struct book_head head;
    struct slice error;
    int64_t now_ns;
    if (option_given(call, "new-key"))
        return new_key_run(call, option_value(call, "new-key"));
    const char *directory = data_directory(call);
    if (directory == NULL || data_now(call, &now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    enum status status = book_head_read(directory, &arena, &head, &error);
    int code;
    if (status == STATUS_NOT_FOUND) {
        code = data_no_book(directory);
    } else if (status != STATUS_OK) {
        code = data_fault(directory, status, error);
    } else {
        head.at_ns = now_ns;
        code = head_print(&head, option_value(call, "key"));
    }
    arena_free(&arena);
    return code;
}

const struct verb verb_head = {
    .name = "head",
    .operands = "",
    .summary = "Print how far a book has come, signed, to be kept elsewhere",
    .text = "Prints one JSON object: the last batch of the journal and the last closed bill, each with its hash, the\n"
            "instant, and with --key an Ed25519 signature over them. Who keeps it can show later, by\n"
            "`tollgate verify --head FILE`, that nothing up to there was changed or cut off.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = head_run,
};
