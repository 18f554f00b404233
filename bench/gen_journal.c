/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a realistic journal as fast as a disk takes it: usage of four tariffs, some orders, some failures, some lines
 * sent twice. The same arguments give the same bytes.
 *
 * Usage: gen_journal LINES [ACCOUNTS [SEED [DAYS]]] > journal.ndjson */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUT_SIZE = 1 << 20, LINE_MAX_BYTES = 1024, RECENT = 64, BASE_DAY = 20454 /* 2026-01-01 */ };

struct out {
    char *buf;
    size_t used;
};

struct shape {
    const char *type;
    const char *data;   /* ~x is replaced, see fill() */
    uint32_t weight;    /* of all, in thousandths */
    bool is_of_prepaid; /* only accounts that have bought for it use it */
};

/* Orders come once in a thousand lines; the rest is usage of the four tariffs. */
static const struct shape shapes[] = {
    {"imm.CreateMediaConvertTask",
     "\"region\":\"cn-shanghai\",~o,\"streams\":[{\"kind\":\"video\",\"codec\":\"~c\",~g,\"seconds\":\"~s\"},"
     "{\"kind\":\"audio\",\"codec\":\"aac\",\"seconds\":\"~s\"}]",
     150, false},
    {"imm.DetectImageFaces", "\"region\":\"cn-hangzhou\",~o,\"count\":1,~g,\"job\":\"~i\",\"format\":\"jpg\"", 150,
     false},
    {"imm.process/image/labels", "\"region\":\"cn-shanghai\",~o,\"count\":1,~g,\"job\":\"~i\",\"format\":\"webp\"", 100,
     false},
    {"imm.SemanticQuery", "\"region\":\"ap-southeast-1\",~o,\"count\":1,\"job\":\"~i\",\"query\":\"~i~i\"", 60, false},
    {"imm.GetFileMeta", "\"region\":\"ap-southeast-1\",~o,\"count\":1,\"job\":\"~i\",\"uri\":\"oss://media/~i.mp4\"",
     90, false},
    {"ims-batch.image-text-matching-common",
     "\"region\":\"cn-shanghai\",~o,\"input_seconds\":\"~s\",\"output_seconds\":\"~s\",\"job\":\"~i\"", 100, false},
    {"ims-batch.intelligent-text-generation",
     "\"region\":\"ap-southeast-1\",~o,\"tokens\":~t,\"job\":\"~i\",\"model\":\"~i\"", 50, false},
    {"vclm.SubmitImageAnimateJob", "~o,\"count\":1,\"job\":\"~i\",~g,\"seconds\":\"~s\"", 50, true},
    {"viapi.RecognizeLicensePlate", "\"region\":\"cn-shanghai\",~o,\"count\":1,~g,\"job\":\"~i\"", 149, false},
    {"viapi.video-enhancement", "\"region\":\"cn-shanghai\",~o,~g,\"seconds\":\"~s\",\"job\":\"~i\"", 40, false},
    {"viapi.object-detection", "\"region\":\"cn-shanghai\",~o,\"count\":1,~g,\"job\":\"~i\"", 60, true},
    {"tollgate.order", "\"tariff\":\"vclm\",\"sku\":\"image-animate-100\",\"quantity\":1,\"note\":\"~i\"", 1, true},
};

/* What every tenth account does first. */
enum { PREPAID = 10, FIRST_STEPS = 2 };
static const struct shape first_steps[FIRST_STEPS] = {
    {"tollgate.account", "\"postpaid\":{\"vclm\":true}", 0, true},
    {"tollgate.order", "\"tariff\":\"viapi\",\"sku\":\"object-detection-500000\",\"quantity\":1", 0, true},
};

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void put(struct out *out, const char *text) {
    size_t len = strlen(text);
    memcpy(out->buf + out->used, text, len);
    out->used += len;
}

static void put_number(struct out *out, uint64_t value, int width) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (; width > count; width--)
        out->buf[out->used++] = '0';
    while (count > 0)
        out->buf[out->used++] = digits[--count];
}

static void put_hex(struct out *out, uint64_t value) {
    for (int shift = 60; shift >= 0; shift -= 4)
        out->buf[out->used++] = "0123456789abcdef"[(value >> shift) & 15];
}

/* RFC 3339 at UTC+8 of a second since 2026-01-01T00:00:00+08:00; civil date from days, Gregorian. */
static void put_time(struct out *out, uint64_t second) {
    uint64_t days = second / 86400 + BASE_DAY + 719468, rest = second % 86400;
    uint64_t era = days / 146097, day_of_era = days % 146097;
    uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t shifted = (5 * day_of_year + 2) / 153;
    uint64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    put_number(out, year_of_era + era * 400 + (month <= 2), 4);
    put(out, "-");
    put_number(out, month, 2);
    put(out, "-");
    put_number(out, day_of_year - (153 * shifted + 2) / 5 + 1, 2);
    put(out, "T");
    put_number(out, rest / 3600, 2);
    put(out, ":");
    put_number(out, rest / 60 % 60, 2);
    put(out, ":");
    put_number(out, rest % 60, 2);
    put(out, "+08:00");
}

static void put_geometry(struct out *out, uint64_t random) {
    static const char *const sizes[] = {
        "\"width\":640,\"height\":480,\"fps\":30", "\"width\":1280,\"height\":720,\"fps\":30",
        "\"width\":1920,\"height\":1080,\"fps\":60", "\"width\":1080,\"height\":1920,\"fps\":\"29.97\""};
    put(out, sizes[random & 3]);
}

/* Success, but for one line in fifty. */
static void put_outcome(struct out *out, uint64_t random) {
    uint64_t draw = random % 200;
    if (draw < 2)
        put(out, "\"outcome\":\"failed\",\"status\":500");
    else if (draw == 2)
        put(out, "\"outcome\":\"failed\",\"status\":404");
    else if (draw == 3)
        put(out, "\"outcome\":\"throttled\",\"status\":429");
    else
        put(out, "\"outcome\":\"succeeded\",\"status\":200");
}

static void fill(struct out *out, const char *data, uint64_t *state) {
    for (; *data != '\0'; data++) {
        if (*data != '~') {
            out->buf[out->used++] = *data;
            continue;
        }
        uint64_t random = next(state);
        switch (*++data) {
        case 'o': /* outcome and status */
            put_outcome(out, random);
            break;
        case 'g': /* width, height, frame rate */
            put_geometry(out, random);
            break;
        case 'c': /* codec */
            put(out, random & 1 ? "h264" : "h265");
            break;
        case 's': /* seconds with three decimals */
            put_number(out, random % 600, 1);
            put(out, ".");
            put_number(out, (random >> 32) % 1000, 3);
            break;
        case 't': /* tokens */
            put_number(out, random % 8000 + 1, 1);
            break;
        default: /* an opaque name */
            put_hex(out, random);
        }
    }
}

static const struct shape *pick(uint64_t random) {
    uint64_t draw = random % 1000;
    size_t i = 0;
    while (draw >= shapes[i].weight)
        draw -= shapes[i++].weight;
    return &shapes[i];
}

/* The n-th line; the first lines are the first steps of the accounts that buy in advance. */
static void put_line(struct out *out, uint64_t n, uint64_t accounts, uint64_t second, uint64_t *state) {
    uint64_t prepaid = (accounts + PREPAID - 1) / PREPAID;
    bool is_first = n < prepaid * FIRST_STEPS;
    const struct shape *shape = is_first ? &first_steps[n % FIRST_STEPS] : pick(next(state));
    uint64_t account = is_first ? n / FIRST_STEPS * PREPAID : next(state) % accounts;
    if (shape->is_of_prepaid)
        account -= account % PREPAID;
    put(out, "{\"specversion\":\"1.0\",\"id\":\"e-");
    put_number(out, n, 9);
    put(out, "\",\"source\":\"gateway/eu-");
    put_number(out, n % 4 + 1, 1);
    put(out, "\",\"type\":\"");
    put(out, shape->type);
    put(out, "\",\"subject\":\"acct-");
    put_number(out, account, 7);
    put(out, "\",\"time\":\"");
    put_time(out, second);
    put(out, "\",\"data\":{");
    fill(out, shape->data, state);
    put(out, "}}\n");
}

static void flush(struct out *out) {
    for (size_t done = 0; done < out->used;) {
        ssize_t count = write(STDOUT_FILENO, out->buf + done, out->used - done);
        if (count < 0) {
            perror("gen_journal");
            exit(1);
        }
        done += (size_t)count;
    }
    out->used = 0;
}

static void generate(struct out *out, uint64_t lines, uint64_t accounts, uint64_t seed, uint64_t days) {
    char recent[RECENT][LINE_MAX_BYTES];
    size_t recent_len[RECENT] = {0};
    for (uint64_t i = 0; i < lines; i++) {
        if (out->used + LINE_MAX_BYTES > OUT_SIZE)
            flush(out);
        uint64_t draw = next(&seed), slot = (draw >> 32) % RECENT;
        if (draw % 100 == 0 && i >= accounts && recent_len[slot] > 0) { /* one line in a hundred was sent twice */
            memcpy(out->buf + out->used, recent[slot], recent_len[slot]);
            out->used += recent_len[slot];
            continue;
        }
        size_t start = out->used;
        put_line(out, i, accounts, (uint64_t)((unsigned __int128)(days * 86400) * i / lines), &seed);
        recent_len[i % RECENT] = out->used - start;
        memcpy(recent[i % RECENT], out->buf + start, out->used - start);
    }
    flush(out);
}

int main(int argc, char **argv) {
    uint64_t values[] = {0, 10000, 1, 1}; /* lines, accounts, seed, days */
    for (int i = 1; i < argc && i <= 4; i++) {
        char *end = argv[i];
        values[i - 1] = strtoumax(argv[i], &end, 10);
        if (*end != '\0')
            values[0] = 0;
    }
    if (argc < 2 || argc > 5 || values[0] == 0 || values[1] == 0) {
        fprintf(stderr, "usage: gen_journal LINES [ACCOUNTS [SEED [DAYS]]]\n");
        return 2;
    }
    struct out out = {malloc(OUT_SIZE), 0};
    if (out.buf == NULL)
        return 4;
    generate(&out, values[0], values[1], values[2], values[3]);
    free(out.buf);
    return 0;
}
