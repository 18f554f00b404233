/* SPDX-License-Identifier: Apache-2.0
 *
 * What does one event cost?  cc rate_event.c $(pkg-config --cflags --libs tollgate) && ./a.out [TARIFFS] */
#include <stdio.h>
#include <string.h>
#include <tollgate.h>

static const char account[] = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"shop\",\"type\":\"tollgate.account\","
                              "\"subject\":\"acct-42\",\"time\":\"2026-02-01T00:00:00+08:00\","
                              "\"data\":{\"postpaid\":{\"viapi\":true}}}";
static const char event[] = "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"gateway\",\"type\":"
                            "\"viapi.RecognizeLicensePlate\",\"subject\":\"acct-42\",\"time\":"
                            "\"2026-02-15T08:50:00+08:00\",\"data\":{\"count\":15000}}";

int main(int argc, char **argv) {
    tollgate_tariffs *tariffs = NULL;
    tollgate_engine *engine = NULL;
    char *messages = NULL, *json = NULL;
    const char *path = argc > 1 ? argv[1] : tollgate_tariffs_directory();
    tollgate_status status = tollgate_tariffs_load(path, NULL, &tariffs, &messages);
    if (messages != NULL)
        fputs(messages, stderr);
    if (status == TOLLGATE_OK)
        status = tollgate_engine_new(tariffs, 0, &engine);
    if (status == TOLLGATE_OK)
        status = tollgate_engine_feed(engine, account, strlen(account), NULL, NULL);
    if (status == TOLLGATE_OK)
        status = tollgate_engine_quote(engine, event, strlen(event), &json);
    puts(json != NULL ? json : tollgate_status_text(status));
    tollgate_text_free(messages);
    tollgate_text_free(json);
    tollgate_engine_free(engine);
    tollgate_tariffs_free(tariffs);
    return status == TOLLGATE_OK ? 0 : 1;
}
