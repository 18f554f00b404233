// SPDX-License-Identifier: Apache-2.0
// Files that the browser makes itself, of what is on the page.

const quoted = (cell) => {
  const text = cell === null || cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** RFC 4180: rows of texts, the first one with the names. */
export const toCsv = (rows) => rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");

/** Hand a file to whoever looks. */
export const download = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

/** "Cost by day" is "cost-by-day". */
export const fileName = (title) => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "table";
