#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the web console for Meson.

    console.py prepare --npm NPM --node NODE          console/node_modules as package-lock.json wants it
    console.py build OUTPUT DEPFILE --npm … --node …  the files of the console as C arrays

`npm ci` runs only when the lock file, node, or the machine is another one than the last time.
"""

import argparse
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONSOLE = os.path.join(ROOT, "console")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}
REMEDY = ("npm could not get what the console is made of (console/package-lock.json). Is the npm registry reachable? "
          "Try `cd console && npm ci`; `meson configure BUILD -Dconsole=disabled` builds without the console.")


class Failure(Exception):
    """Told without a traceback."""


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", check=False, **options)
    return done.returncode, done.stdout


def wanted_stamp(node):
    """What the installed packages depend on."""
    code, version = run([node, "--version"])
    if code != 0:
        raise Failure(f"{node} --version: {version.strip()}")
    with open(os.path.join(CONSOLE, "package-lock.json"), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return f"{digest} node {version.strip()} {platform.system()} {platform.machine()}\n"


def prepare(options):
    """npm ci, once, whoever else builds in the same tree at the same time."""
    modules, stamp = os.path.join(CONSOLE, "node_modules"), os.path.join(CONSOLE, "node_modules", ".tollgate-stamp")
    wanted = wanted_stamp(options.node)
    with open(os.path.join(CONSOLE, "package.json"), "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(stamp):
            with open(stamp, encoding="utf-8") as file:
                if file.read() == wanted:
                    return
        for attempt in (1, 2):
            code, output = run([options.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                               cwd=CONSOLE)
            if code == 0:
                break
            if attempt == 2:
                raise Failure(f"{output.strip()}\n{REMEDY}")
        os.makedirs(modules, exist_ok=True)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(wanted)


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def array(name, data):
    rows = [",".join(map(str, data[at:at + 40])) for at in range(0, len(data), 40)]
    return f"static const unsigned char {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def embed(folder, output):
    """The table of src/console/console.c."""
    names = sorted(name for name in os.listdir(folder) if not name.endswith(".gz"))
    parts, rows = [], []
    for index, name in enumerate(names):
        for kind, path in (("plain", name), ("gzip", f"{name}.gz")):
            with open(os.path.join(folder, path), "rb") as file:
                data = file.read()
            parts.append(array(f"{kind}_{index}", data))
            if kind == "plain":
                etag = hashlib.sha256(data).hexdigest()[:16]
        rows.append(f"    {{{{{literal(name)}, {len(name)}}}, {literal(TYPES[os.path.splitext(name)[1]])}, "
                    f"{{{literal(etag)}, {len(etag)}}}, {{(const char *)plain_{index}, sizeof plain_{index}}}, "
                    f"{{(const char *)gzip_{index}, sizeof gzip_{index}}}}},\n")
    text = "".join(parts) + "static const struct console_asset assets[] = {\n" + "".join(rows) + "};\n"
    with open(output, "w", encoding="ascii") as file:
        file.write(text)


def build(options):
    prepare(options)
    folder = tempfile.mkdtemp(prefix="console-", dir=os.path.dirname(os.path.abspath(options.output)))
    try:
        made = os.path.join(folder, "assets")
        code, output = run([options.node, os.path.join(CONSOLE, "build.mjs"), made, options.depfile, options.output])
        if code != 0:
            raise Failure(output.strip())
        embed(made, options.output)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description="Make the web console.")
    parser.add_argument("what", choices=["prepare", "build"])
    parser.add_argument("output", nargs="?")
    parser.add_argument("depfile", nargs="?")
    parser.add_argument("--npm", required=True)
    parser.add_argument("--node", required=True)
    options = parser.parse_args()
    try:
        {"prepare": prepare, "build": build}[options.what](options)
    except (Failure, OSError) as failure:
        print(f"console: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
