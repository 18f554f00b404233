// SPDX-License-Identifier: Apache-2.0
// Packages: what is left of them, and when they will be used up.
import { html, useMemo } from "../../lib/html.js";
import { useList, withQuery } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { lineOf, pastOf, prospectOf, usedPercent } from "../../lib/burn.js";
import { isZero } from "../../lib/decimal.js";
import { usePatient } from "../../lib/patient.js";
import { Asked, Chart, day, List, Loading, Meter, noted, number, When } from "../../parts/index.js";

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

const shareOf = (row) => `${usedPercent(row) ?? "0"} %`;
const COLUMNS = [
  noted("sku", "Package", (row) => row.order),
  number("remaining", "Left"), number("bought"), number("used"), number("held"), "unit",
  { name: "share", title: "Share used", text: shareOf, cell: (row) => html`
    <${Meter} used=${row.used} whole=${row.bought} label=${`${shareOf(row)} used`} />` },
  day("expires_at", "Valid until"),
  { name: "prospect", title: "At this pace", text: (row) => row.prospect.at ?? WORDS[row.prospect.kind],
    cell: (row, prospect) => html`<${Prospect} prospect=${prospect} />` },
];

/* Units of several kinds have nothing to do with one another: a plot for each. usage: by order and day, null: not known. */
const Burning = ({ unit, lots, now, usage }) => {
  const lines = useMemo(() => lots.map((lot) => {
    const [, left, ...then] = lot.prospect.points;
    const past = usage && pastOf(lot, now, usage);
    return { lot, past: past && [...past, left], then: [left, ...then] };
  }), [lots, now, usage]);
  const instants = useMemo(() => {
    const all = lines.flatMap(({ past, then }) => [...past ?? [], ...then].map(([at]) => at)).filter(Boolean);
    return [...new Map(all.map((at) => [Date.parse(at), at]))].sort(([a], [b]) => a - b).map(([, at]) => at);
  }, [lines]);
  const series = useMemo(() => lines.flatMap(({ lot, past, then }) => {
    const valuesOf = (points) => {
      const known = new Map(points.map(([at, value]) => [Date.parse(at), value]));
      return instants.map((at) => known.get(Date.parse(at)) ?? null);
    };
    return [...past ? [{ title: `${lot.sku} (${lot.order})`, values: valuesOf(past), isJoined: true }] : [],
      { title: `${lot.order}, predicted`, values: valuesOf(then), isJoined: true }];
  }), [instants]);
  const x = useMemo(() => ({ title: "Instant", kind: "time", values: instants }), [instants]);
  const unknown = usage ? lines.filter(({ past }) => past === null).map(({ lot }) => lot.order) : [];
  return html`<${Chart} title="Packages burning down" unit=${unit} x=${x} series=${series}
    about="What was left at the end of each day; then the predicted end, if usage goes on as it did." />
    ${unknown.length > 0 && html`<p class="quiet">What was taken each day of ${unknown.join(", ")} is not known: the line begins now.</p>`}`;
};

/* Asked for when the forecast is there: both may read the journal, and only one does at a time. */
const useTaken = (name, lots, isReady) => {
  const [first] = lots.map((lot) => lot.effective_at).sort((a, b) => Date.parse(a) - Date.parse(b));
  const from = first && `${first.slice(0, 10)}T00:00:00${first.slice(19)}`;
  return usePatient(isReady && first ? withQuery(pathOf("accounts", name, "usage"), { by: "order,day", from }) : null);
};

const isLive = (lot) => lot.prospect.kind !== "over" && lot.prospect.kind !== "later" && !isZero(lot.bought);

export const Packages = ({ name, now, forecast }) => {
  const list = useList(`${pathOf("accounts", name, "balances")}?limit=200`);
  const rows = useMemo(() => (now === null ? [] : list.rows.filter((lot) => !isZero(lot.bought)).map((lot) =>
    ({ ...lot, prospect: prospectBy(forecast.data, lot, now) }))), [list.rows, now, forecast.data]);
  const live = useMemo(() => rows.filter(isLive), [rows]);
  const taken = useTaken(name, live, forecast.data !== null || forecast.problem !== null);
  if (now === null || (list.isLoading && list.rows.length === 0)) return html`<${Loading} what="packages" />`;
  const units = [...new Set(live.map((lot) => lot.unit))];
  return html`<section>
    <${List} list=${list} what="packages" isQuiet title="Packages" hasCsv columns=${COLUMNS} rows=${rows} empty="There are no packages." />
    ${units.map((unit) => html`<${Burning} key=${unit} unit=${unit} now=${now} usage=${taken.data?.usage}
      lots=${live.filter((lot) => lot.unit === unit)} />`)}
    ${live.length > 0 && html`<${Asked} answer=${taken} what="what was taken each day">${() => null}<//>`}
  </section>`;
};
