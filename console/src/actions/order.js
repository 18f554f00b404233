// SPDX-License-Identifier: Apache-2.0
// Buy a package, plan, quota or licence: its price first, as the tariff has it and as the account would pay it.
import { html, useState } from "../lib/html.js";
import { send, useGet } from "../lib/api.js";
import { Act, Facts, Field, Money, Table, When } from "../parts/index.js";
import { BillRows, pathOf, WalletsBefore, walletsOf } from "./shared.js";

const NEED_PERIODS = ["qps", "concurrency"];
const PIECES = [
  { name: "quantity", title: "Pieces", isNumber: true }, { name: "unit_price", title: "Price of one", isNumber: true },
  { name: "amount", title: "Amount", isNumber: true },
];

const Fields = ({ canRead, said, set }) => {
  const tariffs = useGet(canRead ? "/v1/tariffs?limit=1000" : null).data?.items ?? [];
  const products = useGet(canRead && said.tariff ? `/v1/tariffs/${encodeURIComponent(said.tariff)}` : null).data?.products ?? [];
  const sellable = tariffs.filter((tariff) => tariff.products > 0);
  const kind = products.find((product) => product.sku === said.sku)?.kind;
  const choice = (rows, none) => [{ value: "", title: none }, ...rows];
  return html`
    <${Field} label="Tariff" value=${said.tariff} isRequired onInput=${(tariff) => set({ ...said, tariff, sku: "" })}
      options=${canRead ? choice(sellable.map(({ name }) => ({ value: name, title: name })), "Choose a tariff") : undefined} />
    <${Field} label="Product" value=${said.sku} isRequired onInput=${(sku) => set({ ...said, sku })}
      options=${canRead ? choice(products.map((one) => ({ value: one.sku,
        title: `${one.sku} (${one.published ? one.price ?? "by quantity" : "price not published"})` })), "Choose a product") : undefined} />
    <${Field} label="Pieces" value=${said.quantity} inputmode="decimal" onInput=${(quantity) => set({ ...said, quantity })} />
    ${(!canRead || NEED_PERIODS.includes(kind)) && html`<${Field} label="Periods" value=${said.periods} inputmode="numeric"
      hint="Days or months, as the plan has it." onInput=${(periods) => set({ ...said, periods })} />`}
    <${Field} label="Takes effect at" value=${said.effective_at} hint="Empty: at once. Else like 2026-04-01T00:00:00+08:00."
      onInput=${(effective_at) => set({ ...said, effective_at })} />`;
};

const Shown = ({ answer: { quote, order, wallets } }) => html`
  ${quote && html`<${Table} title="Its price" columns=${PIECES} rows=${quote.slices.map((row, key) => ({ ...row, key }))} />`}
  ${quote?.through_sales && html`<p class="state warning">Usually this is sold by a person: more than one order may have.</p>`}
  <${Facts} facts=${[
    ["Product", `${order.quantity} x ${order.sku} of ${order.tariff}`, "product"],
    ["To pay", html`<${Money} amount=${order.amount} currency=${order.currency} />`, "amount"],
    ["From", html`<${When} at=${order.effective_at} />`], ["Until", html`<${When} at=${order.expires_at} />`],
  ]} />
  <${WalletsBefore} wallets=${wallets} />
  <p class="quiet">The order is billed at once, and paid from the wallet or owed, as the tariff settles it.</p>`;

const Result = ({ answer }) => html`
  <p>Order <code>${answer.order.order}</code> is placed: <${Money} amount=${answer.order.amount} currency=${answer.order.currency} />.</p>
  <${BillRows} bills=${answer.bills} />`;

const Form = ({ session, subject, onClose, onDone }) => {
  const canRead = session.roles.includes("read");
  const [said, setSaid] = useState({ tariff: "", sku: "", quantity: "1", periods: "1", effective_at: "" });
  const body = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ""));
  const path = `${pathOf(subject.account)}/orders`;
  const ask = async () => {
    const { effective_at, ...asked } = body;
    const quote = canRead ? await send("POST", "/v1/quote", asked) : null;
    const { order } = await send("POST", `${path}?dry_run=true`, body);
    return { quote, order, wallets: await walletsOf(subject.account) };
  };
  return html`<${Act} title=${`Order for ${subject.account}`} verb="Order" isReady=${said.tariff !== "" && said.sku !== ""} ask=${ask}
    say=${(key) => send("POST", path, body, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
    <${Fields} canRead=${canRead} said=${said} set=${setSaid} />
  <//>`;
};

export default { of: "account", title: "Order", roles: ["billing"], Form };
