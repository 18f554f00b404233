#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Check that a module includes only itself and modules above its line in src/LAYERS.

A header `*_private.h` belongs to its own folder: nobody else may include it, its tests and
the simulator, which looks into everything, apart.
Usage: check_layers.py [ROOT]
"""

import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_layers(root):
    with open(os.path.join(root, "src", "LAYERS"), encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return [line for line in lines if line and not line.startswith("#")]


def sources(folder):
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".cc")):
                yield os.path.join(path, name)


def include_error(layers, module, owner, included):
    """Why `module` may not include the header `included`, or None. Tests have no module of their own (None)."""
    target = included.split("/")[0] if "/" in included else owner
    if "/" in included and target not in layers:
        return None if module is None else f'"{included}" is in no module of src/LAYERS'
    if target != owner and included.endswith("_private.h"):
        return f'"{included}" is private to {target}'
    if module and layers.index(target) > layers.index(module):
        return f'{module} includes "{included}", but {target} is a higher layer'
    return None


def check_file(root, layers, path):
    parts = os.path.relpath(path, root).split(os.sep)
    if parts[:2] == ["tests", "simulator"]:
        return
    module = parts[1] if parts[0] == "src" and len(parts) > 2 else None
    owner = next((part for part in parts[1:] if part in layers), None)
    if module and module not in layers:
        yield 1, f"the folder src/{module} is not in src/LAYERS"
        return
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            error = match and include_error(layers, module, owner, match.group(1))
            if error:
                yield number, error


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    layers = read_layers(root)
    bad = 0
    for folder in ("src", "tests", "bench"):
        for path in sources(os.path.join(root, folder)):
            for number, text in check_file(root, layers, path):
                print(f"{os.path.relpath(path, root)}:{number}: {text}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
