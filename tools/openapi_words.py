# SPDX-License-Identifier: Apache-2.0
"""What the OpenAPI document says of bodies and answers: one entry for each operation, by its name in the table of
routes. Objects may get more members later, so that none forbids others in answers; bodies do."""

ANYTHING = {"type": "object"}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def text(about=None, **more):
    return {"type": "string", **({"description": about} if about else {}), **more}


def maybe(schema):
    return {"oneOf": [schema, {"type": "null"}]}


def many(schema, **more):
    return {"type": "array", "items": schema, **more}


def a_map(schema, about=None):
    return {"type": "object", "additionalProperties": schema, **({"description": about} if about else {})}


def shown(**members):
    """An object of an answer: all of these are there."""
    return {"type": "object", "required": list(members), "properties": members}


def with_option(schema, **members):
    """Members that are there only when they were asked for."""
    return {**schema, "properties": {**schema["properties"], **members}}


def said(needed, **members):
    """The object of a body: these and no others."""
    made = {"type": "object", "properties": members, "additionalProperties": False}
    return {**made, "required": needed} if needed else made


def page(schema):
    return shown(items=many(schema), next=maybe(text("Give it as `cursor` to get what follows.")))


def json_body(schema, example):
    return {"application/json": (schema, example)}


EXPLAIN = ({"enum": ["false", "true"]}, "With the steps of every line.")
DECIMAL = ref("Decimal")
INSTANT = ref("Instant")
COUNT = {"type": "integer", "minimum": 0}
FLAG = {"type": "boolean"}
NUMBER = {"description": "A decimal as text, or a JSON number: it is read as it is written.",
          "oneOf": [DECIMAL, {"type": "number"}]}
ID = text("The command's own name; made up when it is not given. An order, a hold is called by it from then on.",
          minLength=1, maxLength=255)
SESSION = shown(session=maybe(shown(
    tenant=text(), actor=text("The key's id."), roles=many(text()), account=maybe(text("A customer's only one.")),
    started_at=INSTANT, ends_at=INSTANT, idle_seconds=COUNT)))
SWITCHES = a_map({"oneOf": [FLAG, {"enum": ["on", "off"]}]}, "By tariff.")
CLOSING = {"count": COUNT, "bills": many(ref("BillHead")), "sums": many(shown(
    tariff=text(), kind={"enum": ["orders", "usage", "settlement"]}, currency=text(), count=COUNT, total=DECIMAL))}
AMOUNTS = a_map(NUMBER, "By currency, a code of ISO 4217.")

PLAN_WORDS = {"tasks": NUMBER, "calls": NUMBER, "most": NUMBER, "sensitivity": FLAG, "curve": FLAG}

SCHEMAS = {
    "Decimal": text("An exact decimal, never a binary number.", pattern=r"^-?[0-9]+(\.[0-9]{1,12})?$",
                    examples=["0.0007783017", "25"]),
    "Instant": text("RFC 3339 with its offset.", format="date-time", examples=["2026-02-15T08:50:00+08:00"]),
    "Problem": {**shown(type=text(), title=text(), status={"type": "integer", "minimum": 400, "maximum": 599},
                        code=text("Stable: for programs.", pattern="^[a-z0-9-]+$"),
                        detail=text("What is wrong, and the remedy: for people."),
                        instance=text("The request's id, as in the daemon's log.")),
                "description": "RFC 9457."},
    "Reply": shown(command=text(), source=text(), id=text(), account=maybe(text()), time=INSTANT,
                   outcome={"enum": ["accepted"]}),
    "BillHead": shown(number=text(), account=text(), tariff=text(), kind={"enum": ["orders", "usage", "settlement"]},
                      currency=text(), cycle=ref("Cycle"), total=DECIMAL),
    "Cycle": shown(start=maybe(INSTANT), end=maybe(INSTANT)),
    "Order": shown(order=text(), tariff=text(), sku=text(), quantity=DECIMAL, periods=COUNT, currency=text(),
                   amount=DECIMAL, effective_at=maybe(INSTANT), expires_at=maybe(INSTANT), refunded=FLAG),
    "Account": shown(account=text(),
                     contracts=many(shown(contract=text(), tariff=text(), use=text(), **{"from": INSTANT})),
                     attributes=a_map(text()), tariffs=many(ANYTHING), balances=many(ANYTHING), wallets=many(ANYTHING),
                     holds=COUNT, unpriced=COUNT, unfunded=COUNT),
    "Wallet": shown(account=text(), currency=text(), balance=DECIMAL, credit=DECIMAL, frozen=DECIMAL, available=DECIMAL,
                    low=maybe(DECIMAL), overdue_since=maybe(INSTANT), suspended=many(ANYTHING)),
    "Limit": shown(tariff=text(), kind={"enum": ["qps", "concurrency"]}, family=text(), items=many(text()), limit=COUNT,
                   taken=COUNT, remaining=COUNT, default=maybe(DECIMAL),
                   orders=many(shown(order=text(), sku=text(), pieces=DECIMAL, expires_at=INSTANT))),
    "Hold": shown(account=text(), hold=text(), tariff=text(), operation=text(), held_at=INSTANT, expires_at=INSTANT,
                  reserves=many(shown(kind={"enum": ["units", "free-quota", "slot"]}))),
    "Key": shown(id=text(), name=text(), roles=many(text()), account=maybe(text()), networks=many(text()),
                 created_at=INSTANT, created_by=text(), expires_at=maybe(INSTANT), rotating_until=maybe(INSTANT),
                 revoked_at=maybe(INSTANT), last_used_at=maybe(INSTANT),
                 state={"enum": ["active", "rotating", "revoked", "expired"]}),
    "KeySecret": shown(secret=text("Shown this once."), key=ref("Key")),
    "Approval": shown(id=text(), action=text(), object=text(), summary=text(), by=text(), state=text()),
    "Rule": shown(mode={"enum": ["auto", "on", "off"]}, refund_limit=DECIMAL, in_force=FLAG),
    "AuditLine": shown(seq=COUNT, action=text(), actor=text(), result=text()),
    "Webhook": shown(id=text(), url=text(), description=maybe(text()), types=many(text()), accounts=many(text()),
                     state={"enum": ["enabled", "disabled", "gone", "failing"]}, created_at=INSTANT, changed_at=INSTANT,
                     keys=many(shown(scheme={"enum": ["v1", "v1a"]}, public_key=maybe(text()), until=maybe(INSTANT))),
                     waiting=COUNT, failures=COUNT, delivered_at=maybe(INSTANT)),
    "Delivery": shown(number=COUNT, id=text("The webhook-id: the same for every attempt and every replay."),
                      type=text(), account=maybe(text()), state={"enum": ["waiting", "delivered", "failed"]},
                      is_replay=FLAG, created_at=INSTANT, next_at=maybe(INSTANT),
                      attempts=many(shown(at=INSTANT, status=COUNT, milliseconds=COUNT, error=maybe(text())))),
    "Draft": shown(draft=text(), by=text(), at=INSTANT, digest=text(pattern="^[0-9a-f]{64}$"),
                   files=many(shown(name=text()))),
    "Diagnostic": shown(severity={"enum": ["error", "warning", "note"]}, file=maybe(text()), line=COUNT, column=COUNT,
                        text=text(), hint=maybe(text())),
    "Alternative": shown(kind={"enum": ["payg", "package", "qps", "concurrency"]}, sku=maybe(text()), item=text(),
                         published=FLAG, unit_price=maybe(DECIMAL), unit=text(), quantity=DECIMAL,
                         needed=maybe(DECIMAL), total=maybe(DECIMAL), covers=maybe(DECIMAL), break_even=maybe(DECIMAL),
                         period=maybe(text())),
    "WorkQuote": shown(account=maybe(shown(account=text(), outcome=text(), reason=maybe(text()), tariff=text(),
                                           currency=text(), before=DECIMAL, after=DECIMAL, difference=maybe(DECIMAL),
                                           charges=many(shown(item=text(), cell=maybe(text()), paid_by=text(),
                                                              quantity=DECIMAL, unit=text())))),
                       tariff=text(), operation=text(), at=INSTANT, bills=many(ANYTHING), unpriced=many(text()),
                       rejected=many(text()), steps=many(ANYTHING), alternatives=many(ref("Alternative"))),
    "Purchase": shown(sku=text(), quantity=DECIMAL, periods=COUNT, effective_at=INSTANT),
    "Mix": many(shown(sku=text(), quantity=DECIMAL, periods=COUNT, times=COUNT)),
    "Bought": shown(cost=DECIMAL, of_purchases=DECIMAL, of_payg=DECIMAL, billed=DECIMAL, unpaid_events=COUNT,
                    concurrent=FLAG, purchases=many(ref("Purchase"))),
    "BreakEven": {
        **shown(item=text(), cell=maybe(text()), unit=text(), sku=text(),
                kind={"enum": ["package", "qps", "concurrency"]}, quantity=DECIMAL, period=maybe(text()), price=DECIMAL,
                covers=maybe(DECIMAL), volume=maybe(DECIMAL), at=maybe(shown(**{"payg": DECIMAL, "with": DECIMAL})),
                below=maybe(shown(**{"payg": DECIMAL, "with": DECIMAL})), why=maybe(text())),
        "description": "`volume` is the least whole number of units of the item, in one cycle, for which one order "
                       "costs no more than pay-as-you-go alone; `at` and `below` are the costs there and for one "
                       "unit less. Null: there is none, and `why`."},
    "Curve": shown(whole=FLAG, points=many({
        **shown(volume=DECIMAL, cost=DECIMAL, of_purchases=DECIMAL, payg=maybe(DECIMAL), unpaid_events=COUNT,
                changes=FLAG, mix=ref("Mix")),
        "description": "`changes`: for one call less another mix is the cheapest."})),
    "Plan": shown(tariff=text(), account=maybe(text()), currency=text(), **{"from": INSTANT}, until=INSTANT,
                  space=text("What was searched, a sentence a line."), events=COUNT,
                  plans=many(shown(percent=COUNT, best=ref("Bought"), payg=ref("Bought"), saving=DECIMAL, proof=shown(
                      proved=FLAG, bound=DECIMAL, rated=COUNT, ruled_out=COUNT))),
                  break_even=many(ref("BreakEven")), curve=maybe(ref("Curve"))),
    "Forecast": shown(
        account=text(), at=INSTANT,
        method={**shown(profile={"enum": ["weekday", "mean", "none"]}, days=COUNT, level=maybe(COUNT), draws=COUNT),
                "description": "`days` of usage were gone by; the interval holds `level` percent of the draws."},
        notes=many(text("How it was made, and what is too little to be said.")),
        bills=many(shown(tariff=text(), currency=text(), period=shown(start=INSTANT, end=INSTANT), so_far=DECIMAL,
                         expected=maybe(DECIMAL), low=maybe(DECIMAL), high=maybe(DECIMAL))),
        packages=many({
            **shown(order=text(), sku=text(), tariff=text(), unit=text(), bought=DECIMAL, remaining=DECIMAL,
                    expires_at=INSTANT, used_up_at=maybe(INSTANT), early=maybe(INSTANT), late=maybe(INSTANT),
                    left=DECIMAL, burn=many(shown(at=INSTANT, remaining=DECIMAL))),
            "description": "Null: not within 92 days, or not before it expires; then `left` is what remains."}),
        usage=many(shown(tariff=text(), item=text(), cell=maybe(text()), unit=text(), day_mean=maybe(DECIMAL),
                         so_far=DECIMAL, rest=maybe(DECIMAL)))),
    "AccountRow": shown(account=text(), activated=COUNT, orders=COUNT, unpriced=COUNT, unfunded=COUNT),
    "Balance": shown(account=text(), tariff=text(), order=text(), sku=text(), unit=text(), bought=DECIMAL,
                     used=DECIMAL, held=DECIMAL, remaining=DECIMAL, expired=DECIMAL, pieces=DECIMAL, covered=COUNT,
                     over_limit=COUNT, effective_at=maybe(INSTANT), expires_at=maybe(INSTANT), refunded=FLAG),
    "Step": shown(topic=text(), text=text(), source=maybe(text())),
    "BillLine": {**shown(item=text(), region=maybe(text()), label=maybe(text()), quantity=DECIMAL, unit=text(),
                         unit_price=DECIMAL, per=DECIMAL, funding=text(), amount=DECIMAL,
                         tier=maybe(shown(**{"from": DECIMAL, "up_to": maybe(DECIMAL)})), price_from=maybe(INSTANT),
                         order=maybe(text()), note=maybe(text()), source=maybe(text())),
                 "description": "With `steps` where it is explained; with `adjusts`, a cycle, where it corrects one."},
    "Bill": shown(number=maybe(text()), account=text(), tariff=text(), currency=text(),
                  kind={"enum": ["orders", "usage", "settlement"]}, cycle=ref("Cycle"), closed_at=maybe(INSTANT),
                  lines=many(ref("BillLine")), exact_total=DECIMAL, rounding=DECIMAL, total=DECIMAL),
    "External": shown(account=text(), tariff=text(), item=text(), billed_by=text(), quantity=DECIMAL, unit=text()),
    "Usage": shown(**{"from": {"enum": ["bills", "journal"]}, "by": many(text()), "usage": many(with_option(shown(
        tariff=text(), item=text(), quantity=DECIMAL, unit=text(), currency=text(), amount=maybe(DECIMAL)),
        units=maybe(DECIMAL)))}),
    "Document": shown(batch=COUNT, line=COUNT, recorded_at=INSTANT, type=maybe(text()), account=maybe(text()),
                      source=maybe(text()), id=maybe(text()), time=maybe(text()),
                      document=text("As it came in.")),
    "Notice": shown(file=maybe(text("Its batch.")), line=COUNT, column=COUNT, source=maybe(text()), id=maybe(text()),
                    account=maybe(text()), reason=text()),
    "Reversal": shown(account=text(), source=text(), id=text(), reversed_at=INSTANT, reversed_by=text(),
                      reason=maybe(text()), replaced_by=maybe(text())),
    "Explained": shown(id=text(), found=many(shown(
        source=text(), account=text(), batch=COUNT, line=COUNT, recorded_at=INSTANT,
        outcome={"enum": ["accepted", "duplicate", "conflict", "rejected", "unpriced"]}, reason=maybe(text()),
        steps=many(ref("Step"))))),
    "TariffRow": shown(name=text(), title=text(), currency=text(), zone=text(), cycle=text(), file=text(), items=COUNT,
                       operations=COUNT, products=COUNT, prices=COUNT),
    "Tariff": shown(tariff=text(), title=text(), currency=text(), zone=text(), cycle=text(), bill_rounding=ANYTHING,
                    funding=many(text()), postpaid=FLAG, settlement=maybe(ANYTHING), overdue=maybe(ANYTHING),
                    items=many(ANYTHING), products=many(ANYTHING), sources=a_map(text()),
                    operations=many(shown(
                        name=text(), title=maybe(text()), items=many(shown(item=maybe(text()), when=maybe(text()))),
                        attributes=many(ref("Attribute")), source=maybe(text())))),
    "Attribute": {
        **shown(name=text(), kind={"enum": ["number", "text", "flag", "instant"]}, unit=maybe(text()), required=FLAG,
                default={"type": ["string", "boolean", "null"]}, values=many(text()), closed=FLAG, note=maybe(text())),
        "description": "What an operation reads of an event's `data`; a name with a dot is a member of an object. "
                       "`required`: without it no such event has a price. `default`: what stands for it where it is "
                       "missing. `values`: the texts that rules tell apart; `closed`: any other has no price."},
    "Alert": shown(kind=text(), account=maybe(text()), tariff=maybe(text()), at=maybe(INSTANT), order=maybe(text()),
                   sku=maybe(text()), item=maybe(text()), threshold=DECIMAL, remaining=DECIMAL, count=COUNT,
                   note=maybe(text())),
    "Head": shown(format={"const": "tollgate-head-1"}, batches=COUNT, journal_hash=text(pattern="^[0-9a-f]{64}$"),
                  bills=COUNT, bills_hash=text(pattern="^[0-9a-f]{64}$"), instant=INSTANT, public_key=maybe(text()),
                  signature=maybe(text())),
    "Ledger": shown(currencies=many(shown(currency=text(), sum={"const": "0"}, balances=many(
        shown(ledger_account=text(), amount=DECIMAL))))),
    "Stats": shown(batches=COUNT, documents=COUNT, document_bytes=COUNT, stored_bytes=COUNT, bills=COUNT,
                   accounts=COUNT, events=COUNT, commands=COUNT, refused=COUNT, files=a_map(COUNT)),
    "OrderQuote": shown(tariff=text(), currency=text(), sku=text(), kind=text(), quantity=DECIMAL, periods=COUNT,
                        period=text(), published=FLAG, amount=maybe(DECIMAL), slices=many(ANYTHING),
                        through_sales=FLAG, covers=many(ANYTHING), source=maybe(text())),
}


WEBHOOK = {
    "url": text("https://…, and nothing of the daemon's own network.", maxLength=1024), "description": text(),
    "types": many(text(), description="Empty: all."), "accounts": many(text(), maxItems=200, description="Empty: all."),
    "is_enabled": FLAG,
}
NEW_KEY = {
    "scheme": {"enum": ["v1", "v1a"], "description": "A shared secret, or a pair of keys."},
    "secret": text("One's own: whsec_… or whsk_…. Else a new one is made."),
}


def command(name=None, schema=None):
    """What a command is answered with."""
    more = {name: schema} if name else {}
    return shown(dry_run=FLAG, reply=ref("Reply"), **more, bills=many(ref("BillHead")), position=COUNT)


SETTINGS = {
    "postpaid": SWITCHES, "mode": a_map({"enum": ["payg", "concurrent"]}, "By tariff."), "activated": SWITCHES,
    "released": a_map({"enum": [True, "on", "true"]}, "By tariff: end a suspension that paying alone does not end."),
    "credit": {**AMOUNTS, "description": "By currency: how far below zero the wallet may go."},
    "low": {**AMOUNTS, "description": "By currency: tell when less than this is available."},
    "attributes": a_map({}, "What the account's events have when they do not say; null takes it back."),
    "zone": text("IANA name.", minLength=1),
}

USAGE_TEXT = ("Gathered from the lines of all bills, closed and open, whose amounts are exact; what these cannot tell "
              "(operations, hours of a monthly bill, instants inside a cycle) from the journal, event by event, one "
              "such request at a time. A tiered price then has no amount of its own.")

RESULT = {"enum": ["accepted", "duplicate", "conflict", "too-old", "unpriced", "invalid"]}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "gateway/eu-1", "type": "imm.DetectImageFaces",
         "subject": "acct-42", "time": "2026-11-01T08:00:00Z", "data": {"count": 1}}
QUOTA = shown(quota=text("Its sku."), limit=COUNT, remaining=COUNT)
CHECK = {"account": text(minLength=1), "type": text("As its usage events have it: TARIFF.OPERATION.", minLength=1),
         "calls": {"type": "integer", "minimum": 1, "maximum": 1000000},
         "lease_seconds": {"type": "integer", "minimum": 1, "maximum": 86400}, "dry_run": FLAG}
CHECKED = {"type": "object", "required": ["decision", "reason", "account", "operation", "at"], "properties": {
    "decision": {"enum": ["allow", "deny"]}, "reason": text(), "account": text(), "operation": text(), "at": INSTANT,
    "pays": text("What pays first."), "order": text("Of the package that pays."),
    "units": text("Whole units that it still holds."), "calls": QUOTA, "tasks": QUOTA,
    "lease": text("For settle and release."), "expires": INSTANT, "hold": text("The hold's id.")}}
HOLD = said([], id=text("Asked for again by the same id it is the same hold.", pattern="^[A-Za-z0-9_~-]{1,200}$"),
            expires_seconds={"type": "integer", "minimum": 1, "maximum": 2592000},
            data={"type": "object", "description": "As the usage event will have it; {}: one call."})

BACKFILL = shown(name=text(), events=COUNT, refused=COUNT, first_recorded_at=INSTANT, last_recorded_at=INSTANT,
                 first_batch=COUNT, last_batch=COUNT, reverted_at=maybe(INSTANT), reversed=COUNT)
OPERATIONS = {
    "events_post": {
        "tag": "Events",
        "answers": {200: {"oneOf": [
            {**shown(outcomes=a_map(COUNT)), "properties": {"outcomes": a_map(COUNT), "items": many(
                {"type": "object", "required": ["index", "outcome"], "properties": {
                    "index": COUNT, "outcome": RESULT, "line": COUNT, "column": COUNT, "reason": text(),
                    "pointer": text("In the body; of lines: in the line.")}})}},
            shown(outcome=RESULT)]}},
        "text": "Acknowledged when it is durable and in the state. Sent again it counts once. A single event that is "
                "refused is a problem (409 conflict; 422 too-old, invalid); of many each has its own result. Also as "
                "application/json, and in the binary mode of CloudEvents with `ce-` headers.",
        "query": {"results": ({"enum": ["problems", "all", "none"]}, "Which results to list; problems when not said.")},
        "body": {"application/cloudevents+json": (ANYTHING, EVENT),
                 "application/cloudevents-batch+json": (many(ANYTHING), [EVENT]),
                 "application/x-ndjson": (text(), '{"specversion":"1.0","id":"e-1"}\n')}},
    "admit_post": {
        "tag": "Admission", "problems": [402, 429],
        "answers": {200: {"oneOf": [CHECKED, shown(answers=many(CHECKED))]}},
        "text": "`calls` are counted against the second's quota. `lease_seconds` takes a slot of a concurrency quota "
                "until it is settled, released, or so many seconds have passed. `hold` sets apart durably what one "
                "event will need. A refusal is a problem that has the members of an answer. A list of `checks` is "
                "answered check by check, each with the `status` that it would have alone.",
        "body": json_body({"oneOf": [said(["account", "type"], **CHECK, hold=HOLD),
                                     said(["checks"], checks=many(said(["account", "type"], **CHECK), maxItems=100))]},
                          {"account": "acct-42", "type": "imm.DetectImageFaces"})},
    "lease_settle": {
        "tag": "Admission", "answers": {200: shown(outcome=RESULT)},
        "text": "The body is the usage event. What it leaves out is taken from the hold: its operation, its account, "
                "the instant at which it was taken.",
        "body": json_body({"type": "object", "properties": {"id": text(), "source": text(), "type": text(),
                                                            "time": INSTANT, "data": ANYTHING}},
                          {"data": {"count": 1}})},
    "lease_release": {"tag": "Admission", "body_needed": False, "body": json_body(said([]), {}),
                      "answers": {200: shown(released=FLAG)}},
    "auth_get": {
        "tag": "Admission", "problems": [402, 429], "answers": {200: CHECKED},
        "text": "For nginx auth_request, Caddy and Traefik. Account and type also as X-Tollgate-Account and "
                "X-Tollgate-Type. The answer is told by X-Tollgate-Reason, X-Tollgate-Status, X-Tollgate-Pays, "
                "X-Tollgate-Lease too.",
        "query": {"account": ({"type": "string"}, "Whose call it is."),
                  "type": ({"type": "string"}, "TARIFF.OPERATION."),
                  "lease_seconds": ({"type": "integer", "minimum": 0, "maximum": 86400}, "Take a slot for so long."),
                  "deny": ({"enum": ["403"]}, "Every refusal is 403, which nginx can pass on.")}},
    "health_get": {"tag": "Service", "answers": {200: shown(status={"const": "ok"})}},
    "ready_get": {"tag": "Service", "answers": {200: shown(status={"const": "ready"})}},
    "openapi_get": {"tag": "Service", "answers": {200: shown(openapi={"const": "3.1.0"}, paths=ANYTHING)}},
    "console_get": {"tag": "Console", "kinds": ["text/html"], "answers": {200: text()}},
    "console_asset_get": {"tag": "Console", "problems": [404],
                          "kinds": ["text/javascript", "text/css", "image/svg+xml", "text/plain"],
                          "text": "Named by the page; the name has the hash of the content, so that it never changes.",
                          "answers": {200: text(), 304: None}},
    "session_create": {
        "tag": "Console", "problems": [401, 403, 429], "answers": {201: SESSION},
        "body": json_body(said(["key"], key=text("An API key.")), {"key": "tg_…"}),
        "text": "Sets the cookie tollgate_session (HttpOnly, SameSite=Strict). Only the console's own page may ask: "
                "the request must have X-Tollgate-Console: 1 and Sec-Fetch-Site: same-origin or its own Origin, and "
                "so must every later change that comes with the cookie instead of a key. A session has the roles of "
                "its key, and ends with it, an hour after the last request, after 12 hours, and with the daemon."},
    "session_show": {"tag": "Console", "answers": {200: SESSION}},
    "session_remove": {"tag": "Console", "answers": {204: None}},
    "now_get": {"tag": "Service", "answers": {200: shown(
        started_at=INSTANT, decisions=a_map(COUNT, "Of the gate, by reason, since the start."), leases=COUNT,
        documents=a_map(COUNT, "Handed in since the start, by outcome."),
        journal=shown(seq=COUNT, batches=COUNT, documents=COUNT, last_batch_at=maybe(INSTANT), waiting=COUNT,
                      refusals=COUNT, late_seconds=COUNT),
        book=shown(healthy=FLAG, why=maybe(text()), store_bytes=COUNT, accounts=COUNT, bills=COUNT, alerts=COUNT,
                   reloads=COUNT, bad_reloads=COUNT),
        webhooks=shown(delivered=COUNT, failed=COUNT, given_up=COUNT, waiting=COUNT, disabled=COUNT),
        http=maybe(shown(timeouts=COUNT, busy=COUNT)), alerts=many(ANYTHING))}},
    "metrics_get": {"tag": "Service", "kinds": ["text/plain", "application/openmetrics-text"],
                    "answers": {200: text()}},
    "commands_post": {
        "tag": "Service", "body": {"application/x-ndjson": (
            text(), '{"specversion":"1.0","id":"a-1","source":"shop","type":"tollgate.account","subject":"acct-42",'
                    '"time":"2026-11-01T00:00:00Z","data":{}}\n')},
        "text": "Only over the daemon's own socket: for the command line. Use the routes of what you want to do.",
        "query": {"dry_run": ({"type": "boolean"}, "Nothing changes."),
                  "replies": ({"enum": ["none"]}, "Leave the replies out, count only."),
                  "backfill": (text(minLength=1), "Older events: none is too old, and all can be taken back by this "
                                                  "name.")}},
    "rerate_post": {
        "tag": "Service", "answers": {200: shown(set={"type": "integer", "minimum": 1})},
        "text": "Only over the daemon's own socket: for the command line. Use drafts of tariffs. The daemon reads the "
                "folder; everything is rated again, and what is refused changes nothing.",
        "body": json_body(said(["tariffs"], tariffs=text("An absolute path."),
                               base=text("What they may extend; an absolute path.")),
                          {"tariffs": "/etc/tollgate/tariffs"})},

    "account_create": {
        "tag": "Accounts", "key": "taken", "answers": {201: command("account", ref("Account")),
                                                       200: command("account", ref("Account"))},
        "body": json_body(said(["account"], id=ID, account=text(minLength=1), **SETTINGS),
                          {"account": "acct-42", "postpaid": {"viapi": True}, "credit": {"CNY": "1000"},
                           "zone": "Asia/Shanghai"})},
    "account_change": {
        "tag": "Accounts", "key": "taken", "answers": {200: command("account", ref("Account"))},
        "body": json_body(said([], id=ID, **SETTINGS), {"postpaid": {"viapi": True}, "low": {"CNY": "200"}})},
    "order_create": {
        "tag": "Accounts", "key": "needed", "answers": {201: command("order", maybe(ref("Order"))),
                                                        200: command("order", maybe(ref("Order")))},
        "text": "The price is the tariff's at that moment; the order is billed at once. `upgrades` and `renews` name "
                "an order of the account.",
        "body": json_body(
            said(["tariff", "sku"], id=ID, tariff=text(), sku=text(), quantity=NUMBER, periods=NUMBER,
                 effective_at=INSTANT, renews=text(), upgrades=text(), temporary=FLAG, until=INSTANT, sales=FLAG),
            {"tariff": "viapi", "sku": "object-detection-5000", "quantity": 2})},
    "order_refund": {
        "tag": "Accounts", "key": "needed", "body_needed": False,
        "answers": {201: command("order", maybe(ref("Order"))), 200: command("order", maybe(ref("Order"))),
                    202: shown(approval=ref("Approval"))},
        "text": "Above the limit of the rule of two persons it is proposed, and waits for a second one (202).",
        "body": json_body(said([], id=ID, tariff=text()), {})},
    "activation_create": {
        "tag": "Accounts", "key": "taken", "answers": {201: command("account", ref("Account")),
                                                       200: command("account", ref("Account"))},
        "body": json_body(said(["tariff"], id=ID, tariff=text(), order=text(), terminal=text(), units=NUMBER),
                          {"tariff": "vclm", "units": "10"})},
    "wallet_top_up": {
        "tag": "Accounts", "key": "needed", "answers": {201: command("wallet", maybe(ref("Wallet"))),
                                                        200: command("wallet", maybe(ref("Wallet")))},
        "body": json_body(said(["amount", "currency"], id=ID, amount=NUMBER, currency=text(pattern="^[A-Z]{3}$")),
                          {"amount": "500", "currency": "CNY"})},
    "wallet_pay_out": {
        "tag": "Accounts", "key": "needed", "answers": {201: command("wallet", maybe(ref("Wallet"))),
                                                        200: command("wallet", maybe(ref("Wallet"))),
                                                        202: shown(approval=ref("Approval"))},
        "text": "No more than the balance, less what closed bills claim: a credit line is not paid out. Above the "
                "limit of the rule of two persons it is proposed, and waits for a second one (202).",
        "body": json_body(said(["amount", "currency"], id=ID, amount=NUMBER, currency=text(pattern="^[A-Z]{3}$")),
                          {"amount": "120.50", "currency": "CNY"})},
    "contract_create": {
        "tag": "Accounts", "key": "taken", "answers": {201: command("account", ref("Account")),
                                                       200: command("account", ref("Account"))},
        "body": json_body(said(["tariff", "use"], id=ID, tariff=text(), use=text(), **{"from": INSTANT}),
                          {"tariff": "ims-batch", "use": "ims-batch"})},
    "hold_create": {
        "tag": "Accounts", "key": "taken", "answers": {201: command("hold", maybe(ref("Hold"))),
                                                       200: command("hold", maybe(ref("Hold")))},
        "text": "The usage event that names the hold (`data.hold`) settles it. A refused hold uses its id up.",
        "body": json_body(said(["operation"], id=ID, operation=text("TARIFF.OPERATION"), data=ANYTHING,
                               expires_at=INSTANT),
                          {"operation": "viapi.object-detection", "data": {"count": 5}})},
    "hold_release": {"tag": "Accounts", "key": "taken", "body_needed": False,
                     "answers": {201: command(), 200: command()},
                     "body": json_body(said([], id=ID), {})},
    "reversal_create": {
        "tag": "Events", "key": "needed", "answers": {201: command(), 200: command()}, "problems": [404],
        "body": json_body(said(["event"], id=ID, event=text("The event's id.", minLength=1), source=text(minLength=1),
                               reason=text(), replaced_by=text()),
                          {"event": "e-1", "reason": "sent twice", "replaced_by": "e-1b"})},

    "quote_create": {
        "tag": "Quotes", "problems": [404], "answers": {200: {"anyOf": [ref("WorkQuote"), ref("OrderQuote")]}},
        "text": "Of work (`operation`) or of an order (`sku`). `bills` is what the work costs in an account of its "
                "own; with `account` the member of that name says what would come to that account's bills as it is "
                "now: its contract, packages, tiers. Nothing changes.",
        "body": json_body(
            {"oneOf": [said(["operation"], operation=text("TARIFF.OPERATION"), data=ANYTHING, at=INSTANT,
                            account=text(minLength=1),
                            **{"with": many(said(["sku"], sku=text(), quantity=NUMBER), maxItems=64)}),
                       said(["tariff", "sku"], tariff=text(), sku=text(), quantity=NUMBER, periods=NUMBER)]},
            {"operation": "viapi.object-detection", "data": {"count": 15000}, "account": "acct-42"})},

    "account_forecast": {
        "tag": "Accounts", "problems": [422], "answers": {200: ref("Forecast"), 304: None},
        "text": "Usage of the last six weeks carried on by day and rated behind everything that the account has. Sums "
                "of usage bills of the calendar month, exact, before they are rounded: `so_far`, `expected`, and from "
                "seven days of usage on an interval. When each package will be used up, and what remains of it at the "
                "end of each day (`burn`)."},

    "plan_create": {
        "tag": "Quotes", "problems": [404], "answers": {200: ref("Plan")},
        "text": "What should be bought: for `usage` that is expected (operations and how often each runs a month, for "
                "`months` from the day `from` on), or for what an `account` used in [`from`, `until`) (by default the "
                "last month). Every combination in the space was ruled out by an exact bound or rated by the rating "
                "core. `sensitivity` adds plans for 80 and 120 percent of the usage, `curve` the volumes up to twice "
                "the usage at which the cheapest mix changes. What takes more than an answer may is refused with "
                "`plan-too-large`. Nothing changes.",
        "body": json_body(
            {"oneOf": [said(["tariff", "usage"], tariff=text(), months={"type": "integer", "minimum": 1, "maximum": 12},
                            usage=many(said(["operation", "volume"], operation=text(), volume=NUMBER, data=ANYTHING),
                                       minItems=1, maxItems=64), **{"from": INSTANT}, **PLAN_WORDS),
                       said(["tariff", "account"], tariff=text(), account=text(minLength=1), **{"from": INSTANT},
                            until=INSTANT, **PLAN_WORDS)]},
            {"tariff": "viapi", "usage": [{"operation": "RecognizeLicensePlate", "volume": "15000"}], "curve": True})},

    "tariff_sets_list": {"tag": "Tariffs", "answers": {
        200: page(shown(set={"type": "integer", "minimum": 1}, since_position=COUNT, since=maybe(INSTANT),
                        holds=FLAG))}},
    "tariff_sets_diff": {
        "tag": "Tariffs", "answers": {200: shown(
            set=COUNT, tariffs=many(shown(tariff=text(), change={"enum": ["added", "removed", "changed"]})),
            **{"from": COUNT})},
        "text": "Without `from`: in the one before it; in nothing at all for the first.",
        "query": {"from": ({"type": "integer", "minimum": 1}, "The set that it is compared with.")}},
    "tariff_examples": {"tag": "Tariffs", "answers": {200: shown(
        tariff=text(), passed=COUNT, failed=COUNT,
        examples=many(shown(tariff=text(), name=text(), file=text(), line=COUNT, ok=FLAG, differences=many(text()),
                            source=maybe(text()), at=maybe(text()), given=maybe(many(ANYTHING)),
                            expect=maybe(ANYTHING))))}},
    "drafts_list": {"tag": "Tariffs", "answers": {200: page(ref("Draft"))}},
    "draft_write": {
        "tag": "Tariffs", "key": "taken", "answers": {200: ref("Draft")},
        "text": "The files lie over those that hold now, by name; null takes one away. YAML alone is one tariff, and "
                "takes the place of the file in which that tariff stands.",
        "body": {"application/json": (
            said(["files"], files={"type": "object", "minProperties": 1, "maxProperties": 64,
                                   "additionalProperties": {"type": ["string", "null"]}}),
            {"files": {"spring.yaml": "tariff: spring\nextends: ims-batch\n"}}),
                 "application/yaml": (text(), "tariff: spring\nextends: ims-batch\n")}},
    "draft_show": {"tag": "Tariffs", "answers": {200: ref("Draft")}},
    "draft_remove": {"tag": "Tariffs", "key": "taken", "answers": {204: None}},
    "draft_check": {"tag": "Tariffs", "answers": {200: shown(
        draft=text(), digest=text(), diagnostics=many(ref("Diagnostic")), mistakes=COUNT,
        failed_examples=many(ANYTHING), examples_passed=COUNT, examples_failed=COUNT, ok=FLAG)}},
    "draft_diff": {"tag": "Tariffs", "problems": [409], "answers": {200: shown(
        draft=text(), digest=text(),
        tariffs=many(shown(tariff=text(), change={"enum": ["added", "removed", "changed"]})))}},
    "draft_activate": {
        "tag": "Tariffs", "key": "taken",
        "answers": {200: shown(draft=text(), digest=text(), set=COUNT, changed=FLAG, position=COUNT),
                    202: shown(approval=ref("Approval"))},
        "text": "`digest` is that of the draft that was checked; another one is refused (409). Everything is rated "
                "again: the differences on closed cycles stand on the next bills.",
        "body": json_body(said(["digest"], digest=text(pattern="^[0-9a-f]{64}$")),
                          {"digest": "0" * 64})},
    "draft_preview": {"tag": "Tariffs", "problems": [409], "answers": {200: shown(
        draft=text(), digest=text(), count=COUNT,
        differences=many(shown(account=text(), tariff=text(), currency=text(), cycle=ref("Cycle"), closed=FLAG,
                               item=text(), before=DECIMAL, after=DECIMAL, difference=maybe(DECIMAL))),
        unpriced=shown(before=COUNT, after=COUNT))}},

    "whoami_get": {"tag": "Access", "answers": {200: shown(tenant=text(), actor=text(), roles=many(text()),
                                                           account=maybe(text()))}},
    "keys_get": {"tag": "Access", "answers": {200: page(ref("Key"))}},
    "key_get": {"tag": "Access", "answers": {200: ref("Key")}},
    "key_add": {
        "tag": "Access", "key": "taken", "answers": {201: ref("KeySecret")},
        "body": json_body(said(["name", "roles"], name=text(minLength=1, maxLength=100),
                               roles=many({"enum": ["ingest", "admit", "read", "billing", "pricing", "approve", "admin",
                                                    "audit", "customer"]}, minItems=1),
                               account=text(minLength=1), networks=many(text(), maxItems=8), expires_at=INSTANT),
                          {"name": "gateway eu-1", "roles": ["ingest", "admit"], "networks": ["192.0.2.0/24"]})},
    "key_renew": {"tag": "Access", "key": "taken", "body_needed": False, "answers": {200: ref("KeySecret")},
                  "body": json_body(said([], old_until=INSTANT), {"old_until": "2030-01-01T00:00:00Z"})},
    "key_end": {"tag": "Access", "key": "taken", "body_needed": False, "answers": {200: ref("Key")},
                "body": json_body(said([]), {})},
    "approvals_get": {"tag": "Access", "answers": {200: page(ref("Approval"))}},
    "approval_get": {"tag": "Access", "answers": {200: ref("Approval")}},
    "approval_approve": {"tag": "Access", "key": "taken", "body_needed": False, "answers": {200: ref("Approval")},
                         "body": json_body(said([]), {})},
    "approval_reject": {"tag": "Access", "key": "taken", "body_needed": False, "answers": {200: ref("Approval")},
                        "body": json_body(said([]), {})},
    "rule_get": {"tag": "Access", "answers": {200: ref("Rule")}},
    "rule_put": {
        "tag": "Access", "key": "taken", "answers": {200: ref("Rule"), 202: shown(approval=ref("Approval"))},
        "text": "While the rule is in force, changing it is proposed and waits for a second person (202).",
        "body": json_body(said(["mode"], mode={"enum": ["auto", "on", "off"]}, refund_limit=text()),
                          {"mode": "auto", "refund_limit": "100"})},

    "backfill_list": {"tag": "Events", "answers": {200: page(BACKFILL)}},
    "backfill_show": {"tag": "Events", "answers": {200: BACKFILL}},
    "backfill_add": {
        "tag": "Events", "key": "taken", "answers": {200: {"anyOf": [
            shown(dry_run={"const": False}, backfill=maybe(BACKFILL), elsewhere=COUNT, outcomes=a_map(COUNT),
                  replies=many(shown(outcome={"enum": ["accepted", "duplicate", "conflict", "rejected", "unpriced"]},
                                     line=COUNT, column=COUNT, reason=maybe(text())))),
            shown(dry_run={"const": True}, documents=COUNT, known=COUNT, elsewhere=COUNT, refused=COUNT,
                  changes=many(shown(account=text(), tariff=text(), cycle=ref("Cycle"), item=text(), unit=text(),
                                     quantity_before=DECIMAL, quantity_after=DECIMAL, currency=text(),
                                     amount_before=DECIMAL, amount_after=DECIMAL)))]}},
        "text": "Usage events of any age, one a line, under a name; another request under the same name adds to it. "
                "What is known already is not counted again. With `dry_run=true` nothing is written: the answer says "
                "what it would change, by account, tariff, cycle and item.",
        "body": {"application/x-ndjson": (text(), '{"specversion":"1.0","id":"e-1"}\n')}},
    "backfill_revert": {
        "tag": "Events", "key": "taken", "body_needed": False, "answers": {200: BACKFILL},
        "text": "All of its events that count are reversed, or none: then one that cannot be is named (409).",
        "body": json_body(said([]), {})},
    "audit_get": {"tag": "Access", "answers": {200: page(ref("AuditLine"))}},
    "audit_chain": {"tag": "Access", "answers": {200: shown(
        whole=FLAG, lines=COUNT, first=COUNT, last=COUNT, torn_bytes=COUNT, hash=text(pattern="^[0-9a-f]{64}$"),
        bad_file=maybe(text()), bad_line=COUNT, reason=maybe(text()))}},

    "account_list": {"tag": "Accounts", "answers": {200: page(ref("AccountRow")), 304: None}},
    "account_show": {"tag": "Accounts", "answers": {200: ref("Account"), 304: None}},
    "balance_list": {"tag": "Accounts", "answers": {200: page(ref("Balance")), 304: None},
                     "text": "When everything that was used so far is charged."},
    "order_list": {"tag": "Accounts", "answers": {200: page(ref("Order")), 304: None}},
    "order_show": {"tag": "Accounts", "answers": {200: ref("Order"), 304: None}},
    "licence_list": {"tag": "Accounts", "answers": {200: page(ref("Balance")), 304: None}},
    "wallet_show": {"tag": "Accounts", "answers": {200: shown(wallets=many(ref("Wallet"))), 304: None}},
    "hold_list": {"tag": "Accounts", "answers": {200: page(ref("Hold")), 304: None}},
    "limit_list": {"tag": "Accounts", "answers": {200: shown(at=INSTANT, limits=many(ref("Limit")))},
                   "text": "Of one family of products together, as the gate counts them: calls of the running second, "
                           "tasks that run. Of tariffs that the account has something under."},
    "account_usage": {"tag": "Bills", "answers": {200: ref("Usage"), 304: None}, "text": USAGE_TEXT},
    "usage_list": {"tag": "Bills", "answers": {200: ref("Usage"), 304: None}, "text": USAGE_TEXT, "problems": [404]},
    "focus_show": {"tag": "Bills", "problems": [404], "kinds": ["application/json", "text/csv"],
                   "answers": {200: shown(metadata=ANYTHING, rows=many(a_map(maybe(text()), "By column.")))},
                   "text": "FOCUS is the FinOps Open Cost and Usage Specification. As `tollgate focus export` writes "
                           "it, of closed bills; packages, plans and quotas are amortised. The journal is folded for "
                           "it, one such request at a time. Ask for text/csv to have the rows as a file.",
                   "query": {"version": ({"enum": ["1.2", "1.3", "1.4"]}, "Of the specification; default: 1.4."),
                             "dataset": ({"enum": ["cost-and-usage", "contract-commitment", "invoice-detail",
                                                   "billing-period"]},
                                         "Which of its datasets; default: cost-and-usage. Contract Commitment is of "
                                         "1.3 or later, Invoice Detail and Billing Period are of 1.4."),
                             "from": ({"type": "string"}, "Billing periods that begin at this instant or day."),
                             "until": ({"type": "string"}, "Billing periods that begin before this instant or day.")}},
    "charge_list": {"tag": "Bills", "answers": {200: shown(bills=many(ref("Bill")), external=many(ref("External"))),
                                                304: None},
                    "text": "As the bills would be if every cycle (with `until`: every one that ends by then) were "
                            "closed now; `external` is metered here and billed by another product. `explain` adds the "
                            "steps of every line.",
                    "query": {"explain": EXPLAIN}},
    "bill_list": {"tag": "Bills", "answers": {200: page(ref("BillHead")), 304: None}, "problems": [404],
                  "query": {"kind": ({"enum": ["orders", "usage", "settlement"]}, "Only of this kind."),
                            "from": ({"type": "string"}, "Closed at this instant or day, or later."),
                            "until": ({"type": "string"}, "Closed before this instant or day.")}},
    "bill_due": {"tag": "Bills", "answers": {200: shown(now=INSTANT, until=INSTANT, **CLOSING)},
                 "text": "By what is known now, with the numbers that they would have: at most 100 of the bills; the "
                         "sums are of all.",
                 "query": {"until": ({"type": "string"}, "An instant or day, now or later.")}},
    "bill_close": {"tag": "Bills", "key": "needed", "body_needed": False,
                   "answers": {201: shown(dry_run=FLAG, reply=ref("Reply"), position=COUNT, **CLOSING)},
                   "text": "The daemon does it by itself whenever something is due; this does it at once, and says "
                           "which bills it closed.",
                   "body": json_body(said([], id=ID), {})},
    "bill_show": {"tag": "Bills", "answers": {200: ref("Bill"), 304: None}, "problems": [409],
                  "kinds": ["application/json", "text/csv", "text/html", "application/xml"],
                  "text": "It never changes. The first of these forms that `Accept` names: CSV, one row for each line; "
                          "a page for screens and paper; an invoice of UBL 2.1 (EN 16931), which needs `parties.yaml` "
                          "in the data directory. `language` is of the last two, `explain` of JSON and the page.",
                  "query": {"language": ({"enum": ["en", "zh"]}, "Of words, days and units."), "explain": EXPLAIN}},
    "bill_explain": {"tag": "Bills", "answers": {200: ref("Bill")},
                     "query": {"line": ({"type": "integer", "minimum": 1}, "Only this line, from 1.")}},
    "event_list": {"tag": "Events", "problems": [404], "answers": {304: None, 200: page(
        {"anyOf": [ref("Document"), ref("Notice"), ref("Reversal")]})},
        "text": "`any` and `accepted` list documents of the journal, `rejected` and `unpriced` what was refused of "
                "them and why, `reversed` what was taken back. What comes twice is written nowhere: it is told to who "
                "sends it.",
        "query": {"outcome": ({"enum": ["any", "accepted", "rejected", "unpriced", "reversed"]},
                              "Only what came to this.")}},
    "event_explain": {"tag": "Events", "answers": {200: ref("Explained")},
                      "text": "Reads the journal: one such request at a time, others are answered 503."},
    "tariff_list": {"tag": "Tariffs", "answers": {200: page(ref("TariffRow")), 304: None}},
    "tariff_show": {"tag": "Tariffs", "answers": {200: ref("Tariff"), 304: None},
                    "query": {"at": ({"type": "string"}, "Only the prices that hold at this instant or day.")}},
    "tariff_source": {"tag": "Tariffs", "answers": {200: text(), 304: None}, "kinds": ["application/yaml"]},
    "alert_list": {"tag": "Events", "answers": {200: page(ref("Alert")), 304: None}, "problems": [404]},
    "head_show": {"tag": "Service", "answers": {200: ref("Head")},
                  "text": "Keep it elsewhere: `tollgate verify --head` shows later that nothing before it changed."},
    "ledger_show": {"tag": "Bills", "answers": {200: ref("Ledger"), 304: None}, "problems": [404]},
    "stats_show": {"tag": "Service", "answers": {200: ref("Stats")}},
    "webhooks_list": {"tag": "Webhooks", "answers": {200: page(ref("Webhook"))}},
    "webhook_create": {
        "tag": "Webhooks", "key": "taken", "answers": {201: ref("Webhook")},
        "text": "The member `secret` of the answer is shown this once (v1): who repeats the request is told so (409, "
                "`secret-shown`); of v1a the public key is always shown.",
        "body": json_body(said(["url"], **WEBHOOK, **NEW_KEY),
                          {"url": "https://hooks.example.com/tollgate", "types": ["tollgate.alert.package-low"]})},
    "webhook_show": {"tag": "Webhooks", "answers": {200: ref("Webhook")}},
    "webhook_change": {"tag": "Webhooks", "key": "taken", "answers": {200: ref("Webhook")},
                       "body": json_body(said([], **WEBHOOK), {"is_enabled": True})},
    "webhook_remove": {"tag": "Webhooks", "key": "taken", "answers": {204: None}},
    "webhook_rotate": {
        "tag": "Webhooks", "key": "taken", "body_needed": False, "answers": {200: ref("Webhook")},
        "body": json_body(said([], overlap=text("A duration, or none.", examples=["24 hours", "none"]), **NEW_KEY),
                          {"overlap": "7 days"})},
    "webhook_test": {"tag": "Webhooks", "key": "taken", "body_needed": False, "answers": {202: ref("Delivery")},
                     "body": json_body(said([]), {})},
    "webhook_replay": {
        "tag": "Webhooks", "key": "taken", "answers": {202: {"anyOf": [ref("Delivery"), ref("Webhook")]}},
        "body": json_body({"oneOf": [said(["delivery"], delivery={"type": "integer", "minimum": 1}),
                                     said(["since"], since=INSTANT)]}, {"since": "2026-11-01T00:00:00Z"})},
    "webhook_deliveries": {"tag": "Webhooks", "answers": {200: page(ref("Delivery"))}},
}

for _method in ("post", "put", "patch", "delete"):  # proxies that keep the method of the call
    OPERATIONS[f"auth_{_method}"] = OPERATIONS["auth_get"]

PATH = {
    "account": ("The account's name, percent-encoded.", "acct-42"),
    "order": ("The order's id.", "o-7"),
    "hold": ("The hold's id.", "job-7"),
    "backfill": ("The backfill's name, percent-encoded.", "migration-2025"),
    "draft": ("The draft's name: small letters, digits, hyphens, underscores.", "spring"),
    "key": ("The key's id.", "k7cXq2"),
    "tariff": ("The tariff's name.", "viapi"),
    "set": ("The set's number, from 1.", "1"),
    "number": ("The bill's number: series and number.", "viapi-1"),
    "event": ("The event's id.", "e-1"),
    "asset": ("The file's name, as the page says it.", "app-0da59466fe242ea1.js"),
    "approval": ("The proposal's id.", "0a1b2c3d4e5f6a7b8c9d0e"),
    "webhook": ("The webhook's id.", "wh_5b0c9e1f2a3d4c5b6a798081"),
    "lease": ("What the check has handed out.", "h-0123456789abcdef01234567.YWNjdC00Mg"),
}

QUERY = {
    "limit": ({"type": "integer", "minimum": 1, "maximum": 1000}, "How many at most."),
    "cursor": ({"type": "string"}, "The `next` of the answer before."),
    "dry_run": ({"type": "boolean"}, "On a copy of the state: the answer is that of the change, and nothing changes."),
    "account": ({"type": "string"}, "Only of this account."),
    "tariff": ({"type": "string"}, "Only of this tariff."),
    "kind": ({"type": "string"}, "Only of this kind."),
    "from": ({"type": "string"}, "From this instant or day on."),
    "until": ({"type": "string"}, "Before this instant or day."),
    "at": ({"type": "string"}, "As it holds at this instant."),
    "by": ({"type": "string"}, "What to group by, with commas: account, region, cell, operation, funding, order; "
                               "hour, day or month. Item and tariff always are."),
    "order": ({"enum": ["asc", "desc"]}, "Oldest or newest first."),
    "outcome": ({"type": "string"}, "Only what came to this."),
    "source": ({"type": "string"}, "The event's source, where two sources use one id."),
    "items": ({"type": "boolean"}, "A row for every item."),
    "line": ({"type": "integer", "minimum": 1}, "Only this line."),
    "results": ({"type": "string"}, "Which results to list."),
    "set": ({"type": "integer", "minimum": 1}, "As this set had it; without it: as it holds now."),
}

TAGS = {
    "Events": "Usage events: handing them in, looking at them, taking them back.",
    "Admission": "May this operation start for this account now?",
    "Quotes": "What would it cost?",
    "Accounts": "Accounts: settings, orders, wallets, contracts, holds.",
    "Bills": "Closed bills, charges that are not billed yet, usage.",
    "Tariffs": "Price books: what holds, drafts of what shall hold.",
    "Webhooks": "Who is told of what happens.",
    "Access": "Keys, approvals, the audit log.",
    "Console": "The web console, and logging in to it.",
    "Service": "The daemon itself.",
    "More": "Everything else.",
}

INFO = {
    "title": "Tollgate", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "summary": "Metering, admission, rating and billing of calls to AI and media APIs.",
    "description": "Money and quantities are decimal texts, instants RFC 3339 with an offset. What is refused is a "
                   "problem (RFC 9457) with a stable `code`; `errors` points at what is wrong in the body. Members "
                   "that are not known are refused; null is as if the member were not there. Lists have `items` and "
                   "`next`. A write with an `Idempotency-Key` is done once, however often it is sent."}

COMPONENTS = {
    "schemas": {**SCHEMAS, "Problem": {**SCHEMAS["Problem"], "properties": {
        **SCHEMAS["Problem"]["properties"],
        "errors": many(shown(pointer=text("JSON Pointer into the body."), detail=text()))}}},
    "responses": {"Problem": {"description": "Refused, or not possible now.",
                              "headers": {"Retry-After": {"schema": {"type": "integer"}, "required": False,
                                                          "description": "Seconds to wait before asking again."}},
                              "content": {"application/problem+json": {"schema": ref("Problem")}}}},
    "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "tg_…",
                                "description": "An API key. Its owner and root need none over the daemon's socket."}},
}
