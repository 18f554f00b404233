#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/* A client of the Tollgate daemon that needs nothing but Node 18. Copy what you need.

    export TOLLGATE_URL=http://127.0.0.1:8080 TOLLGATE_KEY_FILE=/etc/my-service/tollgate-key
    tollgate.mjs send < events.ndjson                  usage events, one a line
    tollgate.mjs admit acct-42 viapi.RecognizeLicensePlate '{"lease_seconds": 60}'
    tollgate.mjs settle LEASE < event.json             what was admitted has run
    tollgate.mjs release LEASE                         or it has not
    tollgate.mjs bill viapi-12
    tollgate.mjs verify SECRET-FILE ID TIMESTAMP SIGNATURES < body

   Exit status 0: done, allowed, genuine. 1: some events were not taken, denied, not genuine. 2: anything else. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const BATCH = 1000; // events in a request; the daemon takes 10,000 or 8 MiB
const TRIES = 6;
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/* The daemon said no: status, and the problem (RFC 9457) as an object. */
export class Problem extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? ""}`);
    Object.assign(this, { status, problem });
  }
}

export class Tollgate {
  constructor(url, key) {
    Object.assign(this, { url: url.replace(/\/+$/, ""), key });
  }

  /* The answer's object. Everything here does the same when it comes twice, so that it is tried again when the daemon
     is busy or cannot be reached. */
  async request(method, path, body, mediaType = "application/json") {
    const headers = { authorization: `Bearer ${this.key}` };
    if (body !== undefined) headers["content-type"] = mediaType;
    for (let number = 0; ; number++) {
      let wait = ((0.5 + Math.random() / 2) * 2 ** number) / 4;
      try {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const answer = await fetch(this.url + path, { method, headers, body: text, signal: AbortSignal.timeout(30000) });
        const object = await answer.json();
        if (answer.ok) return object;
        if (answer.status !== 503 || number === TRIES - 1) throw new Problem(answer.status, object);
        wait = Math.max(wait, Number(answer.headers.get("retry-after") ?? 0));
      } catch (error) {
        if (error instanceof Problem || number === TRIES - 1) throw error;
      }
      await sleep(wait);
    }
  }

  /* Hand in usage events. Those that are not in what is returned are durable and rated; each that is returned says why
     it is not. What came before counts once: after any failure, send the same again. */
  async send(events) {
    const wrong = [];
    for (let start = 0; start < events.length; start += BATCH) {
      const batch = events.slice(start, start + BATCH);
      const answer = await this.request("POST", "/v1/events", batch, "application/cloudevents-batch+json");
      for (const item of answer.items)
        if (item.outcome !== "duplicate") wrong.push({ ...item, event: batch[item.index] });
    }
    return wrong;
  }

  /* May this start now? more: calls, lease_seconds, hold, dry_run. The answer has decision, reason and, where one was
     asked for, a lease, which settle or release ends. */
  async admit(account, operation, more = {}) {
    try {
      return await this.request("POST", "/v1/admit", { account, type: operation, ...more });
    } catch (error) {
      if (error.problem?.decision === "deny") return error.problem;
      throw error;
    }
  }

  /* It has run: event is its usage; of a hold, {"data": {…}} is enough. */
  settle(lease, event) {
    return this.request("POST", `/v1/admit/${lease}/settle`, event);
  }

  /* It has not run. */
  release(lease) {
    return this.request("POST", `/v1/admit/${lease}/release`);
  }

  bill(number) {
    return this.request("GET", `/v1/bills/${encodeURIComponent(number)}`);
  }
}

/* Whether a webhook is genuine (Standard Webhooks, v1). headers: with names in lower case; body: the exact bytes;
   secret: "whsec_…". */
export function verify(secret, headers, body, now = Date.now() / 1000, tolerance = 300) {
  const id = headers["webhook-id"], stamp = headers["webhook-timestamp"];
  if (!/^[0-9]+$/.test(stamp) || Math.abs(now - Number(stamp)) > tolerance) return false;
  const key = Buffer.from(secret.slice(secret.indexOf("_") + 1), "base64");
  const want = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest("base64"));
  return headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === want.length && timingSafeEqual(given, want);
  });
}

async function main(verb, ...words) {
  const input = () => readFileSync(0);
  if (verb === "verify") {
    const [file, id, stamp, signature] = words;
    const headers = { "webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature };
    return verify(readFileSync(file, "ascii").trim(), headers, input()) ? 0 : 1;
  }
  const client = new Tollgate(process.env.TOLLGATE_URL, readFileSync(process.env.TOLLGATE_KEY_FILE, "ascii").trim());
  const verbs = {
    send: () => client.send(input().toString().split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line))),
    admit: () => client.admit(words[0], words[1], JSON.parse(words[2] ?? "{}")),
    settle: () => client.settle(words[0], JSON.parse(input())),
    release: () => client.release(words[0]),
    bill: () => client.bill(words[0]),
  };
  const answer = await verbs[verb]();
  console.log(JSON.stringify(answer));
  return (verb === "send" && answer.length > 0) || answer.decision === "deny" ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(...process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error) => {
      console.error(`tollgate.mjs: ${error.message}`);
      process.exitCode = 2;
    },
  );
}
