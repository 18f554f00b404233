/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills from the engine to the store. They are written behind the batch that closed them; what a crash left
 * out is made again by the replay, for the same journal gives the same bills. */
#include <stdlib.h>

#include "bill/bill_code.h"
#include "book/book_private.h"
#include "engine/view.h"

/* Texts are copied: the bill's memory goes with the call. */
static enum status bill_pack(struct book *book, const struct bill *bill) {
    struct outbox *outbox = &book->outbox;
    if (outbox->count == outbox->cap) {
        uint32_t cap = outbox->cap ? outbox->cap * 2 : 64;
        struct store_bill *bills = realloc(outbox->bills, cap * sizeof *bills);
        if (!bills)
            return STATUS_NO_MEMORY;
        outbox->bills = bills;
        outbox->cap = cap;
    }
    buf_clear(&outbox->body);
    bill_encode(bill, &outbox->body);
    struct slice name = bill->tariff->name;
    struct store_bill row = {.series =
                                 book->partition.count == 1
                                     ? arena_copy(&outbox->arena, name)
                                     : arena_printf(&outbox->arena, "%.*s.%u", SLICE_ARG(name), book->partition.number),
                             .number = bill->number,
                             .account = arena_copy(&outbox->arena, bill->account),
                             .kind = (uint8_t)bill->kind,
                             .start_ns = bill->cycle.start_ns,
                             .end_ns = bill->cycle.end_ns,
                             .closed_ns = bill->closed_ns,
                             .body = arena_copy(&outbox->arena, buf_slice(&outbox->body))};
    row.tariff = (struct slice){row.series.ptr, name.len};
    if (outbox->body.failed || !row.series.ptr || !row.account.ptr || !row.body.ptr)
        return STATUS_NO_MEMORY;
    outbox->bills[outbox->count++] = row;
    return STATUS_OK;
}

static enum status bill_take(void *context, const struct bill *bill) {
    struct book *book = context;
    if (book->origin_seq > book->outbox.known_seq)
        TRY(bill_pack(book, bill));
    atomic_fetch_add(&book->bill_count, 1);
    return book_sums_bill(book, bill);
}

void book_bills_take(struct book *book) {
    atomic_store(&book->bill_count, engine_bill_count(book->engine));
    engine_set_sink(book->engine, (struct bill_sink){bill_take, book});
}

void book_bills_drop(struct book *book) {
    book->outbox.count = 0;
    arena_reset(&book->outbox.arena);
}

enum status book_bills_write(struct book *book) {
    TRY(book_seals_write(book)); /* first: the mark stands for them, too */
    if (book->outbox.count > 0)
        TRY(store_bills_append(book->store, book->seq, book->outbox.bills, book->outbox.count));
    book_bills_drop(book);
    return book->sums.charges.count < CHARGES_MOST ? STATUS_OK : book_sums_write(book);
}

void book_bills_free(struct book *book) {
    free(book->outbox.bills);
    buf_free(&book->outbox.body);
    arena_free(&book->outbox.arena);
}
