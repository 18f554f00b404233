# SPDX-License-Identifier: Apache-2.0
"""Every checker refuses what it is there for, and lets the same thing pass when it is right."""

import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

import check_floats  # noqa: E402
import check_layers  # noqa: E402
import run_docs  # noqa: E402
import run_tests  # noqa: E402
import tidy  # noqa: E402

LAYERS = ["base", "money", "rate"]
HEAD = "/* " + tidy.SPDX + " */\n"


@pytest.mark.parametrize("module, owner, included, is_refused", [
    ("money", "money", "base/slice.h", False),
    ("money", "money", "money/decimal.h", False),
    ("money", "money", "wide_private.h", False),
    ("money", "money", "rate/rate.h", True),
    ("rate", "rate", "money/wide_private.h", True),
    ("rate", "rate", "money/decimal.h", False),
    ("rate", "rate", "nowhere/thing.h", True),
    (None, "money", "money/wide_private.h", False),
    (None, "rate", "money/wide_private.h", True),
    (None, "money", "rate/rate.h", False),
    (None, "money", "support/check.h", False),
])
def test_layers(module, owner, included, is_refused):
    assert bool(check_layers.include_error(LAYERS, module, owner, included)) == is_refused


def test_layers_as_a_program(tmp_path):
    (tmp_path / "src" / "base").mkdir(parents=True)
    (tmp_path / "src" / "money").mkdir()
    (tmp_path / "src" / "LAYERS").write_text("# lowest first\nbase\nmoney\n")
    (tmp_path / "src" / "base" / "a.c").write_text('#include "base/a.h"\n')
    command = [sys.executable, os.path.join(ROOT, "tools", "check_layers.py"), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == 0
    (tmp_path / "src" / "base" / "a.c").write_text('#include "money/decimal.h"\n')
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 1 and "src/base/a.c:1" in done.stdout


def rules(path, text):
    return {rule for _, rule, _ in tidy.check_text(path, text)}


@pytest.mark.parametrize("text, rule", [
    (HEAD + "int n = ato" + "i(text);\n", "banned-call"),
    (HEAD + "strcp" + "y(a, b);\n", "banned-call"),
    (HEAD + "double_it = strto" + "d(text, NULL);\n", "banned-call"),
    (HEAD + "int n; /" + "/ later\n", "line-comment"),
    (HEAD + "go" + "to out;\n", "goto"),
    (HEAD + "/* TO" + "DO: more */\n", "marker"),
    (HEAD + "/* FIX" + "ME */\n", "marker"),
    ("int n;\n", "licence"),
    (HEAD + "x" * 121 + "\n", "columns"),
    (HEAD + 'open("/ho' + 'me/me/x");\n', "machine-path"),
    (HEAD + "int n; \n", "trailing-space"),
    (HEAD + "int n;\n" * 601, "file-length"),
    (HEAD + "int f(void) {\n" + "    f();\n" * 60 + "}\n", "function-length"),
    (HEAD + "static int f(int a,\n             int b) {\n" + "    f();\n" * 60 + "}\n", "function-length"),
])
def test_tidy_refuses(text, rule):
    assert rule in rules("src/base/a.c", text)


@pytest.mark.parametrize("text", [
    HEAD + "int f(void) {\n" + "    f();\n" * 58 + "}\n",
    HEAD + "static const int rows[] = {\n" + "    1,\n" * 90 + "};\n",
    HEAD + 'const char *url = "https:/' + '/example.org";\n',
    HEAD + "/* strtol would hide errors */\nint my_ato" + "i(int n);\n",
    HEAD + "x" * 120 + "\n",
    HEAD + "/* the price is free for now */\n",
])
def test_tidy_lets_pass(text):
    assert rules("src/base/a.c", text) == set()


@pytest.mark.parametrize("line, is_refused", [
    ("int64_t n = 10;", False),
    ("double n = 1;", True),
    ("float n;", True),
    ("int64_t n = (int64_t)(1.5 * 2);", True),
    ("int64_t n = 1e6;", True),
    ("n = strto" + "d(text, NULL);", True),
    ('const char *text = "1.5 double"; /* 0.5 */', False),
    ("state.sub2 = a.b1;", False),
    ("uint64_t n = 0x1e6;", False),
    ("struct v1 x = y.z;", False),
])
def test_floats_in_sources(tmp_path, line, is_refused):
    path = tmp_path / "a.c"
    path.write_text(line + "\n")
    assert bool(list(check_floats.check_source(str(path)))) == is_refused


@pytest.mark.parametrize("code, is_refused", [
    ("long f(long a, long b) { return a * b / 3; }", False),
    ("__int128 f(__int128 a, __int128 b) { return a / b; }", False),
    ("struct s { long n[8]; }; void f(struct s *a, const struct s *b) { *a = *b; }", False),
    ("long f(long a, long b) { return (long)((dou" + "ble)a / b); }", True),
    ("int f(flo" + "at a, flo" + "at b) { return a < b; }", True),
    ("void f(long dou" + "ble *a) { *a *= 2; }", True),
])
def test_floats_in_objects(tmp_path, code, is_refused):
    source, target = tmp_path / "a.c", tmp_path / "a.o"
    source.write_text(code + "\n")
    subprocess.run(["gcc", "-O2", "-c", str(source), "-o", str(target)], check=True)
    assert bool(list(check_floats.check_object(str(target)))) == is_refused


def test_tap_is_counted():
    assert run_tests.count_tap(0, "1..2\nok 1 - a\nok 2 - b\n") == (2, 0)
    assert run_tests.count_tap(1, "1..2\nok 1 - a\nnot ok 2 - b\n") == (1, 1)
    assert run_tests.count_tap(139, "1..2\nok 1 - a\n") == (1, 1)
    assert run_tests.count_tap(0, "fine") == (1, 0)
    assert run_tests.count_tap(1, "not fine") == (0, 1)


PAGE = """# A page
```console
$ printf 'a\\nb\\n'
a
b
$ sh -c 'echo c; exit 3'
c
[exit status 3]
```
```sh
not run
```
```console
$ seq 1 5
1
...
5
```
"""


def test_docs_blocks_are_found():
    commands = list(run_docs.commands_in(PAGE))
    assert [command for _, command, _ in commands] == ["printf 'a\\nb\\n'", "sh -c 'echo c; exit 3'", "seq 1 5"]
    assert [place for place, _, _ in commands] == [3, 6, 14]


@pytest.mark.parametrize("want, got, is_same", [
    ("a\nb\n", "a\nb\n", True),
    ("a\nb\n", "a\nc\n", False),
    ("1\n...\n5\n", "1\n2\n3\n4\n5\n", True),
    ("1\n...\n5\n", "1\n2\n3\n4\n", False),
    ("", "a\n", False),
])
def test_docs_output_is_compared(want, got, is_same):
    assert run_docs.is_same(want, got) == is_same
