/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account will use until its cycle ends, what that will cost, and when its packages will be used up. Usage by
 * day is carried on, and the rating core rates it behind everything that the account has; how far it may be off comes
 * of days drawn from those that were (docs/forecast.md). Nothing here is a float: quantities and money are exact, draws
 * are whole numbers of a fixed generator. The same book at the same instant gives the same forecast. */
#ifndef TG_FORECAST_FORECAST_H
#define TG_FORECAST_FORECAST_H

#include "book/book.h"
#include "export/export.h"

#define FORECAST_DAYS 42      /* before today, that are looked at: six weeks */
#define FORECAST_AHEAD_MAX 92 /* days, from today on */
#define FORECAST_WEEKDAYS 21  /* from so many days on, each weekday has its own profile */
#define FORECAST_RECENT 14    /* days: their level counts as much as that of all days, once weekdays are told apart */
#define FORECAST_CHANGES 3    /* weeks that differ from the week before: with fewer, either way is as likely */
#define FORECAST_INTERVAL 7   /* from so many days on, there is an interval */
#define FORECAST_DRAWS 200    /* at most, of the days to come */
#define FORECAST_DRAWS_MIN 50 /* at least: less would tell nothing of a tenth */
#define FORECAST_LEVEL 80     /* percent of the draws that lie in the interval */
#define FORECAST_STREAMS_MAX 256
#define FORECAST_TARIFFS_MAX 16
#define FORECAST_LOTS_MAX 64
#define FORECAST_TODAY FORECAST_DAYS /* the index of today; days before it are lower */
#define FORECAST_GRID (FORECAST_DAYS + FORECAST_AHEAD_MAX)

/* What an account uses of an item at one cell of its prices. */
struct forecast_stream {
    uint32_t tariff;                         /* index into the forecast's */
    uint32_t rate;                           /* that it was metered by last */
    struct decimal days[FORECAST_DAYS + 1];  /* what was used; the last is today so far */
    bool is_whole;                           /* whole units on every day: so it goes on */
    uint32_t recent_ppm;                     /* level of the last fortnight in that of all days */
    uint32_t changes_ppm[FORECAST_DAYS / 7]; /* of a week against the week before it, the newest first, damped */
    struct decimal so_far, rest;             /* of the period: what was used, and what is expected behind it */
};
struct forecast_tariff {
    const struct tariff *tariff;
    int64_t starts[FORECAST_GRID + 1]; /* midnights of its zone */
    struct period period;              /* the calendar month that holds now, which is its cycle or holds it */
    uint32_t ahead;                    /* days from today on that lie in it */
    struct decimal closed;             /* bills of the period that are closed */
    struct decimal so_far, expected;   /* these and the open ones, without and with what is expected */
    struct decimal low, high;          /* with an interval */
};
struct forecast_lot {
    uint32_t tariff;
    struct slice order_id;
    const struct product *product;
    struct decimal bought, remaining;
    int64_t expires_ns;
    bool is_used_up; /* before it expires, and within what was looked at */
    int64_t used_up_ns;
    bool has_early, has_late; /* a tenth of the draws have used it up before early, and a tenth not before late */
    int64_t early_ns, late_ns;
    struct decimal left;                         /* when it expires, or at the end of what was looked at */
    struct decimal burn[FORECAST_AHEAD_MAX + 1]; /* what remains at the end of each day */
    uint32_t burn_count;
};
struct forecast {
    struct slice account; /* asked; it outlives the forecast */
    const struct tariff_set *tariffs;
    int64_t now_ns;

    uint32_t account_index;
    const struct reader_terms *terms; /* NULL: none */
    uint64_t seq;                     /* of the last batch in the state */
    struct forecast_stream *streams;  /* from the heap */
    struct forecast_tariff *list;     /* from the heap */
    struct forecast_lot *lots;        /* from the heap */
    uint32_t stream_count, tariff_count, lot_count;
    uint32_t first;    /* the first day with usage; FORECAST_TODAY: none before today */
    uint32_t days;     /* from there to yesterday */
    uint32_t ahead;    /* days from today on that are looked at */
    uint32_t draws;    /* 0: no interval */
    uint32_t changes;  /* weeks that have a week before them */
    bool has_weekdays; /* each weekday by its own days, else each day by all of them */
    uint64_t covered;  /* events of items that are charged by covered time: not carried on */
    uint64_t bills;    /* that the state knew of */
    struct arena arena;
};

/* What the account has of its own, and how far the journal is in the state, which stands still meanwhile. `account`,
 * `tariffs` and `now_ns` are given. Fails: STATUS_NOT_FOUND (no such account), STATUS_NO_MEMORY. forecast_free in every
 * case. */
MUST_CHECK enum status forecast_begin(struct forecast *forecast, const struct engine *engine, uint64_t seq);
/* What was used, by day, out of the journal. Fails as book_scan; STATUS_RANGE (more than the limits above). */
MUST_CHECK enum status forecast_history(struct forecast *forecast, struct book *book, struct slice *ret_error);
/* Carry it on. The state stands still meanwhile; it may have gone on since forecast_begin. Fails: STATUS_CONFLICT
 * (other tariffs hold since), STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status forecast_run(struct forecast *forecast, const struct engine *engine);
/* Add what was billed already. Fails as book_bills. */
MUST_CHECK enum status forecast_closed(struct forecast *forecast, struct book *book);
void forecast_free(struct forecast *forecast);
/* One object. */
void forecast_json(const struct forecast *forecast, struct json_writer *writer);
/* How it was made, and what is too little to be said: sentences, a line each. */
void forecast_notes(const struct forecast *forecast, struct buf *out);
/* What a stream uses in a day on average. Fails: STATUS_RANGE. */
MUST_CHECK enum status forecast_mean(const struct forecast *forecast, const struct forecast_stream *stream,
                                     struct decimal *ret_mean);

#endif
