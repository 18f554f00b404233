/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenes in memory. */
#include "scene.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char tariff_text[] =
    "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
    "funding: [free, qps, single, concurrency, payg]\n"
    "items:\n"
    "  call: {unit: call, price: 1}\n"
    "  packed: {unit: call, price: 1}\n"
    "  job: {unit: call, price: 1}\n"
    "  quick: {unit: call, price: 1}\n"
    "operations: {Call: call, Packed: packed, Job: job, Quick: quick}\n"
    "packages:\n"
    "  pack: {kind: single, unit: call, validity: 1 year, scope: {packed: 1}, sizes: {3: 3}}\n"
    "qps:\n"
    "  quick: {items: [quick], default: 2, day: 1, month: 10}\n"
    "concurrency:\n"
    "  jobs: {items: [job], price: 10, default: 2}\n";

static int64_t wall(void *context) {
    return atomic_load(&((struct scene *)context)->wall_ns);
}

void scene_make(struct scene *scene) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct tariff_set tariffs;
    struct diags diags = {0};
    struct slice error;
    char path[128];
    *scene = (struct scene){.directory = "/tmp/tollgate-scene-XXXXXX"};
    CHECK(mkdtemp(scene->directory) != NULL);
    snprintf(path, sizeof path, "%s/demo.yaml", scene->directory);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(tariff_text, file) >= 0 && fclose(file) == 0);
    CHECK_OK(tariff_set_load(path, NULL, &tariffs, &diags));
    struct slice home = arena_printf(&scene->arena, "%s/book", scene->directory);
    CHECK_OK(book_create(home.ptr, path, NULL, NULL, &scene->arena, &error)); /* for its copies of the tariffs */
    atomic_store(&scene->wall_ns, START);
    scene->options = (struct live_options){.now = wall, .context = scene};
    CHECK_OK(store_memory_new(&scene->faults, &scene->store));
    CHECK_OK(book_found(scene->store, &tariffs, key));
    tariff_set_free(&tariffs);
    diags_free(&diags);
}

void scene_open(struct scene *scene) {
    struct book *book;
    struct slice error;
    struct slice home = arena_printf(&scene->arena, "%s/book", scene->directory);
    CHECK_OK(book_open_store(scene->store, home.ptr, &scene->arena, &book, &error));
    CHECK_OK(live_open_book(book, &scene->options, &scene->live));
}

void scene_crash(struct scene *scene) {
    struct store *store;
    CHECK_OK(store_memory_leave(scene->store, &store));
    live_close(scene->live);
    scene->faults = (struct store_faults){0};
    scene->store = store;
}

static int path_remove(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void scene_free(struct scene *scene) {
    live_close(scene->live);
    CHECK_INT(nftw(scene->directory, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(&scene->arena);
}

struct slice document(struct arena *arena, const char *id, const char *type, const char *account, const char *data) {
    return arena_printf(arena,
                        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"%s\",\"subject\":\"%s\","
                        "\"time\":\"2026-02-15T00:00:00Z\",\"data\":%s}",
                        id, type, account, data);
}

struct reply tell(struct scene *scene, const char *id, const char *type, const char *account, const char *data) {
    struct reply reply = {.outcome = OUTCOME_REJECTED};
    struct slice text = document(&scene->arena, id, type, account, data);
    CHECK_OK(live_submit(scene->live, &text, 1, &scene->arena, &reply));
    return reply;
}

void crowd(uint32_t count, void *(*run)(void *context), void *contexts, size_t size) {
    pthread_t *threads = calloc(count, sizeof *threads);
    CHECK(threads != NULL);
    for (uint32_t i = 0; i < count; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, run, (char *)contexts + i * size), 0);
    for (uint32_t i = 0; i < count; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    free(threads);
}
