#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run clang-tidy over the C files of src and bench, two at a time, and remember the files that were clean.

A file is looked at again when it, a header of the project, or the configuration changed. Usage: clang_tidy.py BUILD
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


def check(build, path, stamp):
    if os.path.exists(stamp):
        return path, True, ""
    done = subprocess.run(["clang-tidy", "--quiet", "-p", build, path], cwd=ROOT, stdout=subprocess.PIPE,
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
    jobs = [(path, os.path.join(cache, hashlib.sha256((common + digest([path])).encode()).hexdigest()))
            for path in sources]
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
