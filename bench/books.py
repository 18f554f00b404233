# SPDX-License-Identifier: Apache-2.0
"""Books: what lasts, next to other ways of making it last.

A journal is ingested, folded again, closed by one tick and opened again; many threads say small things at once; the
gate decides. Beside it the same bytes are appended and synced, and events become rows with a unique index in SQLite
and in PostgreSQL (where it is installed)."""

import csv
import glob
import json
import os
import shutil
import subprocess
import time

NOW, TICK = "2026-01-02T00:00:00+08:00", "2026-02-02T00:00:00+08:00"
GOAL_INGEST, GOAL_FOLD, GOAL_CLOSE = 2.5e6, 10e6, 100e3
CHUNK = 1 << 20


def entry(name, count, seconds, run=None, goal=None):
    return {"name": name, "lines": count, "seconds": seconds, "per_second": count / seconds,
            "cpu_seconds": run["cpu"] if run else 0, "rss_bytes": run["rss"] if run else 0, "goal_per_second": goal}


def append(path, lines, folder):
    """The limit: the same bytes, synced as often as a book syncs them."""
    start = time.monotonic()
    out = os.open(os.path.join(folder, "append.bin"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            os.write(out, chunk)
            os.fdatasync(out)
    os.close(out)
    os.unlink(os.path.join(folder, "append.bin"))
    return entry("append and sync the bytes", lines, time.monotonic() - start)


def book(timed, bench, path, lines, folder):
    home = os.path.join(folder, "book")
    run = timed([os.path.join(bench, "closing"), "tariffs", home, path, NOW, TICK])
    own = run["own"]
    size = os.path.getsize(os.path.join(home, "book.db"))
    shutil.rmtree(home)
    return [entry(f"book: ingest ({size / lines:.0f} B/line kept)", lines, own["ingest_ns"] / 1e9, run, GOAL_INGEST),
            entry("  fold the journal again", lines, own["fold_ns"] / 1e9, None, GOAL_FOLD),
            entry("  close bills by one tick", own["bills"], own["tick_ns"] / 1e9, None, GOAL_CLOSE),
            entry("  open from a snapshot", lines, own["open_ns"] / 1e9)]


def sqlite(timed, bench, path, lines, folder):
    program = os.path.join(bench, "sqlite_rate")
    if not os.path.exists(program):
        return []
    run = timed([program, path, os.path.join(folder, "rows.db"), "durable"])
    return [entry("SQLite: a row per event, synced", lines, run["own"]["import_ns"] / 1e9, run)]


def postgres(path, lines, folder):
    """COPY into a staging table, then INSERT ... ON CONFLICT DO NOTHING; one batch."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if not programs or (as_other and subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode):
        return []
    place = os.path.join(folder, "postgres")
    os.mkdir(place)
    rows = os.path.join(place, "rows.csv")
    with open(path, encoding="utf-8") as file, open(rows, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for line in file:
            event = json.loads(line)
            writer.writerow([event["source"], event["id"], event["subject"], event["type"], event["time"],
                             json.dumps(event.get("data"))])
    if as_other:
        os.chmod(folder, 0o755)
        subprocess.run(["chown", "-R", "postgres", place], check=True)

    def call(program, *words):
        done = subprocess.run([*as_other, os.path.join(programs[-1], program), *words], cwd="/", check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done
    data = os.path.join(place, "data")
    sql = ["psql", "-q", "-h", place, "-d", "postgres", "-c"]
    table = "(source text, id text, account text, type text, time timestamptz, data jsonb"
    call("initdb", "-D", data, "-A", "trust", "-U", "postgres")
    call("pg_ctl", "-D", data, "-w", "-l", os.path.join(place, "log"), "-o", f"-k {place} -h ''", "start")
    try:
        call(*sql, f"CREATE TABLE event{table}, PRIMARY KEY (source, id)); CREATE UNLOGGED TABLE staging{table})")
        start = time.monotonic()
        call(*sql, f"COPY staging FROM '{rows}' CSV")
        call(*sql, "INSERT INTO event SELECT * FROM staging ON CONFLICT DO NOTHING")
        seconds = time.monotonic() - start
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)
    return [entry("PostgreSQL: COPY, ON CONFLICT", lines, seconds)]


def small(timed, bench, folder):
    rows = []
    home = os.path.join(folder, "small")
    for threads, documents, batch in ((1, 1000, 1), (64, 40000, 1), (64, 800000, 100)):
        run = timed([os.path.join(bench, "commits"), "tariffs", home, str(threads), str(documents), str(batch)])
        shutil.rmtree(home)
        what = f"small commands, {threads} at once" if batch == 1 else f"posts of {batch} events, {threads} at once"
        rows.append(entry(what, run["own"]["documents"], run["own"]["ns"] / 1e9, run))
    for threads in (1, 4):
        run = timed([os.path.join(bench, "asks"), "tariffs", home, str(threads), "5000000", "10000"])
        shutil.rmtree(home)
        rows.append(entry(f"a book in service decides, {threads} threads", run["own"]["decisions"],
                          run["own"]["ns"] / 1e9, run, 5e6))
    for accounts in (100, 10_000):
        for program, name in (("gate", "the gate decides"), ("gate_library", "the same by the C library")):
            run = timed([os.path.join(bench, program), "tariffs", str(accounts), "5000000"])
            rows.append(entry(f"{name}, {accounts:,} accounts", run["own"]["decisions"], run["own"]["ns"] / 1e9, run,
                              5e6))
    return rows


def measure(timed, bench, journal, few, folder):
    """journal, few: (path, lines); the second for what is slow."""
    rows = [append(*journal, folder), *book(timed, bench, *journal, folder)]
    rows += [entry("append and sync, fewer lines", few[1], append(*few, folder)["seconds"])]
    rows += book(timed, bench, *few, folder)[:1] + sqlite(timed, bench, *few, folder) + postgres(*few, folder)
    return rows + small(timed, bench, folder)
