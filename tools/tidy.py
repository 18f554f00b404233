#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""House style that no compiler checks: sizes, banned calls, licence lines, unfinished work, machine paths.

tools/tidy-allow.txt lists the exceptions, `path: rule`, and may only shrink: a line that is no longer needed is an
error. Usage: tidy.py [ROOT]
"""

import os
import re
import subprocess
import sys

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 600
COLUMNS_MAX = 120

BANNED = {name: "its length is not bounded" for name in ("strcpy", "strcat", "stpcpy", "sprintf", "vsprintf", "gets")}
BANNED.update({name: "it hides errors; use decimal_parse or slice functions" for name in
               ("atoi", "atol", "atoll", "strtol", "strtoul", "strtoll", "strtoull", "sscanf", "scanf", "fscanf")})
BANNED.update({name: "no binary floating point" for name in ("atof", "strtod", "strtof", "strtold")})
BANNED.update({name: "it keeps hidden state" for name in ("strtok", "localtime", "gmtime", "ctime", "asctime", "rand",
                                                          "srand", "setlocale")})
BANNED.update({"alloca": "the stack has no bound", "system": "no shell", "popen": "no shell", "tmpnam": "it races",
               "mktemp": "it races", "strncpy": "it may leave out the end"})
CALL = re.compile(r"(?<![\w.>])(" + "|".join(sorted(BANNED)) + r")\s*\(")
# Spelt in two halves, so that this file does not find itself.
MARKER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile("(?<![\\w.])/(?:" + "|".join(("ho" + "me", "wo" + "rk", "ro" + "ot", "Us" + "ers")) + ")/\\w")
TEXT_OR_COMMENT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
SPDX = "SPDX-License-" + "Identifier: Apache-2.0"
CODE = (".c", ".h", ".cc")
SCRIPTS = (".py", ".sh")
NO_LIMITS = ("LICENSE",)


def code_only(text):
    return TEXT_OR_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def opens_body(lines):
    """Whether a signature that may go over several lines ends in an opening brace, not in a semicolon."""
    for line in lines:
        if line.rstrip().endswith(("{", ";", "\\")):
            return line.rstrip().endswith("{")
    return False


def long_functions(lines):
    """A function starts in the first column, as clang-format leaves it, and ends with a brace there."""
    start = name = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"[A-Za-z_][^=]*\(", line) and opens_body(lines[number - 1:number + 7]):
            start, name = number, line.split("(")[0].split()[-1].lstrip("*")
        elif start is not None and line.startswith("}"):
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield start, f"{name} has {number - start + 1} lines, {FUNCTION_LINES_MAX} are allowed"
            start = None


def check_code(text):
    lines = text.splitlines()
    bare = code_only(text).splitlines()
    for number, line in enumerate(bare, 1):
        for match in CALL.finditer(line):
            yield number, "banned-call", f"{match.group(1)} is banned: {BANNED[match.group(1)]}"
        if "//" in line and not line.startswith("} //"):
            yield number, "line-comment", "comments are /* */; a // marks unfinished work"
        if re.search(r"\bgoto\b", line):
            yield number, "goto", "no goto"
    for number, message in long_functions(bare):
        yield number, "function-length", message
    if len(lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX, "file-length", f"{len(lines)} lines, {FILE_LINES_MAX} are allowed"


def check_text(path, text):
    """Yields (line, rule, message)."""
    ending = os.path.splitext(path)[1]
    lines = text.splitlines()
    if ending in CODE + SCRIPTS or path == "Makefile":
        if not any(SPDX in line for line in lines[:3]):
            yield 1, "licence", "the SPDX line is missing from the first three lines"
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > COLUMNS_MAX:
                yield number, "columns", f"{len(line.expandtabs(8))} columns, {COLUMNS_MAX} are allowed"
    if ending in CODE:
        yield from check_code(text)
    for number, line in enumerate(lines, 1):
        if MARKER.search(line) and path not in NO_LIMITS:
            yield number, "marker", "unfinished work is left: " + line.strip()[:60]
        if MACHINE_PATH.search(line) and path not in NO_LIMITS:
            yield number, "machine-path", "a path of one machine: " + line.strip()[:60]
        if line != line.rstrip() and not path.endswith(".md"):
            yield number, "trailing-space", "space at the end of the line"


def tracked(root):
    output = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=root, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    return [path for path in output.splitlines() if os.path.isfile(os.path.join(root, path))]


def read_allowed(root):
    path = os.path.join(root, "tools", "tidy-allow.txt")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return {line for line in lines if line and not line.startswith("#")}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    allowed = read_allowed(root)
    used, bad = set(), 0
    for path in tracked(root):
        # Fuzz seeds, golden texts and pictures are whatever they are.
        if path.startswith(("tests/fuzz/corpus/", "tests/golden/")) or path.endswith((".png", ".svg")):
            continue
        with open(os.path.join(root, path), "rb") as file:
            raw = file.read()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            print(f"{path}:1: not UTF-8")
            bad += 1
            continue
        for number, rule, message in check_text(path, text):
            if f"{path}: {rule}" in allowed:
                used.add(f"{path}: {rule}")
                continue
            print(f"{path}:{number}: {rule}: {message}")
            bad += 1
    for entry in sorted(allowed - used):
        print(f"tools/tidy-allow.txt: no longer needed: {entry}")
        bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
