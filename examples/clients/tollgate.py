#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client of the Tollgate daemon that needs nothing but Python 3.8. Copy what you need.

    export TOLLGATE_URL=http://127.0.0.1:8080 TOLLGATE_KEY_FILE=/etc/my-service/tollgate-key
    tollgate.py send < events.ndjson                  usage events, one a line
    tollgate.py admit acct-42 viapi.RecognizeLicensePlate '{"lease_seconds": 60}'
    tollgate.py settle LEASE < event.json             what was admitted has run
    tollgate.py release LEASE                         or it has not
    tollgate.py bill viapi-12
    tollgate.py verify SECRET-FILE ID TIMESTAMP SIGNATURES < body

Exit status 0: done, allowed, genuine. 1: some events were not taken, denied, not genuine. 2: anything else.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

BATCH = 1000  # events in a request; the daemon takes 10,000 or 8 MiB
TRIES = 6


class Problem(Exception):
    """The daemon said no: status, and the problem (RFC 9457) as a dictionary."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")
        self.status, self.problem = status, problem


class Tollgate:
    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key

    def request(self, method, path, body=None, media_type="application/json"):
        """The answer's object. Everything here does the same when it comes twice, so that it is tried again when the
        daemon is busy or cannot be reached."""
        headers = {"Authorization": "Bearer " + self.key}
        if body is not None:
            headers["Content-Type"] = media_type
        for number in range(TRIES):
            wait = random.uniform(0.5, 1) * 2 ** number / 4
            request = urllib.request.Request(self.url + path, body, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem = json.loads(error.read() or b"{}")
                if error.code != 503 or number == TRIES - 1:
                    raise Problem(error.code, problem) from None
                wait = max(wait, float(error.headers.get("Retry-After", 0)))
            except urllib.error.URLError:
                if number == TRIES - 1:
                    raise
            time.sleep(wait)

    def send(self, events):
        """Hand in usage events. Those that are not in what is returned are durable and rated; each that is returned
        says why it is not. What came before counts once: after any failure, send the same again."""
        wrong = []
        for start in range(0, len(events), BATCH):
            batch = events[start:start + BATCH]
            answer = self.request("POST", "/v1/events", json.dumps(batch).encode(),
                                  "application/cloudevents-batch+json")
            wrong += [{**item, "event": batch[item["index"]]} for item in answer["items"]
                      if item["outcome"] != "duplicate"]
        return wrong

    def admit(self, account, operation, **more):
        """May this start now? more: calls, lease_seconds, hold, dry_run. The answer has decision, reason and, where one
        was asked for, a lease, which settle or release ends."""
        body = json.dumps({"account": account, "type": operation, **more}).encode()
        try:
            return self.request("POST", "/v1/admit", body)
        except Problem as problem:
            if problem.problem.get("decision") == "deny":
                return problem.problem
            raise

    def settle(self, lease, event):
        """It has run: event is its usage; of a hold, {"data": {…}} is enough."""
        return self.request("POST", f"/v1/admit/{lease}/settle", json.dumps(event).encode())

    def release(self, lease):
        """It has not run."""
        return self.request("POST", f"/v1/admit/{lease}/release")

    def bill(self, number):
        return self.request("GET", "/v1/bills/" + urllib.parse.quote(number, safe=""))


def verify(secret, headers, body, now=None, tolerance=300):
    """Whether a webhook is genuine (Standard Webhooks, v1). body: the exact bytes. secret: "whsec_…"."""
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    now = time.time() if now is None else now
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > tolerance:
        return False
    key = base64.b64decode(secret.partition("_")[2])
    digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    want = b"v1," + base64.b64encode(digest)
    return any(hmac.compare_digest(want, one.encode()) for one in headers["webhook-signature"].split(" "))


def main(verb, *words):
    if verb == "verify":
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        with open(words[0], encoding="ascii") as file:
            return 0 if verify(file.read().strip(), dict(zip(names, words[1:])), sys.stdin.buffer.read()) else 1
    with open(os.environ["TOLLGATE_KEY_FILE"], encoding="ascii") as file:
        client = Tollgate(os.environ["TOLLGATE_URL"], file.read().strip())
    if verb == "send":
        answer = client.send([json.loads(line) for line in sys.stdin if line.strip()])
        is_well = not answer
    elif verb == "admit":
        answer = client.admit(*words[:2], **json.loads(words[2] if len(words) > 2 else "{}"))
        is_well = answer["decision"] == "allow"
    elif verb == "settle":
        answer, is_well = client.settle(words[0], json.load(sys.stdin)), True
    else:
        answer, is_well = {"release": client.release, "bill": client.bill}[verb](*words), True
    print(json.dumps(answer))
    return 0 if is_well else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (Problem, OSError, KeyError, TypeError, ValueError) as error:
        print(f"tollgate.py: {error}", file=sys.stderr)
        sys.exit(2)
