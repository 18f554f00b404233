// SPDX-License-Identifier: Apache-2.0
// Drafts: files that will lie over those that hold. They are written here, checked, compared, tried, and activated.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { get, getText, send, useGet, useList } from "../../lib/api.js";
import { pathOf } from "../../lib/bills.js";
import { goTo, linkTo } from "../../lib/route.js";
import { may } from "../../lib/session.js";
import { useWork } from "../../lib/work.js";
import { Actions, Asked, Confirm, Field, Form, instant, link, List, Notice, ProblemNotice, said, useFields, When } from "../../parts/index.js";
import { sourceOf } from "./one.js";
import { CheckShort, Diff, Differences, Examples, Mistakes, Unpriced } from "./parts.js";

const draftLink = (name) => linkTo(["tariffs", "drafts", name]);
const draftPath = (name) => pathOf("tariffs", "drafts", name);

const DRAFTS = [
  link("draft", "Draft", ({ draft }) => draftLink(draft)), said("files", "Files", ({ files }) => files.map(({ name }) => name).join(", ")),
  { name: "by", title: "Written by" }, instant("at"),
];

/* A copy of a tariff that holds, or a file with nothing in it yet. */
const NewDraft = ({ tariffs }) => {
  const { said: { name, of }, field } = useFields({ name: "", of: "" });
  const work = useWork();
  const create = () => work.run(async () => {
    const row = tariffs.find((one) => one.name === of);
    const text = row ? await getText(sourceOf(of), "application/yaml") : "tariff: new\n";
    await send("PUT", draftPath(name), { files: { [row?.file ?? `${name}.yaml`]: text } });
    goTo(draftLink(name));
  });
  return html`<${Form} verb="Write a draft" onSubmit=${create}>
      ${field("name", "Name of a new draft", { isRequired: true })}
      ${field("of", "That changes", { options: [{ value: "", title: "nothing: a new tariff" }, ...tariffs.map((one) => one.name)] })}<//>
    <${ProblemNotice} problem=${work.problem} />`;
};

export const Drafts = ({ session }) => {
  const list = useList("/v1/tariffs/drafts");
  const isPricing = may(session, "pricing");
  const tariffs = useGet(isPricing ? "/v1/tariffs?limit=1000" : null).data?.items ?? [];
  return html`${isPricing && html`<${NewDraft} tariffs=${tariffs} />`}
    <${List} list=${list} what="drafts" title="Drafts" columns=${DRAFTS} empty="There is no draft." />`;
};

/* Plain text with the numbers of its lines beside it. */
const Editor = ({ label, text, onInput, place, isReadOnly }) => {
  const area = useRef(null);
  const numbers = useRef(null);
  const lines = text.split("\n").length;
  useEffect(() => {
    if (place === null || area.current === null) return;
    const start = text.split("\n").slice(0, place.line - 1).join("\n").length + (place.line > 1 ? 1 : 0);
    area.current.focus();
    area.current.setSelectionRange(start + place.column - 1, start + (text.slice(start).split("\n", 1)[0].length));
    area.current.scrollTop = Math.max(0, (place.line - 4) * (area.current.scrollHeight / lines));
  }, [place]);
  return html`<div class="editor">
    <pre ref=${numbers} aria-hidden="true">${Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join("")}</pre>
    <textarea ref=${area} aria-label=${label} spellcheck="false" wrap="off" rows="24" value=${text} readonly=${isReadOnly}
      onScroll=${(event) => { numbers.current.scrollTop = event.target.scrollTop; }} onInput=${(event) => onInput(event.target.value)}></textarea>
  </div>`;
};

const ask = (path, part) => get(`${path}/${part}`).then((data) => ({ data }), (problem) => ({ problem }));
const Part = ({ title, answer = {}, children }) => html`<section data-part=${title}><h3>${title}</h3>
  <${Asked} answer=${answer} what=${title.toLowerCase()}>${children}<//></section>`;

/* Check, difference, preview, one after the other; the preview rates everything again, and so it is asked for. */
const Trials = ({ path, digest, onPlace }) => {
  const [answers, setAnswers] = useState({});
  useEffect(() => {
    let isOver = false;
    const keep = (part) => (answer) => isOver || setAnswers((before) => ({ ...before, [part]: answer }));
    setAnswers({});
    ask(path, "check").then((answer) => {
      keep("check")(answer);
      if (answer.data?.mistakes === 0) ask(path, "diff").then(keep("diff"));
    });
    return () => { isOver = true; };
  }, [path, digest]);
  const check = answers.check?.data;
  const preview = async () => {
    setAnswers({ ...answers, isRating: true });
    const answer = await ask(path, "preview");
    setAnswers((before) => ({ ...before, preview: answer, isRating: false }));
  };
  return html`<${Part} title="Check" answer=${answers.check}>${() => html`
      <${CheckShort} check=${check} /><${Mistakes} check=${check} onPlace=${onPlace} />
      ${check.failed_examples.length > 0 && html`<${Examples} title="Examples that fail" examples=${check.failed_examples} />`}`}<//>
    ${check?.mistakes === 0 && html`
      <${Part} title="What it changes" answer=${answers.diff}>${(data) => html`<${Diff} tariffs=${data.tariffs} empty="Nothing." />`}<//>
      ${answers.preview || answers.isRating ? html`<${Part} title="What that does to bills" answer=${answers.preview}>${(data) => html`
          <${Unpriced} preview=${data} /><${Differences} preview=${data} />`}<//>`
        : html`<p><button type="button" onClick=${preview}>Preview what that does to bills</button></p>`}`}`;
};

const Editing = ({ data, path, name, session, refresh }) => {
  const work = useWork();
  const [edit, setEdit] = useState({ file: null, texts: {} });
  const [place, setPlace] = useState(null);
  const [isRemoving, setIsRemoving] = useState(false);
  const [done, setDone] = useState(null);
  const isPricing = may(session, "pricing");
  const files = data.files.filter((file) => file.text !== null);
  const file = files.find((one) => one.name === edit.file) ?? files[0];
  const textOf = (one) => edit.texts[one.name] ?? one.text;
  const isChanged = files.some((one) => textOf(one) !== one.text);
  const save = () => work.run(async () => {
    await send("PUT", path, { files: Object.fromEntries(data.files.map((one) => [one.name, one.text === null ? null : textOf(one)])) });
    setEdit({ file: edit.file, texts: {} });
    setDone(null);
    refresh();
  });
  const onPlace = (row) => {
    if (!files.some((one) => one.name === row.file)) return;
    setEdit({ ...edit, file: row.file });
    setPlace({ ...row });
  };
  return html`<h2>Draft ${name}</h2>
    <p class="quiet">Written by ${data.by}, <${When} at=${data.at} />. Digest <code>${data.digest.slice(0, 16)}…</code></p>
    ${done && html`<${Notice} kind="good">${done.approval ? html`Proposed as <a href=${linkTo(["approvals", done.approval.id])}>${done.approval.id}</a>:
      another person has to approve it.` : `Set ${done.set} of the tariffs holds.`}<//>`}
    ${files.length > 1 && html`<${Field} label="File" value=${file.name} onInput=${(to) => setEdit({ ...edit, file: to })}
      options=${files.map((one) => one.name)} />`}
    ${file && html`<${Editor} label=${`${file.name} of the draft`} text=${textOf(file)} place=${place} isReadOnly=${!isPricing}
      onInput=${(text) => setEdit({ ...edit, texts: { ...edit.texts, [file.name]: text } })} />`}
    <${ProblemNotice} problem=${work.problem} />
    <p class="buttons">
      ${isPricing && html`<button type="button" class="danger" onClick=${() => setIsRemoving(true)}>Remove</button>
        <button type="button" class="main" aria-disabled=${!isChanged || work.isBusy} onClick=${() => isChanged && save()}>Save and check</button>`}
    </p>
    ${isChanged ? html`<p class="quiet" role="status">Not saved: what follows is of what was saved.</p>`
      : html`<${Actions} of="draft" session=${session} subject=${data} onDone=${setDone} />`}
    <${Trials} path=${path} digest=${data.digest} onPlace=${onPlace} />
    ${isRemoving && html`<${Confirm} title=${`Remove the draft ${name}`} verb="Remove" isDanger onClose=${() => setIsRemoving(false)}
      onConfirm=${(key) => send("DELETE", path, undefined, { key })} onDone=${() => goTo(linkTo(["tariffs", "drafts"]))}>
      <p>Its text is gone then. What holds does not change.</p><//>`}`;
};

export const OneDraft = ({ name, session }) => {
  const path = draftPath(name);
  const answer = useGet(path);
  return html`<${Asked} answer=${answer} what="the draft">${(data) => html`
    <${Editing} data=${data} path=${path} name=${name} session=${session} refresh=${answer.refresh} />`}<//>`;
};
