#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measure rating and books next to what they should be compared with: plain reading, parsing, SQLite, PostgreSQL.

Writes a generated journal into the temporary folder (about 315 bytes a line) and removes it afterwards. Wall time,
CPU time and the largest resident memory come from wait4. Nothing here passes or fails: goals stand beside the figures.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import books
import console
import serve

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.path.join(ROOT, "build", "bench")
TOLLGATE = os.path.join(ROOT, "build", "src", "cli", "tollgate")
GOAL_RATE, GOAL_CORE = 1.5e6, {10_000: 20e6, 1_000_000: 10e6}


def timed(command, output=subprocess.PIPE):
    """Run to the end; the program's own figures (one JSON object on stdout), wall, CPU and memory."""
    start = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output) as child:
        text = child.stdout.read() if output == subprocess.PIPE else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if child.returncode not in (0, 1):  # 1: some lines were reported, the work was done
        sys.exit(f"bench: {' '.join(command)} ended with status {child.returncode}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss * 1024,
            "own": json.loads(text) if text.strip() else {}}


def row(name, lines, run, seconds=None, goal=None):
    seconds = seconds if seconds is not None else run["wall"]
    return {"name": name, "lines": lines, "seconds": seconds, "per_second": lines / seconds, "cpu_seconds": run["cpu"],
            "rss_bytes": run["rss"], "goal_per_second": goal}


def step(name, lines, *arguments):
    run = timed([os.path.join(BENCH, "steps"), *arguments])
    return row(name, lines, run, run["own"]["step_ns"] / 1e9)


def read(name, lines, path):
    run = timed([os.path.join(BENCH, "reader"), "tariffs", path])
    return row(name, lines, run, run["own"]["step_ns"] / 1e9)


def generate(path, lines, accounts):
    with open(path, "wb") as file:
        subprocess.run([os.path.join(BENCH, "gen_journal"), str(lines), str(accounts)], stdout=file, check=True)


def rate(name, lines, path, goal=None):
    with open(os.devnull, "wb") as null:
        command = [TOLLGATE, "rate", "--quiet", "--tariffs", "tariffs", "--json", path]
        return row(name, lines, timed(command, null), goal=goal)


def files(options, folder):
    """Everything measured on a journal file."""
    lines, small = options.lines, min(options.sqlite_lines, options.lines)
    path, small_path = os.path.join(folder, "all.ndjson"), os.path.join(folder, "small.ndjson")
    generate(path, lines, options.accounts)
    generate(small_path, small, options.accounts)
    rows = [step("read the bytes", lines, "read", "1", path), step("find the lines", lines, "split", "1", path),
            step("parse, 1 thread", lines, "parse", "1", path), step("parse, 2 threads", lines, "parse", "2", path),
            read("read to records, 1 thread", lines, path),
            rate("tollgate rate", lines, path, GOAL_RATE), rate("tollgate rate, fewer lines", small, small_path)]
    sqlite = os.path.join(BENCH, "sqlite_rate")
    if os.path.exists(sqlite):
        run = timed([sqlite, small_path, os.path.join(folder, "bench.db")])
        seconds = (run["own"]["import_ns"] + run["own"]["sum_ns"]) / 1e9
        rows.append(row("SQLite: import rows, then sum", small, run, seconds))
    return rows + books.measure(timed, BENCH, (path, lines), (small_path, small), folder)


def core(options):
    """The rating core in memory, without files."""
    rows = []
    for accounts, goal in GOAL_CORE.items():
        run = timed([os.path.join(BENCH, "core"), "tariffs", str(accounts), str(options.core_events)])
        own = run["own"]
        rows.append(row(f"core in memory, {accounts:,} accounts", own["events"], run, own["core_ns"] / 1e9, goal))
        rows.append(row("  and duplicates looked for", own["events"], run, own["apply_ns"] / 1e9))
    return rows


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {pages / 2**30:.0f} GiB, Linux {platform.release()}, load {load:.1f}"


def show(rows, out):
    rating = next((entry["per_second"] for entry in rows if entry["name"] == "tollgate rate"), None)
    print(f"{'what':34} {'lines':>11} {'seconds':>8} {'M lines/s':>10} {'CPU s':>7} {'memory MB':>9} "
          f"{'of rate':>8}  goal", file=out)
    for entry in rows:
        ratio = f"{entry['per_second'] / rating:7.2f}x" if rating else ""
        goal = entry["goal_per_second"]
        verdict = f"{goal / 1e6:g} M: {'met' if entry['per_second'] >= goal else 'missed'}" if goal else ""
        print(f"{entry['name']:34} {entry['lines']:11,} {entry['seconds']:8.2f} {entry['per_second'] / 1e6:10.2f} "
              f"{entry['cpu_seconds']:7.2f} {entry['rss_bytes'] / 1e6:9.0f} {ratio:>8}  {verdict}".rstrip(), file=out)


def profile(options, folder):
    """Where the time goes, as perf sees it."""
    if shutil.which("perf") is None:
        sys.exit("bench: perf is not installed (Debian package linux-perf)")
    path, data = os.path.join(folder, "profile.ndjson"), os.path.join(folder, "perf.data")
    generate(path, min(options.lines, 1_000_000), options.accounts)
    subprocess.run(["perf", "record", "-q", "-F", "999", "-o", data, TOLLGATE, "rate", "--tariffs", "tariffs", "--json",
                    path], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--sort", "symbol", "--percent-limit", "1"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=True).stdout
    print("\n".join(line.rstrip() for line in report.splitlines() if line.strip() and not line.startswith("#")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--sqlite-lines", type=int, default=1_000_000, help="for SQLite, and rating beside it")
    parser.add_argument("--core-events", type=int, default=8_000_000)
    parser.add_argument("--profile", action="store_true", help="show where `tollgate rate` spends its time instead")
    parser.add_argument("--serve-seconds", type=int, default=5, help="of every run over HTTP")
    parser.add_argument("--only-serve", action="store_true", help="measure the daemon alone")
    parser.add_argument("--only-console", action="store_true", help="measure the console on a large book alone")
    parser.add_argument("--console-lines", type=int, default=10_000_000, help="of the book that it looks at")
    parser.add_argument("--console-accounts", type=int, default=5000)
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as folder:
        if options.profile:
            return profile(options, folder)
        is_whole = not options.only_serve and not options.only_console
        rows = files(options, folder) if is_whole else []
        served = [] if options.only_console else serve.measure(TOLLGATE, BENCH, folder, options.serve_seconds)
        looked = [] if options.only_serve else console.measure(TOLLGATE, BENCH, folder, options.console_lines,
                                                               options.console_accounts)
    print(machine())
    if is_whole:
        rows += core(options)
        show(rows, sys.stdout)
    for table, one in ((serve, served), (console, looked)):
        if one:
            print()
            table.show(one, sys.stdout)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine(), "rows": rows, "serve": served, "console": looked}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
