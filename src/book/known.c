/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the records on their way in is known already. Inside the acceptance window the engine's memory tells. What is
 * older comes by name or is to be reversed: it is looked up among the sealed identities, and those that matter are
 * written into the journal before the records, so that every fold decides alike without looking anywhere. */
#include <string.h>

#include "base/json_writer.h"
#include "book/book_private.h"

enum { LOOK_AHEAD = 16 };

static void slot_hex(const struct identity_slot *slot, char *to) {
    static const char digits[] = "0123456789abcdef";
    char bytes[IDENTITY_SLOT_BYTES];
    identity_slot_put(bytes, slot);
    for (size_t i = 0; i < sizeof bytes; i++) {
        to[2 * i] = digits[(unsigned char)bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
}

enum status book_recall_record(struct book *book, struct backfill_note note, const struct lookup *lookups,
                               uint32_t count, struct arena *arena, struct record *ret_record) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct slice id = arena_printf(arena, "recall/%llu", (unsigned long long)note.seq);
    char *hex = arena_alloc(arena, (size_t)count * 2 * IDENTITY_SLOT_BYTES + 1);
    uint32_t found = 0;
    if (!id.ptr || !hex)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        if (lookups[i].is_found)
            slot_hex(&lookups[i].slot, hex + (size_t)found++ * 2 * IDENTITY_SLOT_BYTES);
    book_document_begin(&writer, "tollgate.recall", id, note.now_ns);
    json_key(&writer, "data");
    json_object(&writer);
    json_member(&writer, "identities", (struct slice){hex, (size_t)found * 2 * IDENTITY_SLOT_BYTES});
    enum status status = book_document_end(book, &writer, arena, ret_record);
    buf_free(&text);
    return status;
}

/* Records are asked for one by one, old ones put together. */
struct asking {
    struct lookup *lookups;
    uint32_t *records; /* which record asks */
    uint32_t count;
};

static void ask(struct asking *asking, const uint8_t identity[16], uint32_t record) {
    asking->lookups[asking->count] = (struct lookup){.identity = identity};
    asking->records[asking->count++] = record;
}

static void ask_for(const struct sorting *sorting, uint64_t border, uint32_t index, struct asking *asking) {
    const struct record *record = &sorting->records[index];
    bool is_event = record->kind == RECORD_USAGE || record->kind == RECORD_UNPRICED;
    if (sorting->is_backfill && is_event && identity_day(record->time_ns) < border)
        ask(asking, record->identity, index);
    bool is_refused = record->time_ns < sorting->now_ns - ENGINE_PAST_NS; /* for its own age */
    if (record->kind != RECORD_REVERSAL || is_refused || identity_day(record->command->event->time_ns) >= border)
        return;
    ask(asking, record->command->event->identity, index);
    ask(asking, record->command->reversed, index);
}

static enum fate fate_of(const struct book *book, const struct engine *engine, const struct record *record,
                         const struct intake_window *window) {
    if (!book_owns(book, record))
        return FATE_ELSEWHERE;
    if (record->kind == RECORD_BACKFILL || record->kind == RECORD_RECALL)
        return FATE_OWN;
    if (engine_has(engine, record))
        return FATE_KNOWN;
    return engine_refuses_again(engine, record, window) != REFUSAL_NONE ? FATE_REFUSED : FATE_NEW;
}

/* A repetition goes; what contradicts, or is to be reversed, must be remembered for it. */
static enum status answer(struct book *book, struct sorting *sorting, struct asking *asking) {
    bool is_needed = false;
    for (uint32_t i = 0; i < asking->count; i++) {
        struct lookup *lookup = &asking->lookups[i];
        const struct record *record = &sorting->records[asking->records[i]];
        if (lookup->is_found && record->kind != RECORD_REVERSAL && lookup->slot.payload == (uint32_t)record->payload) {
            sorting->fates[asking->records[i]] = FATE_KNOWN;
            lookup->is_found = false;
        }
        is_needed = is_needed || lookup->is_found;
    }
    sorting->has_recall = is_needed;
    if (!is_needed)
        return STATUS_OK;
    return book_recall_record(book, (struct backfill_note){.seq = book->seq + 1, .now_ns = sorting->now_ns},
                              asking->lookups, asking->count, sorting->scratch, &sorting->recall);
}

struct intake_window book_window(const struct engine *engine, const struct sorting *sorting) {
    return (struct intake_window){sorting->now_ns, engine_border(engine, sorting->now_ns), sorting->is_backfill};
}

enum status book_sort_out(struct book *book, const struct engine *engine, struct sorting *sorting) {
    uint64_t border = engine_border(engine, sorting->now_ns);
    struct intake_window window = book_window(engine, sorting);
    struct asking asking = {.count = 0};
    uint32_t old = 0;
    sorting->has_recall = false;
    sorting->fates = ARENA_ARRAY(sorting->scratch, sorting->count + (size_t)1, uint8_t);
    if (!sorting->fates)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < sorting->count; i++) {
        if (i + LOOK_AHEAD < sorting->count)
            engine_has_soon(engine, &sorting->records[i + LOOK_AHEAD]);
        sorting->fates[i] = (uint8_t)fate_of(book, engine, &sorting->records[i], &window);
        old += sorting->fates[i] == FATE_NEW && (sorting->is_backfill || sorting->records[i].kind == RECORD_REVERSAL);
    }
    if (old == 0)
        return STATUS_OK;
    asking.lookups = ARENA_ARRAY(sorting->scratch, 2 * (size_t)old, struct lookup);
    asking.records = ARENA_ARRAY(sorting->scratch, 2 * (size_t)old, uint32_t);
    if (!asking.lookups || !asking.records)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < sorting->count; i++)
        if (sorting->fates[i] == FATE_NEW)
            ask_for(sorting, border, i, &asking);
    if (asking.count == 0)
        return STATUS_OK;
    TRY(book_lookup(book, engine, asking.lookups, asking.count));
    return answer(book, sorting, &asking);
}
