#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prove that no binary floating point is used where money passes.

Twice: the sources name no floating type and call no floating function, and the compiled objects of these modules hold
no floating-point arithmetic, comparison or conversion. Usage: check_floats.py BUILD [ROOT]
"""

import glob
import os
import re
import subprocess
import sys

MODULES = ["money", "calendar", "tariff", "meter", "fund", "rate", "ledger", "bill", "engine", "admit", "media", "plan",
           "forecast"]
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
LITERAL = re.compile(r"(?<![\w.])(?:\d+\.\d*|\.\d+|\d+[eE][-+]?\d+)")
# Scalar and packed arithmetic, comparison, conversion of the vector unit; everything of the x87.
INSTRUCTION = re.compile(
    r"\s(v?(?:add|sub|mul|div|sqrt|min|max|rcp|rsqrt|round|u?comi|cmp\w*|hadd|hsub|addsub|fn?m(?:add|sub)\w*)[sp][sd]"
    r"|v?cvt\w+|f(?:ld|ild|st|ist|add|sub|mul|div|com|ucom|chs|abs|sqrt|xch|iadd|isub|imul|idiv)\w*)\s")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def check_source(path):
    with open(path, encoding="utf-8") as file:
        text = COMMENT_OR_TEXT.sub(blank, file.read())
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#include"):
            continue
        match = re.search(r"\b(float|double|_Float\w+|_Decimal\w+|strtod|strtof|strtold|atof)\b", line)
        match = match or LITERAL.search(line)
        if match:
            yield number, match.group(0)


def check_object(path):
    output = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], stdout=subprocess.PIPE, check=True,
                            encoding="utf-8", errors="replace").stdout
    function = "?"
    for line in output.splitlines():
        if line.endswith(">:"):
            function = line[line.index("<") + 1:-2]
        match = INSTRUCTION.search(line + " ")
        if match:
            yield function, match.group(1)


def main():
    build = sys.argv[1]
    root = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    bad = objects = 0
    for module in MODULES:
        folder = os.path.join(root, "src", module)
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.[ch]"), recursive=True)):
            for number, word in check_source(path):
                print(f"{os.path.relpath(path, root)}:{number}: floating point: {word}")
                bad += 1
        for path in sorted(glob.glob(os.path.join(root, build, "src", module, f"lib{module}.a.p", "*.o"))):
            objects += 1
            for function, instruction in check_object(path):
                print(f"{os.path.relpath(path, root)}: {function} uses {instruction}")
                bad += 1
    print(f"looked into {objects} objects")
    return 1 if bad or not objects else 0


if __name__ == "__main__":
    sys.exit(main())
