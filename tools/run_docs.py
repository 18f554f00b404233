#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run the examples of README and docs and compare what they print.

A fenced block marked `console` is a session: lines that begin with `$ ` are commands, what follows is their output,
both streams as a terminal shows them. A line `...` stands for any lines, `[exit status N]` for a status other than 0.
All blocks of one page run in one scratch folder with `tollgate` in PATH and the folders examples/ and tariffs/ there.
A line `<!-- file: NAME -->` before a fenced block writes that block into the scratch folder.
Prints TAP. Usage: run_docs.py [--update] [PAGE…]; --update writes the real output into the pages.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FENCE = re.compile(r"^```(\w*)\s*$")
FILE = re.compile(r"^<!-- file: (\S+) -->$")


def blocks_in(text):
    """Yields (kind, first line number of the body, lines); kind is `console` or the name of a file to write."""
    lines = text.splitlines()
    kind, start, name = None, 0, None
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if kind is None and fence:
            kind, start = name or fence.group(1) or "text", number + 1
            is_wanted, name = bool(name) or fence.group(1) == "console", None
        elif fence and line.strip() == "```":
            if is_wanted:
                yield kind, start, lines[start - 1:number - 1]
            kind = None
        elif kind is None and line.strip():
            match = FILE.match(line.strip())
            name = match.group(1) if match else None


def session(start, lines):
    """Yields (line number, command, wanted output)."""
    place, command, wanted = None, None, []
    for number, line in enumerate(lines, start):
        if line.startswith("$ "):
            if command is not None:
                yield place, command, "".join(wanted)
            place, command, wanted = number, line[2:], []
        elif command is not None and command.endswith("\\") and not wanted and line.startswith("> "):
            command += "\n" + line[2:]
        else:
            wanted.append(line + "\n")
    if command is not None:
        yield place, command, "".join(wanted)


def commands_in(text):
    for kind, start, lines in blocks_in(text):
        if kind == "console":
            yield from session(start, lines)


def is_same(want, got):
    pattern = "".join(r"(?:.*\n)*" if line == "...\n" else re.escape(line) for line in want.splitlines(True))
    return re.fullmatch(pattern, got) is not None


def execute(command, folder, env):
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    output = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    if output and not output.endswith("\n"):
        output += "\n"
    return output + (f"[exit status {done.returncode}]\n" if done.returncode else "")


def scratch_folder(folder, program):
    for name in ("examples", "tariffs"):
        shutil.copytree(os.path.join(ROOT, name), os.path.join(folder, name))
    os.mkdir(os.path.join(folder, ".bin"))
    os.symlink(program, os.path.join(folder, ".bin", "tollgate"))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TOLLGATE")}
    return {**clean, "PATH": os.path.join(folder, ".bin") + ":/usr/bin:/bin", "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
            "COLUMNS": "120", "TZ": "UTC"}


def run_page(path, program, report):
    """Returns the page with the real outputs in it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    fresh = text.splitlines()
    changes = []
    with tempfile.TemporaryDirectory() as folder:
        env = scratch_folder(folder, program)
        for kind, start, lines in blocks_in(text):
            if kind != "console":
                with open(os.path.join(folder, kind), "w", encoding="utf-8") as file:
                    file.write("\n".join(lines) + "\n")
                continue
            for place, command, wanted in session(start, lines):
                got = execute(command, folder, env)
                report(f"{os.path.relpath(path, ROOT)}:{place}: {command.splitlines()[0]}", is_same(wanted, got),
                       wanted, got)
                first = place + command.count("\n")
                changes.append((first, first + wanted.count("\n"), got, is_same(wanted, got)))
    for first, last, got, was_same in reversed(changes):
        if not was_same:
            fresh[first:last] = got.splitlines()
    return "\n".join(fresh) + "\n"


def main():
    arguments = sys.argv[1:]
    is_update = "--update" in arguments
    pages = [os.path.abspath(page) for page in arguments if page != "--update"]
    if not pages:
        pages = [os.path.join(ROOT, "README.md")]
        pages += sorted(glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
    program = os.environ.get("TOLLGATE", os.path.join(ROOT, "build", "src", "cli", "tollgate"))
    count = failed = 0

    def report(name, is_good, wanted, got):
        nonlocal count, failed
        count += 1
        failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {count} - {name}")
        if not is_good:
            print("".join(f"# wanted: {line}\n" for line in wanted.splitlines()) +
                  "".join(f"# got:    {line}\n" for line in got.splitlines()), end="")

    for page in pages:
        if os.path.exists(page):
            fresh = run_page(page, program, report)
            if is_update:
                with open(page, "w", encoding="utf-8") as file:
                    file.write(fresh)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
