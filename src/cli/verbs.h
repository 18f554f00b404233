/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of the program, one file each. */
#ifndef TG_CLI_VERBS_H
#define TG_CLI_VERBS_H

#include "cli/options.h"

extern const struct verb verb_init, verb_ingest, verb_bill_preview, verb_balance, verb_alerts, verb_events_unpriced,
    verb_events_rejected, verb_verify, verb_head;
extern const struct verb verb_account_set, verb_account_show, verb_account_list, verb_order, verb_refund,
    verb_wallet_top_up, verb_tick;
extern const struct verb verb_usage, verb_stats, verb_doctor;
extern const struct verb verb_bill_list, verb_bill_show, verb_bill_close;
extern const struct verb verb_events_tail, verb_export_ndjson, verb_export_csv;
extern const struct verb verb_wallet_pay_out, verb_wallet_show, verb_ledger;
extern const struct verb verb_hold, verb_hold_list, verb_release, verb_licence_activate;
extern const struct verb verb_backup, verb_restore;
extern const struct verb verb_reverse, verb_events_reversed, verb_backfill_preview, verb_backfill_list,
    verb_backfill_revert;
extern const struct verb verb_rerate;
extern const struct verb verb_rate, verb_quote, verb_explain;
extern const struct verb verb_tariff_list, verb_tariff_show, verb_tariff_check, verb_tariff_diff, verb_tariff_schema,
    verb_tariff_fmt;

#endif
