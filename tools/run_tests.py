#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run the checks of `make test`, `lint`, `fuzz-smoke` or `prove` and count them; `build` builds those of the tests.

The last line is always `N passed, M failed`; the exit status is 1 when something failed. What fails is shown in full,
what passes only as a count.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
MESON = [PYTHON, "/usr/bin/meson"]
CORES = min(2, os.cpu_count() or 1)
SLOWEST = ("test_faults_everywhere.py", "test_http_slow.py", "test_webhooks.py", "test_oracle.py")
TIMEOUT = 900

LINES = ["-Dc_args=-g1", "-Dcpp_args=-g1"]  # lines are all that a report needs
CLANG = {"CC": "clang", "CXX": "clang++"}
BUILDS = {
    "build": ([], {}),
    "build-asan": (["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Doptimization=1", *LINES], {}),
    "build-tsan": (["-Db_sanitize=thread", "-Db_lundef=false", "-Doptimization=1", "-Dwerror=false", *LINES], {}),
    "build-clang": (["-Doptimization=0", "-Ddebug=false"], CLANG),  # never run: for what clang says of it
    "build-fuzz": (["-Dfuzz=true", "-Dtests=false", "-Db_lundef=false", "-Doptimization=1", *LINES], CLANG),
}
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


KILL_SECONDS = 15
THREAD_TESTS = [f"tests/unit/live/live_{name}_test" for name in ("live", "fault", "race")]


def commit_seed():
    """What varies is drawn from the commit: every commit tries something new, and every run of it the same."""
    code, output = run(["git", "-c", "safe.directory=*", "rev-parse", "HEAD"])
    return int(output[:7], 16) if code == 0 and re.match(r"[0-9a-f]{40}", output) else 1


class Tally:
    """Counts, and the time each part took."""

    def __init__(self):
        self.passed = self.failed = 0

    def part(self, name, passed, failed, seconds, output=""):
        self.passed += passed
        self.failed += failed
        if failed and output:
            print(output.rstrip())
        word = "FAILED" if failed else "ok"
        print(f"{word:6} {name}: {passed} passed, {failed} failed ({seconds:.0f} s)", flush=True)

    def command(self, name, command, env=None, timeout=TIMEOUT):
        """One command is one check."""
        start = time.monotonic()
        code, output = run(command, env, timeout)
        self.part(name, int(code == 0), int(code != 0), time.monotonic() - start, output)
        return code == 0


def run(command, env=None, timeout=TIMEOUT, folder=ROOT):
    """Exit status and all output; a command that cannot start or end in time fails."""
    try:
        done = subprocess.run(command, cwd=folder, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        return 124, (expired.stdout or b"").decode(errors="replace") + f"\n{command[0]}: no end after {timeout} s"
    except OSError as error:
        return 127, f"{command[0]}: {error}"
    return done.returncode, done.stdout.decode(errors="replace")


def fuzz_targets():
    """Their programs, relative to the folder build-fuzz."""
    return sorted(os.path.relpath(name, os.path.join(ROOT, "build-fuzz"))
                  for target in introspect("build-fuzz", "--targets")
                  if target["type"] == "executable" and target["name"].endswith("_fuzz") for name in target["filename"])


TARGETS = {  # what is run of a build; others are built whole
    "build-asan": lambda: ["meson-test-prereq", "tests/simulator/simulator"],
    "build-tsan": lambda: THREAD_TESTS,
    "build-fuzz": fuzz_targets,
}


def build(tally, folder):
    """Configure once, then build what is run."""
    options, env = BUILDS[folder]
    start = time.monotonic()
    code, output = 0, ""
    if not os.path.exists(os.path.join(ROOT, folder, "build.ninja")):
        code, output = run(MESON + ["setup", folder] + options, env)
    if code == 0:
        targets = TARGETS[folder]() if folder in TARGETS else []
        code, output = run(["ninja", "-C", folder, "-j", str(CORES), *targets], env)
        output = re.sub(r"(?m)^\[\d+/\d+\] (Compiling|Linking|Generating).*\n", "", output)
    tally.part(f"{folder} compiles without warnings", int(code == 0), int(code != 0), time.monotonic() - start, output)
    return code == 0


def introspect(folder, what):
    code, output = run(MESON + ["introspect", folder, what])
    return json.loads(output) if code == 0 else []


def count_tap(code, output):
    """Rows of a TAP program; one that speaks no TAP counts as one by its exit status."""
    passed = len(re.findall(r"^ok\b", output, re.M))
    failed = len(re.findall(r"^not ok\b", output, re.M))
    if passed + failed == 0:
        return int(code == 0), int(code != 0)
    return passed, failed + int(code != 0 and failed == 0)


def unit_program(test):
    env = {**SANITIZERS, **test["env"], "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    code, output = run(test["cmd"], env, 300, test["workdir"] or ROOT)
    return (test["name"], output, *count_tap(code, output))


def unit_tests(tally, folder):
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        results = list(pool.map(unit_program, introspect(folder, "--tests")))
    passed = sum(result[2] for result in results)
    failed = sum(result[3] for result in results)
    output = "\n".join(f"--- {name}\n{text}" for name, text, _, bad in results if bad)
    if not results:
        failed, output = 1, f"{folder} has no unit tests"
    tally.part(f"unit tests in {folder}", passed, failed, time.monotonic() - start, output)


def thread_tests(tally):
    """Those where many threads meet, under ThreadSanitizer."""
    if not build(tally, "build-tsan"):
        return
    start = time.monotonic()
    env = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "LIVE_RACES": "2000", "TSAN_OPTIONS": "halt_on_error=1"}
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        done = pool.map(lambda path: run([os.path.join(ROOT, "build-tsan", path)], env, 300), THREAD_TESTS)
        results = [(path, *one) for path, one in zip(THREAD_TESTS, done)]
    counts = [count_tap(code, output) for _, code, output in results]
    output = "\n".join(f"--- {path}\n{text}" for path, code, text in results if code)
    tally.part("threads under ThreadSanitizer", sum(count[0] for count in counts), sum(count[1] for count in counts),
               time.monotonic() - start, output)


def program():
    return os.path.join(ROOT, "build", "src", "cli", "tollgate")


def pytest_file(path, extra):
    """One file of tests in a process of its own: passed, failed, output."""
    report = os.path.join(ROOT, "build", f"pytest-{os.path.relpath(path, ROOT).replace('/', '-')}.xml")
    if os.path.exists(report):
        os.remove(report)
    code, output = run([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", path],
                       {"TOLLGATE": program(), "TEST_SEED": str(commit_seed()), "PYTHONDONTWRITEBYTECODE": "1",
                        **(extra or {})})
    passed = failed = 0
    if os.path.exists(report):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures")) + int(suite.get("errors"))
            failed += bad
            passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    if code != 0 and failed == 0:
        failed = 1
    return passed, failed, output if failed else ""


def pytest(tally, name, folder, extra=None):
    start = time.monotonic()
    paths = glob.glob(os.path.join(ROOT, folder, "**", "test_*.py"), recursive=True)
    # Long ones first, so that no core waits for one of them. Many wait themselves, for clocks and servers.
    paths.sort(key=lambda path: (os.path.basename(path) not in SLOWEST, -os.path.getsize(path), path))
    with concurrent.futures.ThreadPoolExecutor(2 * CORES) as pool:
        results = list(pool.map(lambda path: pytest_file(path, extra), paths))
    tally.part(name, sum(result[0] for result in results), sum(result[1] for result in results),
               time.monotonic() - start, "\n".join(result[2] for result in results if result[2]))


def console_file(path):
    """One file of tests with a daemon and a browser of its own; node counts itself."""
    code, output = run(["node", "--test", "--test-reporter=tap", path], {"TOLLGATE": program()})
    counts = {name: int(count) for name, count in re.findall(r"(?m)^# (pass|fail|cancelled) (\d+)$", output)}
    failed = counts.get("fail", 0) + counts.get("cancelled", 0)
    return counts.get("pass", 0), max(failed, int(code != 0 and not failed)), output


def console(tally):
    """The web console in a browser."""
    start = time.monotonic()
    paths = glob.glob(os.path.join(ROOT, "tests", "console", "*.test.mjs"))
    paths.sort(key=lambda path: (-os.path.getsize(path), path))
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        results = list(pool.map(console_file, paths))
    tally.part("console in Chromium", sum(result[0] for result in results), sum(result[1] for result in results),
               time.monotonic() - start, "\n".join(result[2] for result in results if result[1]))


def simulate(tally, folder, seconds):
    """Years of books; what fails says how to repeat it."""
    start = time.monotonic()
    simulator = os.path.join(ROOT, folder, "tests", "simulator", "simulator")
    code, output = run([PYTHON, "tests/simulator/simulate.py", "--seconds", str(seconds), "--seed",
                        f"{commit_seed():x}-{folder}"], {"SIMULATOR": simulator})
    counts = re.search(r"(\d+) passed, (\d+) failed$", output)
    passed, failed = (int(counts.group(1)), int(counts.group(2))) if counts else (0, 1)
    tally.part(f"simulated books in {folder}", passed, max(failed, int(code != 0 and not failed)),
               time.monotonic() - start, output)


def kills(tally, seconds):
    """The program killed again and again while it writes."""
    start = time.monotonic()
    code, output = run([PYTHON, "tools/kills.py", "--seconds", str(seconds), "--seed", f"{commit_seed():x}"],
                       {"TOLLGATE": program()})
    counts = re.search(r"(\d+) passed, (\d+) failed$", output.strip())
    passed, failed = (int(counts.group(1)), int(counts.group(2))) if counts else (0, 1)
    tally.part("books whose writer is killed", passed, max(failed, int(code != 0 and not failed)),
               time.monotonic() - start, output)


def fuzz_target(path, seconds):
    """Run one target on a scratch copy of its corpus; a crash leaves its input in the folder build-fuzz."""
    subject = os.path.basename(path).removesuffix("_fuzz")
    seeds = os.path.join(ROOT, "tests", "fuzz", "corpus", subject)
    scratch = os.path.join(ROOT, "build-fuzz", "corpus", subject)
    os.makedirs(scratch, exist_ok=True)
    command = [path, scratch] + ([seeds] if os.path.isdir(seeds) else [])
    command += [f"-max_total_time={seconds}", f"-seed={commit_seed()}", "-timeout=10", "-rss_limit_mb=2048",
                "-print_final_stats=1", f"-artifact_prefix={os.path.join(ROOT, 'build-fuzz', subject)}-"]
    code, output = run(command, SANITIZERS, timeout=seconds + 120)
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    return subject, code, output, int(runs.group(1)) if runs else 0


def fuzz(tally, seconds):
    if not build(tally, "build-fuzz"):
        return
    targets = [os.path.join(ROOT, "build-fuzz", name) for name in fuzz_targets()]
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        results = list(pool.map(lambda path: fuzz_target(path, seconds), targets))
    for subject, code, output, runs in results:
        tally.part(f"fuzz {subject}, {runs} inputs", int(code == 0), int(code != 0), seconds, output[-6000:])
    if not results:
        tally.part("fuzz targets", 0, 1, time.monotonic() - start, "there are no fuzz targets")


def test(tally, options):
    if build(tally, "build"):
        unit_tests(tally, "build")
    if build(tally, "build-asan"):
        unit_tests(tally, "build-asan")
    thread_tests(tally)
    tally.command("modules include only lower ones", [PYTHON, "tools/check_layers.py"])
    tally.command("no floating point where money passes", [PYTHON, "tools/check_floats.py", "build"])
    pytest(tally, "the checkers refuse what they should", "tests/tools")
    for folder in sorted(glob.glob(os.path.join(ROOT, "tests", "*"))):
        name = os.path.basename(folder)
        if name != "tools" and glob.glob(os.path.join(folder, "**", "test_*.py"), recursive=True):
            pytest(tally, f"{name} tests", f"tests/{name}")
    console(tally)
    start = time.monotonic()
    code, output = run([PYTHON, "tools/run_docs.py"], {"TOLLGATE": program()})
    passed, failed = count_tap(code, output)
    tally.part("examples in README and docs", passed, failed, time.monotonic() - start, output)
    kills(tally, KILL_SECONDS)
    for folder in ("build", "build-asan"):
        simulate(tally, folder, options.simulate_seconds / 2)
    fuzz(tally, options.fuzz_seconds)


def lint(tally, _options):
    tally.command("modules include only lower ones", [PYTHON, "tools/check_layers.py"])
    tally.command("house style", [PYTHON, "tools/tidy.py"])
    folders = ("include", "src", "tests", "bench", "examples")
    sources = sorted(path for folder in folders for ending in ("c", "h", "cc")
                     for path in glob.glob(os.path.join(ROOT, folder, "**", f"*.{ending}"), recursive=True))
    tally.command("clang-format", ["clang-format", "--dry-run", "-Werror"] + sources)
    if build(tally, "build-clang"):
        tally.command("clang-tidy", [PYTHON, "tools/clang_tidy.py", "build-clang"], timeout=1800)
    scripts = [path for path in tracked() if path.endswith(".sh") or path == ".ci/run"
               or path.startswith("packaging/debian/tests/") and not path.endswith("/control")]
    tally.command("shellcheck", ["shellcheck"] + scripts)
    tariffs = [path for path in tracked() if path.endswith((".yaml", ".yml"))
               and path.startswith(("tariffs/", "examples/", "docs/"))]
    if tariffs:
        tally.command("yamllint", ["yamllint", "--strict", "-c", ".yamllint", *tariffs])
    # Tests misspell on purpose.
    texts = [path for path in tracked() if path.endswith((".md", ".py", ".sh", ".c", ".h", ".yaml"))
             and not path.startswith("tests/")]
    tally.command("codespell", ["codespell", "--ignore-words", "tools/codespell-ignore.txt"] + texts)


def tracked():
    _, output = run(["git", "-c", "safe.directory=*", "ls-files"])
    return [path for path in output.splitlines() if os.path.exists(os.path.join(ROOT, path))]


def prove(tally, _options):
    """The contracts of the money code, by Frama-C."""
    start = time.monotonic()
    code, output = run(["tools/prove.sh"])
    goals = re.findall(r"^(\d+ / \d+)$", output, re.M)
    tally.part(f"proved goals of the money code: {goals[-1] if goals else 'none'}", int(code == 0), int(code != 0),
               time.monotonic() - start, output)


def build_only(tally, _options):
    """That the tests can be built here; what they say is another matter."""
    build(tally, "build")


def fuzz_only(tally, options):
    fuzz(tally, options.fuzz_seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["test", "build", "lint", "fuzz", "prove"])
    parser.add_argument("--fuzz-seconds", type=int, default=3)
    parser.add_argument("--simulate-seconds", type=int, default=32)
    options = parser.parse_args()
    tally = Tally()
    try:
        parts = {"test": test, "build": build_only, "lint": lint, "fuzz": fuzz_only, "prove": prove}
        parts[options.what](tally, options)
    finally:
        print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
