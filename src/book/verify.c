/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification trusts nothing but the journal: the chain is recomputed and the state folded from zero, then compared
 * with what the snapshot and its rest give. */
#include <string.h>

#include "book/book_private.h"

/* The chain of the bills as the journal makes them. */
struct bill_chain {
    struct book_check *check;
    struct store_mark mark; /* what the store says */
    uint8_t hash[STORE_HASH_BYTES];
    bool is_theirs;   /* the store's last bill is the same here */
    uint64_t settled; /* bills of batches before this one were written before it */
    bool is_cut;
};

static enum status verified(void *context, struct book *book, uint32_t documents) {
    struct bill_chain *chain = context;
    struct book_check *check = chain->check;
    check->batches++;
    check->documents += documents;
    for (uint32_t i = 0; i < book->outbox.count; i++) {
        uint8_t hash[STORE_HASH_BYTES];
        store_bill_chain(chain->hash, ++check->bills, &book->outbox.bills[i], hash);
        memcpy(chain->hash, hash, sizeof hash);
        if (check->bills == chain->mark.position)
            chain->is_theirs = memcmp(hash, chain->mark.head, sizeof hash) == 0;
    }
    chain->is_cut |= book->seq < chain->settled && check->bills > chain->mark.position;
    book_bills_drop(book);
    bool differ;
    TRY(book_seals_compare(book, &differ));
    check->sealed_differ |= differ && book->seq < chain->settled; /* the next writer makes those of the last batch */
    book_seals_drop(book);
    return STATUS_OK;
}

static enum status fold_all(struct book *book, struct arena *arena, struct book_check *check, struct slice *ret_error) {
    uint64_t last;
    struct bill_chain chain = {.check = check};
    TRY(store_last(book->store, &chain.settled, check->head)); /* in this order: a writer may go on meanwhile */
    TRY(store_bills_mark(book->store, &chain.mark));
    TRY(store_last(book->store, &last, check->head));
    chain.is_theirs = chain.mark.position == 0;
    book_bills_take(book);
    book_sums_watch(book);
    book_seals_take(book);
    enum status status = book_replay(book, last, &(struct book_visit){verified, &chain}, arena, ret_error);
    if (status == STATUS_INVALID) {
        check->bad_seq = book->seq + 1;
        check->reason = *ret_error;
        return STATUS_OK;
    }
    if (status == STATUS_OK && memcmp(book->hash, check->head, sizeof check->head) != 0) {
        check->bad_seq = last;
        check->reason = SLICE("the last batch's hash is not the end of the chain");
    }
    check->bills_differ = !chain.is_theirs || chain.is_cut;
    if (chain.is_cut) { /* those of the last batch may be missing after a crash: the next writer makes them again */
        check->bad_bill = chain.mark.position + 1;
        check->reason =
            arena_printf(arena, "bill %llu is missing: bills were cut off", (unsigned long long)check->bad_bill);
    }
    return status;
}

static enum status sums_begin(struct book *book, struct arena *arena, struct book_check *check) {
    struct slice reason = {0};
    TRY(book_sums_collect(book, arena, &reason));
    check->sums_differ = reason.len > 0;
    check->reason = reason;
    return STATUS_OK;
}

static enum status sums_end(struct book *book, struct arena *arena, struct book_check *check) {
    struct slice reason = {0};
    TRY(book_sums_compare(book, arena, &reason));
    check->sums_differ |= reason.len > 0;
    if (check->reason.len == 0)
        check->reason = reason;
    return STATUS_OK;
}

/* The bills as they are kept, read back one by one. */
static enum status bills_read(struct book *book, struct arena *arena, struct book_check *check) {
    struct store_bills_check bills;
    TRY(store_bills_verify(book->store, arena, &bills));
    if (bills.reason.len > 0) {
        check->bills_differ = true;
        check->bad_bill = bills.bad_position;
        check->reason = bills.reason;
    }
    return STATUS_OK;
}

/* What the structure of the file has lost, no hash can show: it is as if it had never been there. */
static enum status file_check(struct book *book, struct arena *arena, struct book_check *check) {
    enum status status = store_check(book->store);
    if (status != STATUS_INVALID)
        return status;
    check->file_damaged = true;
    if (check->reason.len == 0)
        check->reason = arena_copy(arena, store_error(book->store));
    return STATUS_OK;
}

/* A snapshot is written behind its batch: one that lies behind the end of the journal shows that batches are gone. */
static enum status snapshots_look(struct book *book, struct arena *arena, struct book_check *check) {
    struct slice *names;
    uint32_t count;
    uint64_t last; /* read after the names: a writer may go on meanwhile */
    uint8_t hash[STORE_HASH_BYTES];
    TRY(store_list(book->store, KIND_SNAPSHOT, arena, &names, &count));
    TRY(store_last(book->store, &last, hash));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seq = book_snapshot_seq(names[i]);
        if (seq <= last)
            continue;
        check->bad_seq = last + 1;
        (void)book_fail(arena, &check->reason, STATUS_INVALID,
                        "the journal ends with batch %llu, but there is a snapshot of batch %llu: batches were cut off",
                        (unsigned long long)last, (unsigned long long)seq);
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* A book with nothing folded yet. */
static enum status open_empty(const char *directory, struct arena *arena, struct book **ret_book,
                              struct slice *ret_error) {
    struct book *book;
    TRY(book_attach(directory, STORE_READ, arena, &book, ret_error));
    enum status status = sets_use(book, 0, arena, ret_error);
    if (status == STATUS_OK)
        status = engine_new(book->tariffs, &book->engine);
    if (status != STATUS_OK) {
        book_close(book);
        return status;
    }
    engine_set_key(book->engine, book->key);
    *ret_book = book;
    return STATUS_OK;
}

static enum status compare(const struct book *folded, const struct book *recovered, bool *ret_differs) {
    struct buf a = {0}, b = {0};
    enum status status = engine_snapshot(folded->engine, &a);
    if (status == STATUS_OK)
        status = engine_snapshot(recovered->engine, &b);
    *ret_differs = folded->seq != recovered->seq || !slice_eq(buf_slice(&a), buf_slice(&b));
    buf_free(&a);
    buf_free(&b);
    return status;
}

bool book_check_is_whole(const struct book_check *check) {
    return check->bad_seq == 0 && !check->file_damaged && !check->bills_differ && !check->sealed_differ &&
           !check->sums_differ && !check->state_differs && check->bad_snapshots == 0;
}

enum status book_verify(const char *directory, struct arena *arena, struct book_check *ret_check,
                        struct slice *ret_error) {
    struct book_check check = {0};
    struct book *folded = NULL, *recovered = NULL;
    TRY(open_empty(directory, arena, &folded, ret_error));
    enum status status = sums_begin(folded, arena, &check);
    if (status == STATUS_OK)
        status = fold_all(folded, arena, &check, ret_error);
    if (status == STATUS_OK)
        status = bills_read(folded, arena, &check);
    if (status == STATUS_OK && check.bad_seq == 0)
        status = sums_end(folded, arena, &check);
    if (status == STATUS_OK)
        status = file_check(folded, arena, &check);
    if (status == STATUS_OK && check.bad_seq == 0)
        status = snapshots_look(folded, arena, &check);
    if (status == STATUS_OK && check.bad_seq == 0) {
        const struct book_point point = {.seq = folded->seq}; /* a writer may have gone on meanwhile */
        status = book_open_as_of(directory, &point, arena, &recovered, ret_error);
        if (status == STATUS_OK)
            status = compare(folded, recovered, &check.state_differs);
        if (status == STATUS_OK)
            check.bad_snapshots = recovered->recovery.bad_snapshots;
    }
    book_close(folded);
    book_close(recovered);
    if (status == STATUS_OK)
        *ret_check = check;
    return status;
}
