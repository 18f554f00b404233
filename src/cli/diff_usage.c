/* SPDX-License-Identifier: Apache-2.0
 *
 * One journal under two tariffs, account by account and item by item. */
#include "cli/diff.h"

#include <errno.h>
#include <stdlib.h>

static void tariff_names_free(struct tariff *tariff) {
    names_free(&tariff->operation_names);
    names_free(&tariff->item_names);
    names_free(&tariff->product_names);
}

/* Events carry one tariff's name and have to reach the other one too, whatever it is called: each is left alone in its
 * set and answers to that name. */
static enum status set_reduce(struct tariff_set *set, uint32_t index, struct slice name) {
    struct tariff *tariff = set->list[index];
    struct slice copy = arena_copy(&set->plan, name);
    uint32_t position;
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < set->count; i++) {
        if (i != index)
            tariff_names_free(set->list[i]);
    }
    tariff->name = copy;
    tariff->index = 0;
    set->list[0] = tariff;
    set->count = 1;
    names_free(&set->names);
    return names_add(&set->names, copy, &position);
}

static int usage_rate(const char *path, struct engine *engine, struct statement *ret_statement) {
    struct journal_options journal = {0};
    if (text_check(path) != EXIT_DONE)
        return EXIT_FAULT;
    errno = 0;
    enum status status = engine_read(engine, path, &journal);
    if (status != STATUS_OK)
        return complain_fault(path, status);
    status = engine_close(engine, INSTANT_MAX, ret_statement);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("closing the cycles", status);
}

static uint32_t usage_line_count(const struct statement *statement) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < statement->bill_count; i++)
        count += statement->bills[i].kind == BILL_USAGE ? statement->bills[i].line_count : 0;
    return count;
}

static void rows_add(const struct statement *statement, bool is_new, struct usage_diff *usage) {
    for (uint32_t i = 0; i < statement->bill_count; i++) {
        const struct bill *bill = &statement->bills[i];
        for (uint32_t k = 0; bill->kind == BILL_USAGE && k < bill->line_count; k++) {
            struct usage_row *row = &usage->rows[usage->count++];
            row->account = bill->account;
            row->item = bill->lines[k].item;
            *(is_new ? &row->new : &row->old) = bill->lines[k].amount;
        }
    }
}

static int row_cmp(const void *left, const void *right) {
    const struct usage_row *a = left, *b = right;
    int order = slice_cmp(a->account, b->account);
    return order != 0 ? order : slice_cmp(a->item, b->item);
}

static enum status rows_merge(struct usage_diff *usage) {
    uint32_t kept = 0;
    qsort(usage->rows, usage->count, sizeof *usage->rows, row_cmp);
    for (uint32_t i = 0; i < usage->count; i++) {
        const struct usage_row *row = &usage->rows[i];
        TRY(decimal_add(usage->old_total, row->old, &usage->old_total));
        TRY(decimal_add(usage->new_total, row->new, &usage->new_total));
        if (kept > 0 && row_cmp(&usage->rows[kept - 1], row) == 0) {
            struct usage_row *sum = &usage->rows[kept - 1];
            TRY(decimal_add(sum->old, row->old, &sum->old));
            TRY(decimal_add(sum->new, row->new, &sum->new));
        } else {
            usage->rows[kept++] = *row;
        }
    }
    usage->count = kept;
    return STATUS_OK;
}

/* Names are copied: the statements go. */
static enum status usage_fill(struct diff *diff, const struct statement *old, const struct statement *new,
                              struct usage_diff *ret) {
    struct usage_diff usage = {.old_unpriced = old->unpriced_count,
                               .new_unpriced = new->unpriced_count,
                               .old_rejected = old->rejected_count,
                               .new_rejected = new->rejected_count};
    size_t most = (size_t)usage_line_count(old) + usage_line_count(new);
    usage.rows = ARENA_ARRAY(&diff->run, most + 1, struct usage_row);
    if (usage.rows == NULL)
        return STATUS_NO_MEMORY;
    rows_add(old, false, &usage);
    rows_add(new, true, &usage);
    TRY(rows_merge(&usage));
    for (uint32_t i = 0; i < usage.count; i++) {
        usage.rows[i].account = arena_copy(&diff->run, usage.rows[i].account);
        usage.rows[i].item = arena_copy(&diff->run, usage.rows[i].item);
        if (usage.rows[i].account.ptr == NULL || usage.rows[i].item.ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    *ret = usage;
    return STATUS_OK;
}

static int sets_reduce(struct sides *sides) {
    struct slice name = arena_copy(&sides->diff.run, sides->diff.old->name);
    enum status status =
        name.ptr != NULL ? set_reduce(&sides->sets[0], sides->diff.old->index, name) : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = set_reduce(&sides->sets[1], sides->diff.new->index, name);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("diff", status);
}

int diff_usage(struct sides *sides, const char *path, struct usage_diff *ret) {
    struct engine *engines[2] = {NULL, NULL};
    struct statement statements[2] = {0};
    int code = sets_reduce(sides);
    for (size_t i = 0; i < 2 && code == EXIT_DONE; i++) {
        enum status status = engine_new(&sides->sets[i], &engines[i]);
        code = status == STATUS_OK ? usage_rate(path, engines[i], &statements[i]) : complain_fault("engine", status);
    }
    if (code == EXIT_DONE) {
        enum status status = usage_fill(&sides->diff, &statements[0], &statements[1], ret);
        code = status == STATUS_OK ? EXIT_DONE : complain_fault("diff", status);
    }
    for (size_t i = 0; i < 2; i++) {
        statement_free(&statements[i]);
        if (engines[i] != NULL)
            engine_free(engines[i]);
    }
    return code;
}
