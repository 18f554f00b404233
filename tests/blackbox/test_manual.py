# SPDX-License-Identifier: Apache-2.0
"""Manual pages and completions say what the program understands, and real tools take them."""

import json
import os
import shutil
import subprocess

import pytest

BUILT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.environ.get("TOLLGATE", "/")))), "man")


def built(name):
    path = os.path.join(BUILT, name)
    if not os.path.exists(path):
        path = os.path.join(os.path.dirname(__file__), "..", "..", "build", "man", name)
    assert os.path.exists(path), f"{name} was not built"
    return path


def need(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


@pytest.fixture(name="verbs", scope="module")
def verbs_fixture():
    program = os.environ.get("TOLLGATE") or os.path.join(os.path.dirname(__file__), "../../build/src/cli/tollgate")
    return json.loads(subprocess.run([program, "help", "--json"], stdout=subprocess.PIPE, check=True).stdout)["verbs"]


def page_of(verb):
    section = 8 if verb["name"] == "serve" else 1
    return built(f"man/man{section}/tollgate-{verb['name'].replace(' ', '-')}.{section}")


def rendered(path):
    done = subprocess.run(["mandoc", "-T", "utf8", path], stdout=subprocess.PIPE, check=True)
    return subprocess.run(["col", "-b"], input=done.stdout, stdout=subprocess.PIPE, check=True).stdout.decode()


def test_every_verb_has_a_page_with_every_option(verbs):
    need("mandoc")
    for verb in verbs:
        text = rendered(page_of(verb))
        for option in verb["options"]:
            assert f"--{option['name']}" in text, verb["name"]
        words = " ".join(text.split())
        for example in verb["examples"]:
            assert " ".join(example["command"].split()) in words, example
        assert "EXIT STATUS" in text


def test_pages_are_clean():
    need("mandoc")
    pages = [os.path.join(folder, name) for folder, _, names in os.walk(built("man")) for name in names]
    assert len(pages) > 50
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], stdout=subprocess.PIPE, check=False)
    lines = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
    assert lines == []


def bash_replies(words):
    script = (f"source {built('tollgate')}\nCOMP_WORDS=({' '.join(words)})\nCOMP_CWORD={len(words) - 1}\n_tollgate\n"
              'printf "%s\\n" "${COMPREPLY[@]}"\n')
    done = subprocess.run(["bash", "--norc", "-c", script], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split()


ROWS = [
    (["tollgate", "inge"], ["ingest"], "a verb"),
    (["tollgate", "wallet", "to"], ["top-up"], "the second word of a verb"),
    (["tollgate", "ingest", "--prok"], None, "an option that does not exist completes to nothing"),
    (["tollgate", "wallet", "top-up", "--dry"], ["--dry-run"], "an option of a verb of two words"),
    (["tollgate", "order", "--upg"], ["--upgrades"], "an option"),
    (["tollgate", "order", "--color", "al"], ["always"], "a choice"),
]


@pytest.mark.parametrize("words, expected, name", ROWS, ids=[row[2] for row in ROWS])
def test_bash(words, expected, name):
    assert bash_replies(words) == (expected or []), name


@pytest.mark.parametrize("words, expected, name", ROWS, ids=[row[2] for row in ROWS])
def test_fish(words, expected, name):
    need("fish")
    script = f"source {built('tollgate.fish')}; complete -C '{' '.join(words)}'"
    done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, check=True)
    assert [line.split("\t")[0] for line in done.stdout.decode().splitlines()] == (expected or []), name


def zsh_offers(words):
    """What the completion hands to zsh's own functions."""
    script = ('_describe() { print -l -- "${(@P)2}" }\n_arguments() { print -l -- "$@" }\n_files() { print FILES }\n'
              f"words=({' '.join(words)}); CURRENT={len(words)}\nsource {built('_tollgate')}\n")
    done = subprocess.run(["zsh", "-f", "-c", script], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def test_zsh():
    need("zsh")
    assert "ingest:" in zsh_offers(["tollgate", "inge"])
    assert "top-up:" in zsh_offers(["tollgate", "wallet", "to"])
    assert "--upgrades[" in zsh_offers(["tollgate", "order", "--upg"])
    assert ":(auto always never)" in zsh_offers(["tollgate", "wallet", "top-up", "--dry"])


def test_every_verb_and_option_is_completed(verbs):
    for verb in verbs:
        words = verb["name"].split()
        expected = {"--" + option["name"] for option in verb["options"]}
        assert set(bash_replies(["tollgate", *words, "--"])) == expected, words
