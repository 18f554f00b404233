// SPDX-License-Identifier: Apache-2.0
// Versions: the sets of tariffs that held one after the other, and what each changed.
import { html } from "../../lib/html.js";
import { useGet, useList, withQuery } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { Asked, Field, instant, List, number } from "../../parts/index.js";
import { Diff, State } from "./parts.js";

const SETS = [
  { name: "set", cell: ({ set }) => html`<a href=${linkTo(["tariffs", "sets", String(set)])}>Set ${set}</a>` },
  instant("since", "Since", "the book was made"), number("since_position", "Position"),
  { name: "holds", text: (row) => (row.holds ? "now" : ""), cell: (row, holds) => holds && html`<${State} isGood good="now" />` },
];

export const Sets = () => html`<${List} list=${useList("/v1/tariffs/sets")} what="sets" title="Sets of tariffs, one after the other" hasCsv
  columns=${SETS} />`;

export const OneSet = ({ number: set, query: { from } }) => {
  const sets = useList("/v1/tariffs/sets");
  const answer = useGet(withQuery(`${pathOf("tariffs", "sets", set)}/diff`, { from }));
  const others = sets.rows.map((row) => String(row.set)).filter((other) => other !== set);
  return html`<h2>Set ${set}</h2>
    ${others.length > 0 && html`<form class="inline" onSubmit=${(event) => event.preventDefault()}>
      <${Field} label="Compared with" value=${from ?? ""} onInput=${(to) => goTo(linkTo(["tariffs", "sets", set], { from: to }))}
        options=${[{ value: "", title: "the one before it" }, ...others.map((value) => ({ value, title: `set ${value}` }))]} /></form>`}
    <${Asked} answer=${answer} what="the differences">${({ tariffs }) => html`
      <${Diff} tariffs=${tariffs} empty="The prices and rules of both are the same." />
      <p>Its tariffs as they were written: ${tariffs.filter(({ change }) => change !== "removed").map(({ tariff }) => html`
        <a href=${linkTo(["tariffs", "of", tariff, "source"], { set })}>${tariff}</a> `)}</p>`}<//>`;
};
