// SPDX-License-Identifier: Apache-2.0
// Versions: the sets of tariffs that held one after the other, and what each changed.
import { html } from "../../lib/html.js";
import { useGet, useList, withQuery } from "../../lib/api.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Field, Loading, Pager, ProblemNotice, Table, When } from "../../parts/index.js";
import { Diff, State } from "./parts.js";

const SETS = [
  { name: "set", title: "Set", text: (row) => row.set, cell: (row) => html`<a href=${linkTo(["tariffs", "sets", String(row.set)])}>Set ${row.set}</a>` },
  { name: "since", title: "Since", cell: (row) => (row.since ? html`<${When} at=${row.since} />` : "the book was made") },
  { name: "since_position", title: "Position", isNumber: true },
  { name: "holds", title: "Holds", text: (row) => (row.holds ? "now" : ""), cell: (row) => row.holds && html`<${State} isGood good="now" />` },
];

export const Sets = () => {
  const list = useList("/v1/tariffs/sets");
  return html`<${Table} title="Sets of tariffs, one after the other" hasCsv columns=${SETS}
    rows=${list.rows.map((row) => ({ ...row, key: row.set }))} /><${Pager} list=${list} what="sets" />`;
};

export const OneSet = ({ number, query }) => {
  const sets = useList("/v1/tariffs/sets");
  const { data, problem } = useGet(withQuery(`/v1/tariffs/sets/${encodeURIComponent(number)}/diff`, { from: query.from }));
  const others = sets.rows.map(({ set }) => String(set)).filter((set) => set !== number);
  return html`<h2>Set ${number}</h2>
    ${others.length > 0 && html`<form class="inline" onSubmit=${(event) => event.preventDefault()}>
      <${Field} label="Compared with" value=${query.from ?? ""} onInput=${(from) => goTo(linkTo(["tariffs", "sets", number], { from }))}
        options=${[{ value: "", title: "the one before it" }, ...others.map((set) => ({ value: set, title: `set ${set}` }))]} /></form>`}
    ${problem ? html`<${ProblemNotice} problem=${problem} />` : !data ? html`<${Loading} what="the differences" />` : html`
      <${Diff} tariffs=${data.tariffs} empty="The prices and rules of both are the same." />
      <p>Its tariffs as they were written: ${data.tariffs.filter(({ change }) => change !== "removed").map(({ tariff }) => html`
        <a href=${linkTo(["tariffs", "of", tariff, "source"], { set: number })}>${tariff}</a> `)}</p>`}`;
};
