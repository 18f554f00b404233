// SPDX-License-Identifier: Apache-2.0
// Packages: what is left of them, and when they will be used up.
import { html, useMemo } from "../../lib/html.js";
import { useList } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { lineOf, prospectOf, usedPercent } from "../../lib/burn.js";
import { isZero } from "../../lib/decimal.js";
import { Chart, Loading, Meter, Pager, Table, When } from "../../parts/index.js";

const WORDS = { lasts: "lasts more than 92 days", over: "ended", later: "not begun", idle: "not used so far", expires: "expires with units left" };

const Prospect = ({ prospect }) => (prospect.kind === "used-up"
  ? html`<span class="state warning">used up <${When} at=${prospect.at} /></span>
    ${prospect.early && prospect.late && html`<br /><small>
      <${When} at=${prospect.early} isDate /> to <${When} at=${prospect.late} isDate /></small>`}`
  : WORDS[prospect.kind]);

/* What the forecast says of a lot; without one, a straight line. */
const prospectBy = (forecast, lot, now) => {
  const said = forecast?.packages.find((one) =>
    one.order === lot.order && one.sku === lot.sku && one.tariff === lot.tariff);
  const plain = prospectOf(lot, now);
  if (!said || plain.kind === "over" || plain.kind === "later") return { ...plain, points: lineOf(lot, now) };
  const burn = said.burn.filter(({ at }) => Date.parse(at) > Date.parse(now)).map(({ at, remaining }) => [at, remaining]);
  const points = [[lot.effective_at, lot.bought], [now, lot.remaining], ...burn];
  if (said.used_up_at !== null) return { kind: "used-up", at: said.used_up_at, early: said.early, late: said.late, points };
  return { kind: plain.kind === "expires" || plain.kind === "idle" ? plain.kind : "lasts", at: null, points };
};

const COLUMNS = [
  { name: "sku", title: "Package", text: (row) => row.sku, cell: (row) => html`${row.sku} <small>${row.order}</small>` },
  { name: "remaining", title: "Left", isNumber: true, text: (row) => row.remaining,
    cell: (row) => html`<span class="amount" data-cell="remaining">${row.remaining}</span>` },
  { name: "bought", title: "Bought", isNumber: true },
  { name: "used", title: "Used", isNumber: true },
  { name: "held", title: "Held", isNumber: true },
  { name: "unit", title: "Unit" },
  { name: "percent", title: "Used", text: (row) => `${usedPercent(row) ?? "0"} %`, cell: (row) => html`
    <${Meter} used=${row.used} whole=${row.bought} label=${`${usedPercent(row) ?? "0"} % used`} />` },
  { name: "expires_at", title: "Valid until", cell: (row) => html`<${When} at=${row.expires_at} isDate />` },
  { name: "prospect", title: "At this pace", text: (row) => row.prospect.at ?? WORDS[row.prospect.kind],
    cell: (row) => html`<${Prospect} prospect=${row.prospect} />` },
];

/* Units of several kinds have nothing to do with one another: a plot for each. */
const Burning = ({ unit, lots, now }) => {
  const instants = useMemo(() => {
    const all = lots.flatMap((lot) => lot.prospect.points.map(([at]) => at)).filter(Boolean);
    return [...new Map(all.map((at) => [Date.parse(at), at]))].sort(([a], [b]) => a - b).map(([, at]) => at);
  }, [lots, now]);
  const series = useMemo(() => lots.flatMap((lot) => {
    const [bought, left, ...then] = lot.prospect.points;
    const valuesOf = (points) => {
      const known = new Map(points.map(([at, value]) => [Date.parse(at), value]));
      return instants.map((at) => known.get(Date.parse(at)) ?? null);
    };
    return [{ title: `${lot.sku} (${lot.order})`, values: valuesOf([bought, left]), isJoined: true },
      { title: `${lot.order}, predicted`, values: valuesOf([left, ...then]), isJoined: true }];
  }), [instants]);
  const x = useMemo(() => ({ title: "Instant", kind: "time", values: instants }), [instants]);
  return html`<${Chart} title="Packages burning down" unit=${unit} x=${x} series=${series}
    about="What was bought and what is left now; then the predicted end, if usage goes on as it did." />`;
};

const isLive = (lot) => lot.prospect.kind !== "over" && lot.prospect.kind !== "later" && !isZero(lot.bought);

export const Packages = ({ name, now, forecast }) => {
  const list = useList(`${pathOf("accounts", name, "balances")}?limit=200`);
  const rows = useMemo(() => (now === null ? [] : list.rows.filter((lot) => !isZero(lot.bought)).map((lot) =>
    ({ ...lot, key: `${lot.tariff} ${lot.order} ${lot.sku}`, prospect: prospectBy(forecast, lot, now) }))), [list.rows, now, forecast]);
  if (now === null || (list.isLoading && list.rows.length === 0)) return html`<${Loading} what="packages" />`;
  const units = [...new Set(rows.filter(isLive).map((lot) => lot.unit))];
  return html`<section>
    <${Table} title="Packages" hasCsv columns=${COLUMNS} rows=${rows} empty="There are no packages." />
    ${(list.hasMore || list.problem) && html`<${Pager} list=${list} what="packages" />`}
    ${units.map((unit) => html`<${Burning} key=${unit} unit=${unit} now=${now}
      lots=${rows.filter((lot) => lot.unit === unit && isLive(lot))} />`)}
  </section>`;
};
