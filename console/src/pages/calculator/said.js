// SPDX-License-Identifier: Apache-2.0
// What is asked of the calculator, as an address that can be sent to others, and as bodies of the API.

export const EMPTY = { tariff: "", from: "", months: "1", calls: "", tasks: "", region: "", uses: [{ operation: "", volume: "1000", data: "" }] };

/* A use is OPERATION=VOLUME, then NAME=VALUE; a semicolon begins the next one. What would be mistaken is escaped. */
const guard = (text) => text.replace(/[%;,=]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const unguard = (text) => text.replace(/%(25|3B|2C|3D)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));

export const toQuery = (said) => ({
  tariff: said.tariff, from: said.from, months: said.months === "1" ? "" : said.months, calls: said.calls, tasks: said.tasks, region: said.region,
  use: said.uses.filter(({ operation }) => operation !== "").map(({ operation, volume, data }) =>
    [`${guard(operation)}=${guard(volume)}`, guard(data)].filter((part) => part !== "").join(",")).join(";"),
});

export const fromQuery = (query) => {
  const uses = (query.use ?? "").split(";").filter((use) => use !== "").map((use) => {
    const [first, data = ""] = use.split(/,(.*)/s);
    const [operation, volume = ""] = first.split(/=(.*)/s);
    return { operation: unguard(operation), volume: unguard(volume), data: unguard(data) };
  });
  const rest = Object.fromEntries(Object.keys(EMPTY).filter((name) => name !== "uses").map((name) => [name, query[name] ?? EMPTY[name]]));
  return { ...rest, uses: uses.length > 0 ? uses : EMPTY.uses };
};

const literal = (text) => (text === "true" ? true : text === "false" ? false : text);
/** "seconds=60, preview_only=true" is {seconds: "60", preview_only: true}: numbers stay texts. */
export const dataOf = (text, region) => ({
  ...(region === "" ? {} : { region }),
  ...Object.fromEntries(text.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => {
    const [name, value = "true"] = part.split(/=(.*)/s);
    return [name.trim(), literal(value.trim())];
  })),
});

const some = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== "" && value !== undefined));
/** An instant of what is asked: a day begins at midnight UTC. */
const instantOf = (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

export const planOf = (said) => ({
  ...some({ tariff: said.tariff, from: instantOf(said.from), months: said.months, calls: said.calls, tasks: said.tasks }),
  sensitivity: true, curve: true,
  usage: said.uses.map(({ operation, volume, data }) => ({ operation, volume: volume.trim(), data: dataOf(data, said.region) })),
});
export const quotesOf = (said) => said.uses.map(({ operation, data }) => ({
  operation: `${said.tariff}.${operation}`, data: dataOf(data, said.region), ...some({ at: instantOf(said.from) }) }));
