// SPDX-License-Identifier: Apache-2.0
// Buy a package, plan, quota or licence, renew a plan or make it larger: its price first, as the tariff has it and as
// the account would pay it. Only what the product can have is asked for, and sent.
import { html } from "../lib/html.js";
import { send, useGet } from "../lib/api.js";
import { showDate } from "../lib/time.js";
import { pathOf } from "../lib/bills.js";
import { Act, Facts, Money, number, Table, Tick, useFields, When } from "../parts/index.js";
import { BillRows, WalletsBefore, walletsOf } from "./shared.js";

const PIECES = [number("quantity", "Pieces"), number("unit_price", "Price of one"), number("amount")];
const COUNTED = { qps: "Calls a second", concurrency: "Tasks at once" };
const WAYS = { "": "Something new", renews: "Renew, from its end on", upgrades: "Make larger, to its end", temporary: "Make larger for a while" };
const DOES = { renews: "Renews", upgrades: "Makes larger", temporary: "Makes larger for a while" };

/* Of what is said, what fits the product (unknown to who may not read tariffs) and the account's orders of it. */
const fit = (said, product, orders) => {
  const kind = product?.kind;
  const mine = orders.filter(({ tariff, sku, refunded }) => tariff === said.tariff && sku === said.sku && !refunded)
    .sort((one, other) => Date.parse(other.expires_at) - Date.parse(one.expires_at));
  const isPlan = kind === undefined || kind in COUNTED;
  const ways = Object.keys(WAYS).filter((way) => way === "" || (isPlan && mine.length > 0
    && (way === "renews" || kind === undefined || product.upgrade?.allowed)));
  const way = ways.includes(said.way) ? said.way : "";
  return { kind, mine, ways, way, isLarger: way === "upgrades" || way === "temporary",
    hasPeriods: kind !== "package" && way !== "upgrades",
    hasSales: kind === undefined || product.ceiling !== "0",
    follows: mine.some(({ order }) => order === said.follows) ? said.follows : mine[0]?.order };
};

/** The body of POST …/orders. */
const bodyOf = (said, { way, follows, hasPeriods, hasSales }) => {
  const { tariff, sku, quantity, id, effective_at, periods, until } = said;
  const texts = { tariff, sku, quantity, id, effective_at, periods: hasPeriods ? periods : "", until: way === "temporary" ? until : "",
    [way === "renews" ? way : "upgrades"]: way === "" ? "" : follows };
  return { ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")),
    ...(way === "temporary" ? { temporary: true } : {}), ...(hasSales && said.sales ? { sales: true } : {}) };
};

const Fields = ({ tariffs, products, field, set, sales, fits }) => {
  const { kind, mine, ways, way, isLarger } = fits;
  const choice = (rows, none) => [{ value: "", title: none }, ...rows];
  return html`
    ${field("tariff", "Tariff", { isRequired: true, onInput: (tariff) => set({ tariff, sku: "" }),
      options: tariffs && choice(tariffs.filter((tariff) => tariff.products > 0).map(({ name }) => name), "Choose a tariff") })}
    ${field("sku", "Product", { isRequired: true, options: products && choice(products.filter((one) => one.kind !== "grant").map((one) => ({
      value: one.sku, title: `${one.sku} (${one.published ? one.price ?? "by quantity" : "price not published"})` })), "Choose a product") })}
    ${ways.length > 1 && field("way", "What for", { options: ways.map((value) => ({ value, title: WAYS[value] })) })}
    ${way && field("follows", "Which order", { value: fits.follows, options: mine.map(({ order, quantity, expires_at }) => ({
      value: order, title: `${order}: ${quantity}, until ${expires_at ? showDate(expires_at) : "ever"}` })) })}
    ${field("quantity", COUNTED[kind] ?? "Pieces", { inputmode: "decimal", hint: isLarger && "What it has then, not what is added." })}
    ${fits.hasPeriods && field("periods", "Periods", { inputmode: "numeric", hint: "Days, months or years, as the product has it." })}
    ${way === "temporary" && field("until", "Until", { hint: "Empty: after its periods." })}
    ${field("effective_at", "Takes effect at", {
      hint: `Empty: ${way === "renews" ? "when the other one ends" : "at once"}. Else like 2026-04-01T00:00:00+08:00.` })}
    ${field("id", "Order number", { hint: "Empty: one is made up." })}
    ${fits.hasSales && html`<${Tick} label="Sold by a person, above the most of one purchase" value=${sales} onInput=${(is) => set({ sales: is })} />`}`;
};

const Shown = ({ answer: { quote, order, wallets, way, follows } }) => html`
  ${quote && html`<${Table} title="Its price" columns=${PIECES} rows=${quote.slices} />`}
  ${quote?.through_sales && html`<p class="state warning">Usually this is sold by a person: more than one order may have.</p>`}
  <${Facts} facts=${[
    ["Product", `${order.quantity} x ${order.sku} of ${order.tariff}`, "product"], [DOES[way], way === "" ? null : follows, "follows"],
    ["To pay", html`<${Money} amount=${order.amount} currency=${order.currency} />`, "amount"],
    ["From", html`<${When} at=${order.effective_at} />`, "from"], ["Until", html`<${When} at=${order.expires_at} />`, "until"],
  ]} />
  <${WalletsBefore} wallets=${wallets} />
  <p class="quiet">The order is billed at once, and paid from the wallet or owed, as the tariff settles it.</p>`;

const Result = ({ answer }) => html`
  <p>Order <code>${answer.order.order}</code> is placed: <${Money} amount=${answer.order.amount} currency=${answer.order.currency} />.</p>
  <${BillRows} bills=${answer.bills} />`;

const Form = ({ session, subject, onClose, onDone }) => {
  const canRead = session.roles.includes("read");
  const { said, field, set } = useFields({ tariff: "", sku: "", quantity: "1", periods: "1", effective_at: "", id: "", until: "" });
  const path = pathOf("accounts", subject.account, "orders");
  const tariffs = useGet(canRead ? "/v1/tariffs?limit=1000" : null).data?.items ?? [];
  const products = useGet(canRead && said.tariff ? `/v1/tariffs/${encodeURIComponent(said.tariff)}` : null).data?.products ?? [];
  const orders = useGet(`${path}?limit=1000`).data?.items ?? [];
  const fits = fit(said, products.find(({ sku }) => sku === said.sku), orders);
  const body = bodyOf(said, fits);
  const ask = async () => {
    const { tariff, sku, quantity, periods } = body;
    const quote = canRead && !fits.isLarger ? await send("POST", "/v1/quote", { tariff, sku, quantity, periods }) : null;
    const { order } = await send("POST", `${path}?dry_run=true`, body);
    return { quote, order, wallets: await walletsOf(subject.account), way: fits.way, follows: fits.follows };
  };
  return html`<${Act} title=${`Order for ${subject.account}`} verb="Order" isReady=${said.tariff !== "" && said.sku !== ""} ask=${ask}
    say=${(key) => send("POST", path, body, { key })} Shown=${Shown} Result=${Result} onClose=${onClose} onDone=${onDone}>
    <${Fields} tariffs=${canRead ? tariffs : undefined} products=${canRead ? products : undefined} field=${field} set=${set}
      sales=${said.sales} fits=${fits} />
  <//>`;
};

export default { of: "account", title: "Order", roles: ["billing"], Form };
