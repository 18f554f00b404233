# SPDX-License-Identifier: Apache-2.0
"""Two hundred strings that have broken programs: controls, directions, formulas, formats, paths, quotes, lengths."""

CONTROLS = [
    "\x00", "\x01", "\x02", "\x03", "\x04", "\x05", "\x06", "\x07", "\x08", "\t", "\n", "\x0b", "\x0c", "\r", "\x0e",
    "\x0f", "\x10", "\x11", "\x12", "\x13", "\x14", "\x15", "\x16", "\x17", "\x18", "\x19", "\x1a", "\x1b", "\x1c",
    "\x1d", "\x1e", "\x1f", "\x7f", "\x80", "\x85", "\x9b31m", "\u2028", "\u2029", "\ufeff",
]
DIRECTIONS = [
    "\u202etxt.exe", "\u2066a\u2069", "\u200e", "\u200f", "\u061c", "a\u200bb", "a\xadb", "\u2060", "\ufff9",
    "\u034f", "\u3164", "\U000e0041", "\u180e",
]
FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\n=1", " =1", "'=1", "\"=1\"", "=", "+", "-", "@", "|calc",
    "%0A=1", ";=1", ",=1",
]
FORMATS = [
    "%s%s%s%n", "%n", "%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x", "{0}", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "$(id)", "`id`", "; id", "| id", "&& id", "$HOME", "%PATH%", "\\x00", "\\u0000", "\\", "\\\\", "\\'", "\\\"",
    "\\n", "&#0;", "&lt;", "%00", "%0d%0a",
]
PATHS = [
    "../../../etc/passwd", "..\\..\\", "/etc/passwd", "file:///etc/passwd", ".", "..", "~", "C:\\", "CON", "nul",
    "a/b", "a?b=c", "a#b", "a&b", "//", "http://127.0.0.1/", "a;b", "*", "[!-~]*",
]
QUOTES = [
    "'", "\"", "''", "' OR 1=1 --", "\"; DROP TABLE accounts; --", "1;SELECT 1", "\\'; --", "x' AND 'x'='x",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "<!--", "-->", "]]>",
    "<?xml?>", "<!DOCTYPE x [<!ENTITY a \"a\">]>", "{\"a\":1}", "[1]", "null", "true", "false", "undefined", "NaN",
    "Infinity", "-0", "0x10", "1e309", "1_000", "0", "", "},{\"outcome\":\"accepted\"", "\",\"outcome\":\"accepted",
    "a\",\"b", "a: b", "- a", "key: [", "# x", "? x", "!!python/object:os", "HTTP/1.1 200 OK\r\nSet-Cookie: a=b",
    "a\r\nX-Injected: 1", "\x1b[31mred", "\x1b]0;title\x07", "\x08\x08\x08", "\x00a", "a\x00b",
    "level=error msg=\"x\"", "{\"level\":\"error\"}",
]
UNICODE = [
    "\xe9", "e\u0301", "\xdf", "\u0130", "\u0131", "\ufb01", "\xc5", "\u212b", "\u65e5\u672c\u8a9e",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u05e2\u05d1\u05e8\u05d9\u05ea",
    "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e44\u0e17\u0e22", "\U0001f91d",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f1e9\U0001f1ea", "\U0010ffff", "\ufffd",
    "\ufffe", "\ud7ff", "\ue000", "Z\u0351\u036b\u0343", "\uff46\uff55\uff4c\uff4c", "\U0001d54f", "\xa0", "\u3000",
    "\u1680", "\u0663", "\u2163", "\xbd",
]
LENGTHS = [
    "a" * 255, "a" * 256, "\xe9" * 200, "\U0001f91d" * 64, " ", "  ", " a", "a ", "\t", "a b", "a" * 4000, "=" * 300,
    "\"" * 200, "\\" * 200,
]

STRINGS = list(dict.fromkeys(CONTROLS + DIRECTIONS + FORMULAS + FORMATS + PATHS + QUOTES + UNICODE + LENGTHS))
