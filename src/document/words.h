/* SPDX-License-Identifier: Apache-2.0
 *
 * What documents say, in every language: one row a phrase. */
#ifndef TG_DOCUMENT_WORDS_H
#define TG_DOCUMENT_WORDS_H

#include "document/document.h"

#define WORD_TABLE(ROW)                                                                                                \
    ROW(ORDERS, "Purchase", "订购账单")                                                                                \
    ROW(USAGE, "Usage bill", "用量账单")                                                                               \
    ROW(SETTLEMENT, "Settlement", "结算单")                                                                            \
    ROW(PREVIEW, "preview", "预览")                                                                                    \
    ROW(NUMBER, "Number", "账单编号")                                                                                  \
    ROW(ACCOUNT, "Account", "账户")                                                                                    \
    ROW(TARIFF, "Tariff", "价目表")                                                                                    \
    ROW(PERIOD, "Period", "账期")                                                                                      \
    ROW(CLOSED, "Closed", "出账时间")                                                                                  \
    ROW(CURRENCY, "Currency", "币种")                                                                                  \
    ROW(FROM, "From", "销售方")                                                                                        \
    ROW(TO, "To", "购买方")                                                                                            \
    ROW(TAX_ID, "Tax number", "税号")                                                                                  \
    ROW(LINES, "What was charged", "收费明细")                                                                         \
    ROW(ITEM, "Item", "计费项")                                                                                        \
    ROW(REGION, "Region", "地域")                                                                                      \
    ROW(QUANTITY, "Quantity", "用量")                                                                                  \
    ROW(PRICE, "Unit price", "单价")                                                                                   \
    ROW(PAID_BY, "Paid by", "抵扣方式")                                                                                \
    ROW(AMOUNT, "Amount", "金额")                                                                                      \
    ROW(EXACT_TOTAL, "Exact sum", "精确合计")                                                                          \
    ROW(ROUNDING, "Rounding", "舍入差额")                                                                              \
    ROW(TOTAL, "Total", "应付金额")                                                                                    \
    ROW(ADJUSTS, "late usage of the period", "补计账期")                                                               \
    ROW(TIER, "tier", "阶梯")                                                                                          \
    ROW(AND_ABOVE, "and above", "以上")                                                                                \
    ROW(STEPS, "How every line came about", "每一行的计算过程")                                                        \
    ROW(TERMS, "Terms of payment", "付款条件")                                                                         \
    ROW(NO_TAX, "No tax is contained in these amounts.", "以上金额不含税。")                                           \
    ROW(NO_LINES, "Nothing was charged.", "本账期无费用。")                                                            \
    ROW(PAGE_TO, "to", "至")                                                                                           \
    ROW(FREE, "free quota", "免费额度")                                                                                \
    ROW(QPS, "QPS plan", "QPS 预付费")                                                                                 \
    ROW(SINGLE, "package", "单类资源包")                                                                               \
    ROW(GENERAL, "general package", "通用资源包")                                                                      \
    ROW(CONCURRENCY, "concurrency quota", "并发配额")                                                                  \
    ROW(PAYG, "pay-as-you-go", "按量付费")                                                                             \
    ROW(ORDER, "order", "订购")                                                                                        \
    ROW(REFUND, "refund", "退款")
enum word {
#define WORD_ENUM(name, en, zh) WORD_##name,
    WORD_TABLE(WORD_ENUM)
#undef WORD_ENUM
        WORD_COUNT
};
const char *word_text(enum word word, enum language language);
/* The language's word for what paid; what is not known is given back as it is. */
const char *word_funding(const char *funding, enum language language);
enum word word_kind(enum bill_kind kind);
/* The language's word for a unit of a tariff; what is not known is given back as it is. */
struct slice word_unit(struct slice unit, enum language language);

/* "1,234.50": thousands marked, `scale` digits behind the point at least (-1: as many as there are). */
struct slice text_amount(struct arena *arena, struct decimal value, int scale);
/* "1 March 2026", "2026年3月1日"; with the wall time where it is not midnight. */
struct slice text_day(struct arena *arena, int64_t at_ns, const struct zone *zone, enum language language);

#endif
