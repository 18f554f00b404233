#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A JSON document, without white space, as the bytes of a C array: what a program serves without a file at run time.
Usage: embed.py INPUT OUTPUT NAME
"""

import json
import sys


def main():
    source, target, name = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = json.dumps(json.load(file), separators=(",", ":")).encode("ascii")
    rows = [", ".join(map(str, text[at:at + 24])) for at in range(0, len(text), 24)]
    with open(target, "w", encoding="ascii") as file:
        file.write(f"const char {name}[] = {{\n" + ",\n".join(rows) + "};\n" +
                   f"const unsigned long {name}_size = sizeof {name};\n")


if __name__ == "__main__":
    main()
