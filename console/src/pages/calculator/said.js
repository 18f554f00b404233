// SPDX-License-Identifier: Apache-2.0
// What is asked of the calculator, as an address that can be sent to others, and as bodies of the API.

export const NO_USE = { operation: "", volume: "1000", data: {} };
export const EMPTY = { tariff: "", from: "", months: "1", calls: "", tasks: "", uses: [NO_USE] };

/* A use is OPERATION=VOLUME, then NAME=VALUE; a semicolon begins the next one. What would be mistaken is escaped. */
const guard = (text) => text.replace(/[%;,=]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const unguard = (text) => text.replace(/%(25|3B|2C|3D)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));

export const toQuery = (said) => ({
  tariff: said.tariff, from: said.from, months: said.months === "1" ? "" : said.months, calls: said.calls, tasks: said.tasks,
  use: said.uses.filter(({ operation }) => operation !== "").map(({ operation, volume, data }) =>
    [[operation, volume], ...Object.entries(data).filter(([, value]) => value !== "")].map((pair) => pair.map(guard).join("=")).join(",")).join(";"),
});

export const fromQuery = (query) => {
  const uses = (query.use ?? "").split(";").filter((use) => use !== "").map((use) => {
    const [[operation, volume = ""], ...data] = use.split(",").map((pair) => pair.split("=").map(unguard));
    return { operation, volume, data: Object.fromEntries(data) };
  });
  const rest = Object.fromEntries(Object.keys(EMPTY).map((name) => [name, query[name] ?? EMPTY[name]]));
  return { ...rest, uses: uses.length > 0 ? uses : EMPTY.uses };
};

/* {"play.to": "60", readonly: "true"} is {play: {to: "60"}, readonly: true}: numbers stay texts. */
const dataOf = (said) => {
  const data = {};
  for (const [name, text] of Object.entries(said).filter(([, value]) => value !== "")) {
    const [last, ...outer] = name.split(".").reverse();
    const place = outer.reduceRight((inside, part) => (inside[part] ??= {}), data);
    place[last] = text === "true" ? true : text === "false" ? false : text.trim();
  }
  return data;
};

const some = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ""));
/** An instant of what is asked: a day begins at midnight UTC. */
const instantOf = (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

/** `more`: what of it is to be answered. */
export const planOf = (said, more) => ({
  ...some({ tariff: said.tariff, from: instantOf(said.from), months: said.months, calls: said.calls, tasks: said.tasks }), ...more,
  usage: said.uses.map(({ operation, volume, data }) => ({ operation, volume: volume.trim(), data: dataOf(data) })),
});
export const quotesOf = (said) => said.uses.map(({ operation, data }) => ({
  operation: `${said.tariff}.${operation}`, data: dataOf(data), ...some({ at: instantOf(said.from) }) }));
