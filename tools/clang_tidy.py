#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run clang-tidy over the C files of src and bench, two at a time, and remember the files that were clean.

A file is looked at again when it, a header of the project, or the configuration changed. The static analyzer, which
takes most of the time, looks at one file in twenty, others with every commit; at all of them with --deep.
Usage: clang_tidy.py BUILD [--deep]
"""

import concurrent.futures
import glob
import hashlib
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def digest(paths):
    state = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            state.update(path.encode() + b"\0" + file.read() + b"\0")
    return state.hexdigest()


def is_analyzed(path):
    """Drawn from the commit, so that a second run looks at the same files."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="utf-8", check=False).stdout.strip()
    drawn = int(hashlib.sha256(os.path.relpath(path, ROOT).encode()).hexdigest()[:8], 16) + int(head[:8] or "0", 16)
    return drawn % 20 == 0


def check(build, path, stamp, deep):
    if os.path.exists(stamp):
        return path, True, ""
    less = [] if deep else ["--checks=-clang-analyzer-*"]
    done = subprocess.run(["clang-tidy", "--quiet", *less, "-p", build, path], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", check=False)
    is_clean = done.returncode == 0 and "warning:" not in done.stdout
    if is_clean:
        with open(stamp, "w", encoding="utf-8"):
            pass
    return path, is_clean, done.stdout


def main():
    build = os.path.join(ROOT, sys.argv[1])
    cache = os.path.join(build, "tidy-cache")
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    found = {os.path.normpath(os.path.join(entry["directory"], entry["file"])) for entry in entries}
    sources = sorted(path for path in found if path.endswith(".c") and
                     os.path.relpath(path, ROOT).startswith(("src/", "bench/")))
    common = digest(sorted(glob.glob(os.path.join(ROOT, "**", "*.h"), recursive=True)) +
                    [os.path.join(ROOT, ".clang-tidy")])
    jobs = []
    for path in sources:
        deep = "--deep" in sys.argv or is_analyzed(path)
        name = hashlib.sha256((common + digest([path])).encode()).hexdigest() + ("-deep" if deep else "")
        jobs.append((path, os.path.join(cache, name), deep))
    jobs.sort(key=lambda job: (not job[2], -os.path.getsize(job[0])))  # long ones first: no core waits for them
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for path, is_clean, output in pool.map(lambda job: check(build, *job), jobs):
            if not is_clean:
                print(f"--- {os.path.relpath(path, ROOT)}\n{output}")
                bad += 1
    print(f"{len(sources)} files, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
