/* SPDX-License-Identifier: Apache-2.0
 *
 * Look and escapes of pages. */
#include "document/markup.h"

const char markup_style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--soft:#5a5a5a;--line:#c8c8c8;--paper:#fff}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#ababab;--line:#4a4a4a;--paper:#16181b}}\n"
    "@page{size:A4;margin:18mm 16mm;@bottom-right{content:counter(page) \" / \" counter(pages);font-size:8pt}}\n"
    "@media print{:root{--ink:#000;--soft:#333;--line:#999;--paper:#fff}body{font-size:9.5pt;padding:0}}\n"
    "body{color:var(--ink);background:var(--paper);font:1rem/1.45 \"Noto Sans\",\"Noto Sans CJK SC\",sans-serif;"
    "max-width:62rem;margin:0 auto;padding:1.5rem}\n"
    "h1{font-size:1.5em;margin:0 0 1em}h2{font-size:1.1em;margin:1.6em 0 .4em}\n"
    ".parties{display:flex;flex-wrap:wrap;gap:2em}.parties div{min-width:14em}.parties p{margin:.1em 0}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1.2em;margin:1.2em 0}dt{color:var(--soft)}"
    "dd{margin:0}\n"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;padding:.4em 0}\n"
    "th,td{padding:.35em .6em;border-bottom:1px solid var(--line);vertical-align:top;text-align:left;"
    "overflow-wrap:anywhere}\n"
    "thead{display:table-header-group}tr{break-inside:avoid}tfoot{break-inside:avoid;display:table-row-group}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}\n"
    "small{color:var(--soft);display:block}.total th,.total td{font-weight:700;border-bottom:2px solid var(--ink)}\n"
    ".steps li{margin:.2em 0}.steps pre{margin:.2em 0 1em;white-space:pre-wrap;font-size:.9em}\n";

void markup_text(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '&')
            buf_text(out, "&amp;");
        else if (c == '<')
            buf_text(out, "&lt;");
        else if (c == '>')
            buf_text(out, "&gt;");
        else if (c == '"')
            buf_text(out, "&quot;");
        else if (((unsigned char)c < ' ' && c != '\n') || c == 0x7f)
            buf_text(out, "\xef\xbf\xbd");
        else
            buf_char(out, c);
    }
}
