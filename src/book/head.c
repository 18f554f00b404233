/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads: read, signed, checked, and found again in a book. */
#include "book/head.h"

#include <sodium.h>

#include "book/book_private.h"
#include "calendar/calendar.h"

_Static_assert(HEAD_KEY_BYTES == crypto_sign_PUBLICKEYBYTES && HEAD_SECRET_BYTES == crypto_sign_SECRETKEYBYTES &&
                   HEAD_SIGNATURE_BYTES == crypto_sign_BYTES,
               "lengths of Ed25519");

/* What went wrong in the store, kept beyond its handle. */
static enum status failed(struct book *book, enum status status, struct arena *arena, struct slice *ret_error) {
    if (status != STATUS_OK && ret_error->len == 0)
        *ret_error = arena_copy(arena, store_error(book->store));
    book_close(book);
    return status;
}

enum status book_head_read(const char *directory, struct arena *arena, struct book_head *ret_head,
                           struct slice *ret_error) {
    struct book *book;
    struct store_mark mark;
    struct book_head head = {0};
    TRY(book_attach(directory, STORE_READ, arena, &book, ret_error));
    enum status status = store_bills_mark(book->store, &mark); /* first: bills follow their batch */
    if (status == STATUS_OK)
        status = store_last(book->store, &head.seq, head.hash);
    TRY(failed(book, status, arena, ret_error));
    head.bills = mark.position;
    memcpy(head.bills_hash, mark.head, sizeof head.bills_hash);
    *ret_head = head;
    return STATUS_OK;
}

/* ---- finding ---- */

static enum status hash_take(void *context, const struct store_bill *bill) {
    memcpy(context, bill->hash, STORE_HASH_BYTES);
    return STATUS_OK;
}

static enum status batches_find(struct book *book, const struct book_head *head, struct arena *arena,
                                struct slice *ret_missing) {
    uint64_t last;
    uint8_t hash[STORE_HASH_BYTES];
    struct store_row row;
    TRY(store_last(book->store, &last, hash));
    if (head->seq > last) {
        *ret_missing =
            arena_printf(arena, "the head names batch %llu, but the journal ends with %llu: batches were cut off",
                         (unsigned long long)head->seq, (unsigned long long)last);
        return STATUS_OK;
    }
    memset(row.hash, 0, sizeof row.hash);
    if (head->seq > 0)
        TRY(store_read(book->store, head->seq, arena, &row));
    if (memcmp(row.hash, head->hash, sizeof row.hash) != 0)
        *ret_missing = arena_printf(arena, "batch %llu is not the one that the head names: the journal was rewritten",
                                    (unsigned long long)head->seq);
    return STATUS_OK;
}

static enum status bills_find(struct book *book, const struct book_head *head, struct arena *arena,
                              struct slice *ret_missing) {
    struct store_mark mark;
    uint8_t hash[STORE_HASH_BYTES] = {0};
    TRY(store_bills_mark(book->store, &mark));
    if (head->bills > mark.position) {
        *ret_missing = arena_printf(arena, "the head names bill %llu, but the last one is %llu: bills were cut off",
                                    (unsigned long long)head->bills, (unsigned long long)mark.position);
        return STATUS_OK;
    }
    struct store_bill_filter filter = {.from = head->bills, .until = head->bills + 1, .limit = 1};
    if (head->bills > 0)
        TRY(store_bills_scan(book->store, &filter, hash_take, hash));
    if (memcmp(hash, head->bills_hash, sizeof hash) != 0)
        *ret_missing = arena_printf(arena, "bill %llu is not the one that the head names: the bills were rewritten",
                                    (unsigned long long)head->bills);
    return STATUS_OK;
}

enum status book_head_find(const char *directory, const struct book_head *head, struct arena *arena,
                           struct slice *ret_missing, struct slice *ret_error) {
    struct book *book;
    struct slice missing = {0};
    TRY(book_attach(directory, STORE_READ, arena, &book, ret_error));
    enum status status = batches_find(book, head, arena, &missing);
    if (status == STATUS_OK && missing.len == 0)
        status = bills_find(book, head, arena, &missing);
    TRY(failed(book, status, arena, ret_error));
    *ret_missing = missing;
    return STATUS_OK;
}

/* ---- signing ---- */

static void hash_line(struct buf *out, const char *name, const uint8_t hash[STORE_HASH_BYTES]) {
    char digits[2 * STORE_HASH_BYTES + 1];
    (void)sodium_bin2hex(digits, sizeof digits, hash, STORE_HASH_BYTES);
    buf_printf(out, "%s %s\n", name, digits);
}

void head_message(const struct book_head *head, struct buf *out) {
    char instant[INSTANT_TEXT_MAX];
    size_t len = instant_format(head->at_ns, NULL, instant);
    buf_printf(out, "tollgate-head-1\nbatches %llu\n", (unsigned long long)head->seq);
    hash_line(out, "journal_hash", head->hash);
    buf_printf(out, "bills %llu\n", (unsigned long long)head->bills);
    hash_line(out, "bills_hash", head->bills_hash);
    buf_printf(out, "instant %.*s\n", (int)len, instant);
}

enum status head_sign(const struct book_head *head, const uint8_t secret[HEAD_SECRET_BYTES],
                      struct head_signature *ret_signature) {
    struct buf message = {0};
    head_message(head, &message);
    bool is_signed = !message.failed && crypto_sign_detached(ret_signature->bytes, NULL, (const uint8_t *)message.ptr,
                                                             message.len, secret) == 0;
    (void)crypto_sign_ed25519_sk_to_pk(ret_signature->key, secret);
    buf_free(&message);
    return is_signed ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status head_check(const struct book_head *head, const struct head_signature *signature) {
    struct buf message = {0};
    head_message(head, &message);
    enum status status = message.failed ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK &&
        crypto_sign_verify_detached(signature->bytes, (const uint8_t *)message.ptr, message.len, signature->key) != 0)
        status = STATUS_CONFLICT;
    buf_free(&message);
    return status;
}
