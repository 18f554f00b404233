/* SPDX-License-Identifier: Apache-2.0
 *
 * Two persons: what one proposed, another one approves. Proposals are documents of kind "approval" in the tenant's
 * store, durable when a call returns; what is to be done is the caller's text, kept with them. Any thread may call. */
#ifndef TG_ACCESS_APPROVAL_H
#define TG_ACCESS_APPROVAL_H

#include "access/access.h"
#include "money/decimal.h"

#define APPROVAL_ID_LEN 22
#define APPROVAL_BODY_MAX ((size_t)1 << 20)
#define APPROVAL_DAYS 7 /* then a proposal that nobody decided has expired */

/* ---- when two are needed ---- */

enum rule_mode {
    RULE_AUTO, /* when more than one active key has the role admin or approve */
    RULE_ON,
    RULE_OFF,
};
struct access_rule {
    enum rule_mode mode;
    struct decimal refund_limit; /* larger refunds need two, in whatever currency */
};
const char *rule_mode_name(enum rule_mode mode);
bool rule_mode_parse(struct slice name, enum rule_mode *ret_mode);
/* As it was set; RULE_AUTO and 0 before. */
struct access_rule access_rule(struct access *access);
/* Fails: STATUS_IO, STATUS_NO_MEMORY; then the rule is the old one. */
MUST_CHECK enum status access_rule_set(struct access *access, const struct access_rule *rule);
/* Is the rule in force? Then tariffs are activated by two, and refunds above refund_limit are. */
bool access_needs_two(struct access *access, int64_t now_ns);

/* ---- proposals ---- */

enum approval_state {
    APPROVAL_OPEN,
    APPROVAL_APPROVED, /* decided, and not known to be done: doing it again must be harmless */
    APPROVAL_DONE,
    APPROVAL_FAILED, /* approved, but it could not be done: `result` says why */
    APPROVAL_REJECTED,
    APPROVAL_EXPIRED,
};
const char *approval_state_name(enum approval_state state);

struct approval { /* texts in the arena of the call */
    struct slice id, action, object, summary, body;
    struct slice by, decided_by, result; /* empty: nobody yet, nothing yet */
    enum approval_state state;
    int64_t at_ns, expires_ns, decided_ns; /* decided: INSTANT_MIN: not */
};
/* One object, as it is shown; without the body. */
void approval_json(const struct approval *approval, struct json_writer *writer);

struct proposal {
    struct slice action;  /* "refund", "tariff_activate": who knows how to do it */
    struct slice object;  /* to what: "accounts/a-1/orders/o-7" */
    struct slice summary; /* a sentence for who decides */
    struct slice body;    /* what is done then */
    struct slice by;      /* the actor */
    struct slice request; /* random digits: with now_ns they name it, so that it is proposed once; empty: new ones */
    int64_t now_ns;
};
/* What was proposed under this name and instant before is left as it is, decided or not. Fails: STATUS_RANGE (the body
 * is above APPROVAL_BODY_MAX), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status approval_propose(struct access *access, const struct proposal *proposal, struct arena *arena,
                                        struct approval *ret_approval);
/* Fails: STATUS_NOT_FOUND, STATUS_INVALID (damaged), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status approval_find(struct access *access, struct slice id, int64_t now_ns, struct arena *arena,
                                     struct approval *ret_approval);
/* Ids behind `after` (empty: from the first), oldest first, in the arena. Fails as store_list. */
MUST_CHECK enum status approval_list(struct access *access, struct slice after, struct arena *arena,
                                     struct slice **ret_ids, uint32_t *ret_count);

struct decision {
    struct slice id, by;
    bool is_approved;
    int64_t now_ns;
};
/* NULL, or why this actor may not decide: its own proposal, or a key that is younger than the proposal (else who
 * proposes would make one). Rejecting one's own is taking it back, and is allowed. */
const char *decision_wrong(struct access *access, const struct approval *approval, const struct decision *decision);
/* Approve or reject. An approved one may be approved again by the same actor as long as it is not done: the answer to
 * the first time may have been lost. Fails: STATUS_INVALID (decision_wrong), STATUS_CONFLICT (decided otherwise, done
 * or expired), and as approval_find. */
MUST_CHECK enum status approval_decide(struct access *access, const struct decision *decision, struct arena *arena,
                                       struct approval *ret_approval);
/* What came of an approved one. state: APPROVAL_DONE or APPROVAL_FAILED. Fails as approval_find, and STATUS_CONFLICT
 * (it is not approved). */
MUST_CHECK enum status approval_finish(struct access *access, const struct approval *approval,
                                       enum approval_state state, struct slice result, struct arena *arena);

#endif
