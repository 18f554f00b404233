# SPDX-License-Identifier: Apache-2.0
"""Two months in the lives of nine customers of the shipped tariffs, up to a given instant.

Everything is said in events and commands, as a gateway and a shop would say it: what comes of it (who pays, bills,
alerts, debts) is the program's doing alone. The same seed and the same instant make the same documents."""

import datetime
import json
import random

DAYS = 61
ZONE = datetime.timezone(datetime.timedelta(hours=8))
WORK = [1, 1, 1, 2, 4, 7, 9, 10, 9, 10, 11, 12, 11, 9, 8, 6, 5, 4]  # how busy the hours from 6 to 23 are
FACES = [5, 6, 3, 0.4]  # how often so many calls come in a second; the plan allows 20
WEEK = [1.0, 1.1, 1.15, 1.1, 1.0, 0.55, 0.45]


class Story:
    """What is said, in any order; `documents` sorts it."""

    def __init__(self, seed, now):
        self.random = random.Random(seed)
        self.now = now.astimezone(ZONE).replace(microsecond=0)
        self.start = (self.now - datetime.timedelta(days=DAYS)).replace(hour=0, minute=0, second=0)
        self.said = []

    def day(self, number):
        return self.start + datetime.timedelta(days=number)

    def say(self, when, kind, account, data, source):
        if when <= self.now:
            self.said.append((when, kind, account, data, source))

    def shop(self, when, command, account, **data):
        self.say(when, "tollgate." + command, account, data, "shop")

    def order(self, day, account, tariff, sku, hour=9, **more):
        when = self.day(day) + datetime.timedelta(hours=hour, minutes=5)
        self.shop(when, "order", account, tariff=tariff, sku=sku, **more)

    def activate(self, day, account, tariff, **more):
        when = self.day(day) + datetime.timedelta(hours=8, minutes=31)
        self.shop(when, "activate", account, tariff=tariff, **more)

    def pay(self, day, account, amount, currency, hour=8):
        when = self.day(day) + datetime.timedelta(hours=hour)
        self.shop(when, "wallet", account, amount=str(amount), currency=currency)

    def moment(self, number, step):
        """Some second of this day, more likely of a busy hour; only of every `step`th one."""
        hour = self.random.choices(range(6, 24, step), WORK[::step])[0]
        return self.day(number) + datetime.timedelta(hours=hour, seconds=self.random.randrange(3600))

    def level(self, number, growth=0.0):
        """How much of the usual is used on this day: weeks, a slow growth, and chance."""
        weekday = WEEK[self.day(number).weekday()]
        return weekday * (1 + growth * number / DAYS) * self.random.uniform(0.8, 1.2)

    def use(self, number, kind, account, times, data, source="gateway/eu-1"):
        """`data` is called for every event. What is billed by the hour comes from jobs that run every two hours."""
        step = 2 if kind.startswith("im") else 1
        for _ in range(times):
            when = self.moment(number, step)
            self.say(when, kind, account, data(when), source)

    def documents(self):
        """(instant, line), in the order of time. A gateway repeats a line now and then; it counts once."""
        rows = []
        for number, (when, kind, account, data, source) in enumerate(sorted(self.said, key=lambda row: row[0]), 1):
            name = f"{'o' if source == 'shop' else 'e'}-{number:05}"
            rows.append((when, {"specversion": "1.0", "id": name, "source": source, "type": kind, "subject": account,
                                "time": when.isoformat(), "data": data}))
        return rows


def cut_and_go(story):
    """Short films in two regions; a few in ways for which no price is published."""
    for day in range(DAYS + 1):
        films = round(9 * story.level(day, 0.5))

        def film(_):
            return {"region": story.random.choice(["us-west-1", "us-west-1", "ap-southeast-1"]),
                    "input_seconds": str(story.random.randrange(60, 1500)),
                    "output_seconds": str(story.random.randrange(15, 180))}

        story.use(day, "ims-batch.image-text-matching-common", "cut-and-go", films, film)
        story.use(day, "ims-batch.highlight-mashup", "cut-and-go", films // 4, film)
        story.use(day, "ims-batch.intelligent-text-generation", "cut-and-go", films // 3,
                  lambda _: {"region": "us-west-1", "tokens": story.random.randrange(400, 9000)})
        if day % 17 == 11:
            story.use(day, "ims-batch.script-to-video", "cut-and-go", 2,
                      lambda _: {"region": "us-west-1", "output_seconds": "45"})
    for day in (0, 28, 56):
        story.pay(day, "cut-and-go", 700, "USD")


def studio_bo(story):
    """The China site's price book: sports highlights at the weekend, matching in between."""
    story.pay(0, "studio-bo", 20000, "CNY")
    for day in range(DAYS + 1):
        weekend = story.day(day).weekday() >= 5
        kind = "ims-batch-cn.sports-highlights" if weekend else "ims-batch-cn.image-text-matching-movie"
        story.use(day, kind, "studio-bo", story.random.randrange(6, 9) if weekend else round(5 * story.level(day)),
                  lambda _: {"region": "cn-hangzhou", "input_seconds": str(story.random.randrange(600, 5400)),
                             "output_seconds": str(story.random.randrange(30, 300))})


def northwind(story):
    """A media library that grows: conversion, labels, texts, queries, and people who watch while films are made."""
    account = "northwind-media"
    story.shop(story.day(0), "account", account, credit={"USD": "500"}, low={"USD": "200"})
    for day in (0, 21, 42):
        story.pay(day, account, 900, "USD")

    def convert(_):
        seconds = f"{story.random.randrange(3000, 720000) / 100:.2f}"
        size = story.random.choice([(1280, 720), (1920, 1080), (1920, 1080), (3840, 2160)])
        return {"region": "cn-shanghai", "streams": [
            {"kind": "video", "codec": story.random.choice(["h264", "h264", "h265"]), "width": size[0],
             "height": size[1], "fps": 30, "seconds": seconds},
            {"kind": "audio", "codec": "aac", "seconds": seconds}]}

    for day in range(DAYS + 1):
        level = story.level(day, 0.8)
        story.use(day, "imm.CreateMediaConvertTask", account, round(10 * level), convert)
        story.use(day, "imm.DetectImageLabels", account, round(5 * level),
                  lambda _: {"count": story.random.randrange(2000, 14000)})
        story.use(day, "imm.DetectImageTexts", account, round(2 * level),
                  lambda _: {"count": story.random.randrange(100, 900)})
        story.use(day, "imm.SemanticQuery", account, round(3 * level),
                  lambda _: {"count": story.random.randrange(300, 3000)})
        story.use(day, "imm.CreateOfficeConversionTask", account, round(2 * level),
                  lambda _: {"count": story.random.randrange(20, 260)})
        if day % 3 == 0:
            story.use(day, "imm.GenerateVideoPlaylist", account, 1, lambda when: {
                "media": f"film-{when:%m%d}", "playlist": {"initial_seconds": 30, "duration_seconds": 2280},
                "streams": [{"kind": "video", "codec": "h264", "width": 1280, "height": 720, "fps": 30},
                            {"kind": "audio"}]})


def submitted(when, count):
    """Calls of Image Animate, whose month is that of the submission."""
    return {"count": count, "submitted_at": (when - datetime.timedelta(minutes=3)).isoformat()}


def hello_avatar(story):
    """Free calls, then packages, and postpaid for what is beyond them."""
    account = "hello-avatar"
    story.pay(0, account, 12000, "USD")
    story.shop(story.day(0) + datetime.timedelta(hours=8, minutes=30), "account", account, postpaid={"vclm": True},
               low={"USD": "1000"})
    story.activate(0, account, "vclm", units=50)
    story.order(2, account, "vclm", "image-animate-1000")
    story.order(44, account, "vclm", "image-animate-1000")
    for day in range(DAYS + 1):
        story.use(day, "vclm.SubmitImageAnimateJob", account, round(8 * story.level(day, 0.4)),
                  lambda when: submitted(when, story.random.randrange(2, 6)))


def dance_studio(story):
    """A small package without postpaid: close to its end. A second one was given back."""
    account = "dance-studio"
    story.pay(9, account, 1000, "USD")
    story.order(10, account, "vclm", "image-animate-100")
    story.order(12, account, "vclm", "image-animate-100", hour=11)
    story.shop(story.day(15) + datetime.timedelta(hours=14), "refund", account, tariff="vclm", order=None)
    for day in range(11, DAYS + 1):
        story.use(day, "vclm.SubmitImageAnimateJob", account, 1 if day % 3 else 2,
                  lambda when: submitted(when, story.random.choice([1, 1, 2])))


def clip_farm(story):
    """Pays for tasks at once instead of calls."""
    account = "clip-farm"
    story.pay(0, account, 70000, "USD")
    story.order(1, account, "vclm", "image-animate-concurrency", quantity=3, periods=3)
    story.shop(story.day(1) + datetime.timedelta(hours=9, minutes=10), "account", account, mode={"vclm": "concurrent"})
    for day in range(2, DAYS + 1):
        story.use(day, "vclm.SubmitImageAnimateJob", account, round(7 * story.level(day, 1.2)),
                  lambda when: submitted(when, story.random.randrange(20, 60)))


def park_easy(story):
    """Number plates by graduated prices, objects by package, and faces by a plan for calls in a second."""
    account = "park-easy"
    story.activate(0, account, "viapi")
    story.shop(story.day(0), "account", account, low={"CNY": "1000"})
    story.pay(0, account, 15000, "CNY")
    for day in (20, 50):
        story.pay(day, account, 3000, "CNY")
    story.order(0, account, "viapi", "object-detection-10000", quantity=1)
    story.order(0, account, "viapi", "face-comparison-1-1-qps-month", quantity=20, periods=3)
    for day in range(DAYS + 1):
        level = story.level(day, 0.3)
        for _ in range(6):
            story.use(day, "viapi.RecognizeLicensePlate", account, 1,
                      lambda _, share=level / 6: {"count": max(1, round(share * story.random.randrange(400, 900)))})
        story.use(day, "viapi.object-detection", account, 3, lambda _: {"count": story.random.randrange(180, 300)})
        story.use(day, "viapi.face-comparison-1-1", account, round(6 * level),
                  lambda _: {"region": "cn-shanghai", "count": story.random.choices([6, 12, 18, 24], FACES)[0]})


def film_archive(story):
    """Old films made sharper, invoiced: there is no wallet, so the bills stay owed."""
    account = "film-archive"
    story.activate(0, account, "viapi")
    for day in range(DAYS + 1):
        if story.day(day).weekday() < 5:
            story.use(day, "viapi.comprehensive-video-enhancement", account, story.random.randrange(1, 4), lambda _: {
                "region": "cn-shanghai", "seconds": str(story.random.randrange(40, 900)),
                "width": 1920, "height": 1080, "fps": story.random.choice([30, 30, 60])})
            story.use(day, "imm.CreateOfficeConversionTask", account, 1,
                      lambda _: {"count": story.random.randrange(5, 60)})


def pixel_cafe(story):
    """Paid in too little: the first month's bill leaves a debt, and the grace is over since."""
    account = "pixel-cafe"
    story.activate(3, account, "viapi")
    story.shop(story.day(3), "account", account, low={"CNY": "100"})
    story.pay(3, account, 300, "CNY")
    for day in range(4, DAYS + 1):
        story.use(day, "viapi.RecognizeLicensePlate", account, 2 if day % 2 else 1,
                  lambda _: {"count": story.random.randrange(50, 160)})


def mistakes(story):
    """Things that happen: an unknown operation, a region without a price, an order of what is not sold."""
    at = story.now - datetime.timedelta(days=2, hours=3)
    story.say(at, "imm.DetectImageLables", "northwind-media", {"count": 10}, "gateway/eu-1")
    story.say(at + datetime.timedelta(minutes=9), "ims-batch.highlight-mashup", "cut-and-go",
              {"region": "cn-hongkong", "input_seconds": "300", "output_seconds": "60"}, "gateway/eu-1")
    story.shop(at + datetime.timedelta(minutes=20), "order", "park-easy", tariff="viapi",
               sku="face-comparison-1-1-qps-month", quantity=80)


STORIES = (cut_and_go, studio_bo, northwind, hello_avatar, dance_studio, clip_farm, park_easy, film_archive, pixel_cafe,
           mistakes)


def refund_named(rows):
    """A refund names the order that it gives back: the account's newest one before it."""
    orders = {}
    for _, document in rows:
        if document["type"] == "tollgate.order":
            orders[document["subject"]] = document["id"]
        elif document["type"] == "tollgate.refund":
            document["data"]["order"] = orders[document["subject"]]


def reversal(rows, when):
    """One of the events turns out to be wrong, and is taken back."""
    wrong = [document for _, document in rows if document["type"] == "ims-batch.highlight-mashup"
             and document["data"]["region"] == "us-west-1"][-5]
    return (when, {"specversion": "1.0", "id": "reversal-1", "source": "support", "type": "tollgate.reversal",
                   "subject": wrong["subject"], "time": when.isoformat(),
                   "data": {"event": wrong, "reason": "the film was damaged on the way"}})


def hold(when):
    """A job that runs just now."""
    return (when, {"specversion": "1.0", "id": "hold-1", "source": "gateway/eu-1", "type": "tollgate.hold",
                   "subject": "hello-avatar", "time": when.isoformat(),
                   "data": {"operation": "vclm.SubmitImageAnimateJob", "data": {"count": 4},
                            "expires_at": (when + datetime.timedelta(hours=2)).isoformat()}})


def weeks(seed, now):
    """[(recorded instant, text)]: what was said in each week, with the daily ticks that let time pass. A book takes
    what is up to 40 days old."""
    story = Story(seed, now)
    for tell in STORIES:
        tell(story)
    rows = story.documents()
    refund_named(rows)
    rows += [reversal(rows, story.now - datetime.timedelta(hours=20)), hold(story.now - datetime.timedelta(minutes=1))]
    for when in [*(story.day(day) for day in range(1, DAYS + 1)), story.now]:
        rows.append((when, {"specversion": "1.0", "id": f"tick-{when:%Y%m%dT%H%M%S}", "source": "clock",
                            "type": "tollgate.tick", "time": when.isoformat(), "data": {}}))
    rows.sort(key=lambda row: row[0])
    parts = {}
    for index, (when, document) in enumerate(rows):
        end = min(story.day(7 * ((when - story.start).days // 7 + 1)), story.now)
        line = json.dumps(document, separators=(",", ":")) + "\n"
        parts.setdefault(end, []).append(line * 2 if index % 97 == 0 else line)
    return [(end, "".join(lines)) for end, lines in parts.items()]
