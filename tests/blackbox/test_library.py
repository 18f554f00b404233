# SPDX-License-Identifier: Apache-2.0
"""libtollgate as it is installed: what is exported, how programs are built against it, and that it says what the
command line says."""

import ctypes
import json
import os
import re
import shutil
import subprocess
from fractions import Fraction

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = os.path.join(ROOT, "include", "tollgate.h")
SYMBOLS = os.path.join(ROOT, "tests", "golden", "lib", "symbols.txt")
EXAMPLES = os.path.join(ROOT, "examples", "c")
EVER_AFTER = 2**63 - 1


def run(*words, env=None):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})},
                          timeout=60, check=False)
    output = done.stdout.decode()
    assert done.returncode == 0, f"{words}\n{output}"
    return output


class Installed:
    """The library below a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        files = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
        self.files = {os.path.basename(file): file for file in files}
        self.libraries = os.path.dirname(self.files["libtollgate.so"])

    def flags(self, *options):
        env = {"PKG_CONFIG_SYSROOT_DIR": self.folder, "PKG_CONFIG_PATH": os.path.dirname(self.files["tollgate.pc"])}
        return run("pkg-config", *options, "tollgate", env=env).split()

    def load(self):
        library = ctypes.CDLL(os.path.join(self.libraries, "libtollgate.so.0"))
        for name in ("tollgate_version", "tollgate_status_text", "tollgate_tariffs_directory"):
            getattr(library, name).restype = ctypes.c_char_p
        return library


@pytest.fixture(scope="module")
def installed(tollgate, tmp_path_factory):
    build = os.path.dirname(os.path.dirname(os.path.dirname(tollgate.path)))
    folder = str(tmp_path_factory.mktemp("installed"))
    run("/usr/bin/meson", "install", "-C", build, "--no-rebuild", "--destdir", folder)
    return Installed(folder)


def declared():
    with open(HEADER, encoding="utf-8") as file:
        return sorted(set(re.findall(r"TOLLGATE_API [^;]*?\b(tollgate_\w+)\(", file.read())))


def test_what_is_exported_is_what_is_declared(installed):
    lines = run("nm", "-D", "--defined-only", installed.files["libtollgate.so.0"]).splitlines()
    symbols = "".join(sorted(line.split()[-1] + "\n" for line in lines if " A " not in line))
    if os.environ.get("UPDATE_GOLDEN"):
        os.makedirs(os.path.dirname(SYMBOLS), exist_ok=True)
        with open(SYMBOLS, "w", encoding="utf-8") as file:
            file.write(symbols)
    with open(SYMBOLS, encoding="utf-8") as file:
        assert symbols == file.read()
    assert symbols == "".join(f"{name}@@TOLLGATE_0\n" for name in declared())


def test_the_archive_shows_no_other_name(installed):
    lines = run("nm", "-g", "--defined-only", installed.files["libtollgate.a"]).splitlines()
    names = sorted(line.split()[2] for line in lines if len(line.split()) == 3)
    assert names == declared()


def test_the_name_of_the_library_says_when_to_compile_again(installed):
    assert "Library soname: [libtollgate.so.0]" in run("readelf", "-d", installed.files["libtollgate.so"])
    version = run("pkg-config", "--modversion", installed.files["tollgate.pc"]).strip()
    assert installed.load().tollgate_version().decode() == version
    assert os.path.basename(os.path.realpath(installed.files["libtollgate.so"])) == f"libtollgate.so.{version}"
    tariffs = run("pkg-config", "--variable=tariffs", installed.files["tollgate.pc"]).strip()
    assert installed.load().tollgate_tariffs_directory().decode() == tariffs
    assert os.path.exists(f"{installed.folder}{tariffs}/viapi.yaml")


@pytest.mark.parametrize("compiler", [["gcc", "-std=c99"], ["gcc", "-std=c17"], ["g++", "-std=c++11", "-x", "c++"],
                                      ["clang", "-std=c99"], ["clang++", "-std=c++20", "-x", "c++"]])
def test_the_header_is_clean_in_every_language(installed, tmp_path, compiler):
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not here")
    source = tmp_path / "one.c"
    source.write_text("#include <tollgate.h>\n#include <tollgate.h>\nint main(void) { return TOLLGATE_OK; }\n")
    run(*compiler, "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wundef", "-Wshadow", "-Werror", "-fsyntax-only",
        *installed.flags("--cflags"), str(source))


def built(installed, folder, name, is_static):
    """An example, compiled as its first lines say."""
    program = str(folder / name)
    flags = installed.flags(*(["--static"] if is_static else []), "--cflags", "--libs")
    if is_static:
        flags = [flag.replace("-ltollgate", "-l:libtollgate.a") for flag in flags]
    source = os.path.join(EXAMPLES, f"{name}.c")
    run("gcc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", source, *flags, "-o", program)
    linked = run("ldd", program, env={"LD_LIBRARY_PATH": installed.libraries})
    assert ("libtollgate.so.0" in linked) != is_static
    return program


@pytest.mark.parametrize("is_static", [False, True])
def test_an_event_is_rated(installed, tmp_path, is_static):
    program = built(installed, tmp_path, "rate_event", is_static)
    quote = json.loads(run(program, os.path.join(ROOT, "tariffs"), env={"LD_LIBRARY_PATH": installed.libraries}))
    assert (quote["outcome"], quote["amount"], quote["currency"]) == ("accepted", "2000", "CNY")
    assert [item["item"] for item in quote["items"]] == ["license-plate-recognition"]
    with open(os.path.join(EXAMPLES, "rate_event.c"), encoding="utf-8") as file:
        assert len(file.read().partition("int main")[2].splitlines()) <= 30


@pytest.mark.parametrize("is_static", [False, True])
def test_a_loop_is_gated(installed, tmp_path, is_static):
    program = built(installed, tmp_path, "gate_loop", is_static)
    text = run(program, os.path.join(ROOT, "tariffs"), env={"LD_LIBRARY_PATH": installed.libraries})
    done, refused = map(int, re.search(r"(\d+) calls were done, (\d+) refused", text).groups())
    # Five a second; seconds may end while it runs.
    assert done + refused == 20 and done >= 5
    if refused > 0:
        first, refusal = re.match(r"call (\d+): (.*)", text).groups()
        assert int(first) >= 6 and refusal == "qps: the calls of this second are used up; try again in the next one"


class Engine:
    """The C API from Python, as far as these tests need it."""

    def __init__(self, installed, tariffs):
        self.library = installed.load()
        self.tariffs, self.engine = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("tollgate_tariffs_load", tariffs.encode(), None, ctypes.byref(self.tariffs), None)
        self.call("tollgate_engine_new", self.tariffs, 1, ctypes.byref(self.engine))

    def call(self, name, *words):
        assert getattr(self.library, name)(*words) == 0, name

    def usage_total(self, account):
        """What the account's usage comes to, exactly."""
        text = ctypes.c_char_p()
        if self.library.tollgate_engine_account(self.engine, account.encode(), ctypes.c_int64(EVER_AFTER), 0,
                                                ctypes.byref(text)) != 0:
            return 0
        bills = json.loads(text.value)["bills"]
        self.library.tollgate_text_free(text)
        return sum(Fraction(bill["exact_total"]) for bill in bills if bill["kind"] == "usage")

    def feed(self, text):
        self.call("tollgate_engine_feed", self.engine, text, ctypes.c_size_t(len(text)), None, None)

    def json(self, name, *words):
        text = ctypes.c_char_p()
        self.call(name, self.engine, *words, ctypes.byref(text))
        value = json.loads(text.value)
        self.library.tollgate_text_free(text)
        return value

    def free(self):
        self.library.tollgate_tariffs_free(self.tariffs)
        self.library.tollgate_engine_free(self.engine)


@pytest.fixture
def engine(installed):
    made = Engine(installed, os.path.join(ROOT, "tariffs"))
    with open(os.path.join(ROOT, "examples", "demo.ndjson"), "rb") as file:
        lines = file.readlines()
    for start in range(0, len(lines), 7):
        made.feed(b"".join(lines[start:start + 7]))
    yield made
    made.free()


def test_it_says_what_the_program_says(engine, tollgate):
    journal = os.path.join(ROOT, "examples", "demo.ndjson")
    want = tollgate("rate", "--json", journal).json
    for notice in want["unpriced"] + want["rejected"]:
        notice["file"] = None
    got = engine.json("tollgate_engine_statement", ctypes.c_int64(EVER_AFTER), 0)
    assert got == want and got["bills"]
    early = tollgate("rate", "--json", "--until", "2026-02-15T00:00:00Z", journal).json
    assert engine.json("tollgate_engine_statement", ctypes.c_int64(1771113600 * 10**9), 0)["bills"] == early["bills"]
    account = got["bills"][0]["account"]
    alone = engine.json("tollgate_engine_account", account.encode(), ctypes.c_int64(EVER_AFTER), 0)
    assert alone["bills"] == [bill for bill in want["bills"] if bill["account"] == account]


def test_a_quote_is_what_is_charged_then(installed):
    made = Engine(installed, os.path.join(ROOT, "tariffs"))
    quoted = 0
    with open(os.path.join(ROOT, "examples", "demo.ndjson"), "rb") as file:
        lines = file.readlines()
    for line in lines:
        event = json.loads(line)
        if event["type"].startswith("tollgate."):
            made.feed(line)
            continue
        quote = made.json("tollgate_engine_quote", line, ctypes.c_size_t(len(line)))
        before = made.usage_total(event["subject"])
        made.feed(line)
        assert made.usage_total(event["subject"]) - before == Fraction(quote["amount"]), line
        again = made.json("tollgate_engine_quote", line, ctypes.c_size_t(len(line)))
        assert (again["outcome"], again["amount"], again["items"]) == ("duplicate", "0", [])
        quoted += quote["amount"] != "0"
    assert quoted > 10
    made.free()


def test_it_explains_as_the_program_does(engine, tollgate):
    journal = os.path.join(ROOT, "examples", "demo.ndjson")
    with open(journal, encoding="utf-8") as file:
        ids = [json.loads(line)["id"] for line in file]
    for event in (ids[0], ids[len(ids) // 2], ids[-1]):
        want = tollgate("explain", "--journal", journal, event, "--json").json
        assert engine.json("tollgate_engine_explain", None, event.encode()) == want
