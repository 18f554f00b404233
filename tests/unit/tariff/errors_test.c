/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message of the loader: tests/golden/tariff/NAME.yaml gives NAME.txt, place, reason and remedy. Runs in that
 * folder; what the files include and extend lies in parts/. */
#include "support/check.h"

#include <dirent.h>
#include <stdlib.h>

#include "tariff/tariff.h"

static int entry_is_case(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void check_case(const char *name) {
    struct tariff_set set = {0};
    struct diags diags = {0};
    struct buf out = {0}, golden = {0};
    buf_printf(&golden, "tariff/%.*s.txt", (int)strlen(name) - 5, name);
    CHECK_STATUS(tariff_set_load(name, "parts", &set, &diags), STATUS_INVALID);
    CHECK_UINT(set.count, 0);
    diags_sort(&diags);
    diags_print(&diags, false, &out);
    CHECK_GOLDEN(buf_slice(&out), golden.ptr);
    buf_free(&golden);
    buf_free(&out);
    diags_free(&diags);
    tariff_set_free(&set);
}

static void every_mistake_has_its_message(void **state) {
    (void)state;
    struct dirent **entries = NULL;
    int count = scandir(".", &entries, entry_is_case, alphasort);
    CHECK(count > 100);
    for (int i = 0; i < count; i++) {
        check_row(entries[i]->d_name, __FILE__, __LINE__);
        check_case(entries[i]->d_name);
    }
    check_row(NULL, __FILE__, __LINE__);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_mistake_has_its_message)};
    return CHECK_RUN(tests);
}
