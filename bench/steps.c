/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor under rating a file: what reading its bytes, finding its lines, and parsing them cost by themselves.
 *
 * Usage: steps read|split|parse THREADS FILE. Prints one JSON object. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cxx/json.h"
#include "lines.h"

enum { THREADS_MAX = 8, BLOCK = 1 << 20 };

struct share { /* of one thread: whole lines */
    const char *text;
    size_t len;
    bool is_parsing;
    uint64_t lines, tokens, errors;
};

static void *walk(void *argument) {
    struct share *share = argument;
    struct json_parser *parser = json_parser_new();
    if (parser == NULL)
        abort();
    const char *end = share->text + share->len;
    for (const char *line = share->text; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop == NULL ? end : stop;
        if (share->is_parsing) {
            const struct json_token *tokens;
            struct json_error error = {0};
            size_t count = json_parse(parser, line, (size_t)(stop - line), &tokens, &error);
            share->tokens += count;
            share->errors += count == 0;
        }
        share->lines++;
        line = stop + 1;
    }
    json_parser_free(parser);
    return NULL;
}

/* Equal shares, each ending with a line. */
static void divide(const struct journal *journal, bool is_parsing, int threads, struct share *shares) {
    size_t from = 0;
    for (int i = 0; i < threads; i++) {
        size_t to = i + 1 == threads ? journal->len : journal->len / (size_t)threads * (size_t)(i + 1);
        const char *stop = to < journal->len ? memchr(journal->text + to, '\n', journal->len - to) : NULL;
        to = stop == NULL ? journal->len : (size_t)(stop - journal->text) + 1;
        shares[i] = (struct share){.text = journal->text + from, .len = to - from, .is_parsing = is_parsing};
        from = to;
    }
}

static int walk_all(const char *path, bool is_parsing, int threads) {
    struct journal journal;
    if (!journal_read(path, &journal))
        return 4;
    struct share shares[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    divide(&journal, is_parsing, threads, shares);
    long long start = now_ns();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, walk, &shares[i]) != 0)
            return 4;
    struct share sum = {0};
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        sum.lines += shares[i].lines;
        sum.tokens += shares[i].tokens;
        sum.errors += shares[i].errors;
    }
    printf("{\"lines\":%llu,\"bytes\":%zu,\"tokens\":%llu,\"errors\":%llu,\"step_ns\":%lld}\n",
           (unsigned long long)sum.lines, journal.len, (unsigned long long)sum.tokens, (unsigned long long)sum.errors,
           now_ns() - start);
    journal_free(&journal);
    return 0;
}

static int read_all(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror(path);
        return 4;
    }
    char *block = malloc(BLOCK);
    if (block == NULL)
        abort();
    long long start = now_ns();
    size_t bytes = 0;
    ssize_t count;
    while ((count = read(fd, block, BLOCK)) > 0)
        bytes += (size_t)count;
    printf("{\"bytes\":%zu,\"step_ns\":%lld}\n", bytes, now_ns() - start);
    free(block);
    close(fd);
    return count < 0 ? 4 : 0;
}

int main(int argc, char **argv) {
    if (argc != 4 || strlen(argv[2]) != 1 || argv[2][0] < '1' || argv[2][0] > '0' + THREADS_MAX) {
        fprintf(stderr, "usage: steps read|split|parse THREADS FILE\n");
        return 2;
    }
    if (strcmp(argv[1], "read") == 0)
        return read_all(argv[3]);
    return walk_all(argv[3], strcmp(argv[1], "parse") == 0, argv[2][0] - '0');
}
