// SPDX-License-Identifier: Apache-2.0
// A plot that is also a table and a file. x: {title, kind: "time" | "number" | "name", values: [texts of the API]};
// series: [{title, values: [decimal texts or null], isBar, isStep, isJoined, hasPoints}]; isJoined:
// the line goes on over values that are not there. The table and the CSV have these texts as they
// are; only the pixels are computed. With the arrow keys the values are read one by one.
import { html, useEffect, useId, useMemo, useRef, useState } from "../lib/html.js";
import { toPixels } from "../lib/decimal.js";
import { showInstant, toWallSeconds } from "../lib/time.js";
import { Notice } from "./Notice.js";
import { Csv, Table } from "./Table.js";

let uPlot = null; /* a file of its own, which comes with the first plot */

const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [4, 4], [16, 4]];
const HEIGHT = 220;

const styleOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const pixelsOf = (x, series) => [
  x.values.map((value, index) => (x.kind === "time" ? toWallSeconds(value) : x.kind === "name" ? index : toPixels(value))),
  ...series.map((one) => one.values.map((value) => (value === null || value === undefined ? null : toPixels(value)))),
];

const seriesOf = (one, index) => {
  const color = styleOf(`--series-${(index % 6) + 1}`);
  const paths = one.isBar ? uPlot.paths.bars({ size: [0.7, 60] }) : one.isStep ? uPlot.paths.stepped({ align: 1 }) : undefined;
  return {
    label: one.title, stroke: color, width: 2, dash: one.isBar ? undefined : DASHES[index % 6],
    fill: one.isBar ? color : undefined, paths, points: { show: one.hasPoints || (one.values.length === 1 && !one.isBar) },
    spanGaps: one.isJoined,
  };
};

/* Wall times are plotted as if they were UTC. */
const asDate = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
const clockOf = (seconds, step) => {
  const text = new Date(seconds * 1000).toISOString();
  return step >= 86400 * 28 ? text.slice(0, 7) : step >= 86400 ? text.slice(5, 10) : text.slice(11, step >= 60 ? 16 : 19);
};

const axesOf = (x) => {
  const common = { stroke: styleOf("--text"), font: `12px ${styleOf("--font")}`, grid: { stroke: styleOf("--line"), width: 1 },
    ticks: { stroke: styleOf("--line"), width: 1 } };
  const names = x.kind === "name" && {
    splits: () => x.values.map((_, index) => index),
    values: (plot, places) => { /* long names would lie over each other; they are read whole below */
      const most = Math.max(2, Math.floor(plot.width / places.length / 8));
      return places.map((place) => (x.values[place] ?? "")).map((name) => (name.length > most ? `${name.slice(0, most - 1)}…` : name));
    },
  };
  const clock = x.kind === "time" && { space: 70, values: (_, places, axis, space, step) => places.map((place) => clockOf(place, step)) };
  return [{ ...common, ...names, ...clock }, { ...common, size: 64 }];
};

const draw = (place, x, series) => {
  const bars = x.kind === "name" || series.some((one) => one.isBar);
  return new uPlot({
    width: Math.max(place.clientWidth, 200), height: HEIGHT, legend: { show: false }, tzDate: asDate, cursor: { drag: { x: false, y: false } },
    scales: {
      x: { time: x.kind === "time", range: bars ? (u, low, high) => {
        const gap = x.values.length > 1 ? (high - low) / (x.values.length - 1) : 1;
        return [low - gap * 0.6, high + gap * 0.6];
      } : undefined },
      y: { range: (u, low, high) => (low === null ? [0, 1] : [Math.min(0, low), high > 0 ? high * 1.05 : 1]) },
    },
    series: [{}, ...series.map(seriesOf)], axes: axesOf(x),
  }, pixelsOf(x, series), place);
};

/* Whether uPlot is there; null: it cannot be had. */
const useLibrary = () => {
  const [isThere, setIsThere] = useState(uPlot !== null);
  useEffect(() => {
    if (isThere) return;
    import("uplot").then((library) => {
      uPlot = library.default;
      setIsThere(true);
    }, () => setIsThere(null));
  }, []);
  return isThere;
};

/* Redrawn when the width or the colours of the page change. */
const usePlot = (place, x, series, shape, isThere) => {
  const plot = useRef(null);
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const change = () => setScheme((before) => before + 1);
    dark.addEventListener("change", change);
    return () => dark.removeEventListener("change", change);
  }, []);
  useEffect(() => {
    if (!isThere || place.current === null) return undefined;
    plot.current = draw(place.current, x, series);
    const watch = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(place.current?.clientWidth ?? 0, 200), height: HEIGHT }));
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, scheme, isThere]);
  useEffect(() => plot.current?.setData(pixelsOf(x, series)), [x, series]);
  return plot;
};

const Plot = ({ title, about, x, series, unit, shape }) => {
  const place = useRef(null);
  const isThere = useLibrary();
  const plot = usePlot(place, x, series, shape, isThere);
  const [index, setIndex] = useState(null);
  const nameOf = (value) => (x.kind === "time" ? showInstant(value) : value);
  const step = (event) => {
    const last = x.values.length - 1;
    const to = { ArrowLeft: (index ?? last + 1) - 1, ArrowRight: (index ?? -1) + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), last);
    plot.current?.setCursor({ left: plot.current.valToPos(plot.current.data[0][next], "x"), top: HEIGHT / 3 });
    setIndex(next);
  };
  const said = index !== null && index < x.values.length && `${nameOf(x.values[index])}: ${series.map((one) =>
    `${one.title} ${one.values[index] ?? "none"}`).join(", ")}${unit ? ` ${unit}` : ""}`;
  return html`
    <div class="plot" ref=${place} tabindex="0" role="img" onKeyDown=${step}
      aria-label=${`${title}. ${about ?? ""} Arrow keys read the values; the table has all of them.`}></div>
    ${isThere === null && html`<${Notice} kind="warning">The plot could not be loaded. The table has all of it.<//>`}
    <p class="read" aria-live="polite">${said || html`<span class="quiet">Arrow keys read the values.</span>`}</p>`;
};

const Legend = ({ series }) => html`<ul class="legend">${series.map((one, index) => html`<li>
  <svg width="28" height="10" aria-hidden="true"><line x1="0" x2="28" y1="5" y2="5" stroke=${`var(--series-${(index % 6) + 1})`}
    stroke-width=${one.isBar ? 8 : 2} stroke-dasharray=${one.isBar ? undefined : DASHES[index % 6].join(" ")} /></svg>
  ${one.title}</li>`)}</ul>`;

export const Chart = ({ title, about, x, series, unit }) => {
  const [isTable, setIsTable] = useState(false);
  const name = useId();
  const shape = JSON.stringify([x.kind, x.kind === "name" && x.values, x.values.length === 1,
    series.map((one) => [one.title, one.isBar, one.isStep, one.isJoined, one.hasPoints])]);
  const columns = useMemo(() => [
    { name: "x", title: x.title, cell: (row) => (x.kind === "time" ? showInstant(row.x) : row.x) },
    ...series.map((one, at) => ({ name: at, title: unit ? `${one.title}, ${unit}` : one.title, isNumber: true })),
  ], [shape, unit]);
  const rows = x.values.map((value, row) => ({
    key: value, x: value, ...Object.fromEntries(series.map((one, at) => [at, one.values[row]])) }));
  return html`<figure class="chart" aria-labelledby=${name}>
    <figcaption><h3 id=${name}>${title}${unit && html` <small>${unit}</small>`}</h3>
      <span class="buttons">
        <button type="button" class="small" aria-pressed=${isTable} onClick=${() => setIsTable(!isTable)}>
          Table<span class="hidden"> of ${title}</span></button>
        <${Csv} title=${title} columns=${columns} rows=${rows} />
      </span></figcaption>
    ${isTable ? html`<${Table} title=${title} isTitleHidden columns=${columns} rows=${rows} />` : html`
      ${series.length > 1 && html`<${Legend} series=${series} />`}
      <${Plot} title=${title} about=${about} x=${x} series=${series} unit=${unit} shape=${shape} />`}
  </figure>`;
};
