# SPDX-License-Identifier: Apache-2.0
"""The command line itself: help, suggestions, exit codes, what goes where."""

import json
import shlex

import pytest
from conftest import ROOT, event

VERBS = ["rate", "quote", "explain", "meter", "probe", "plan", "forecast", "reconcile", "tariff list", "tariff show",
         "tariff check", "tariff diff", "tariff schema", "tariff fmt", "init", "ingest", "bill preview", "balance",
         "alerts",
         "events unpriced", "events rejected", "verify", "head", "usage", "stats", "doctor", "account set",
         "account show", "account list", "order", "refund", "wallet top-up", "tick", "events tail", "export ndjson",
         "export csv", "focus export", "focus check", "hold list", "hold", "release", "backup", "restore",
         "wallet pay-out", "wallet show", "ledger", "bill list", "bill show", "bill close", "reverse",
         "events reversed", "licence activate", "backfill preview", "backfill list", "backfill revert", "rerate",
         "serve", "key create", "key list", "key rotate", "key revoke", "key reset", "audit list", "audit verify",
         "webhook add", "webhook list", "webhook change", "webhook remove", "webhook rotate", "webhook test",
         "webhook replay", "webhook deliveries"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_options_examples_and_exit_codes(tollgate, verb):
    for words in (verb.split() + ["--help"], ["help"] + verb.split(), verb.split() + ["-h"]):
        result = tollgate(*words)
        assert result.code == 0 and result.err == ""
        for part in (f"Usage: tollgate {verb}", "Options:\n", "--json", "--color WHEN", "Examples:\n", "Exit codes:\n"):
            assert part in result.out
        assert max(map(len, result.out.splitlines())) <= 120


def test_help_wins_over_missing_operands(tollgate):
    assert tollgate("rate", "--help", "--until", "x").code == 0


def test_the_list_of_verbs_is_data(tollgate):
    verbs = tollgate("help", "--json").json["verbs"]
    assert [verb["name"] for verb in verbs] == VERBS
    for verb in verbs:
        assert verb["summary"] and verb["examples"]
        assert {"json", "color", "help"} <= {option["name"] for option in verb["options"]}
        assert len({option["name"] for option in verb["options"]}) == len(verb["options"])


@pytest.mark.parametrize("verb", ["quote", "tariff list", "tariff show", "tariff schema"])
def test_examples_of_help_that_need_no_file_run(tollgate, verb):
    for one in [row for row in tollgate("help", "--json").json["verbs"] if row["name"] == verb][0]["examples"]:
        words = shlex.split(one["command"].split(" > ")[0])
        if "my-tariffs/" not in words and "--media" not in words:
            assert tollgate(*words[1:]).code == 0, one


def test_no_verb_gives_an_overview_and_2(tollgate):
    result = tollgate()
    assert result.code == 2 and result.out == "" and "tariff fmt" in result.err
    result = tollgate("tariff")
    assert result.code == 2 and "tariff fmt" in result.err and "rate" not in result.err.split("Verbs:")[1].split("`")[0]
    assert tollgate("--help").code == 0
    assert tollgate("help").out.startswith("Usage: tollgate VERB")


def test_version(tollgate):
    result = tollgate("--version")
    assert result.code == 0 and result.out.startswith("tollgate ") and result.out.count("\n") == 1


@pytest.mark.parametrize("words, message", [
    (["rat"], 'there is no verb "rat". Did you mean "rate"?'),
    (["tariff", "chek"], 'there is no verb "tariff chek". Did you mean "check"?'),
    (["help", "qoute"], 'there is no verb "qoute". Did you mean "quote"?'),
    (["xyzzy"], 'there is no verb "xyzzy".'),
    (["rate", "--jsn", "-"], 'rate has no option --jsn. Did you mean "--json"? See tollgate rate --help.'),
    (["rate", "-j", "-"], "rate has no option --j."),
    (["rate"], "rate needs FILE…."),
    (["rate", "--until"], "--until needs INSTANT behind it."),
    (["rate", "--json=yes", "-"], "--json takes no value."),
    (["rate", "--color=blue", "-"], '--color cannot be "blue"; it is one of auto|always|never.'),
    (["rate", "--until", "1", "--until", "2", "-"], "--until is given twice."),
    (["rate", "--until", "tomorrow", "-"], '--until "tomorrow" is not an instant'),
    (["rate", "--threads", "0", "-"], '--threads "0" is not a whole number from 1 to 64.'),
    (["rate", "--json", "--csv", "-"], "--json and --csv exclude each other."),
    (["tariff", "list", "x"], 'tariff list does not know what to do with "x".'),
    (["tariff", "show", "imn"], 'there is no tariff "imn". Did you mean "imm"?'),
    (["quote", "imm"], '"imm" is not TARIFF.OPERATION.'),
    (["quote", "viapi.RecogniseLicensePlate"], 'Did you mean "RecognizeLicensePlate"?'),
    (["explain", "e-1"], "explain needs --journal FILE or --data DIR."),
    (["explain", "--journal", "x"], "explain needs either an EVENT-ID or --bill."),
    (["tariff", "fmt", "--check", "--write", "x"], "--check and --write exclude each other."),
])
def test_usage_mistakes_say_so_and_give_2(tollgate, words, message):
    result = tollgate(*words)
    assert result.code == 2 and result.out == ""
    assert message in result.err and result.err.startswith("tollgate: ")


def test_two_dashes_end_the_options(tollgate):
    result = tollgate("rate", "--", "--json")
    assert result.code == 4 and "--json: No such file or directory" in result.err


def test_equals_sign_and_word_give_an_option_its_value_alike(tollgate, demo):
    journal = event("demo.Do", {})
    one = tollgate("rate", f"--tariffs={demo}", "--json", "-", stdin=journal)
    two = tollgate("rate", "--tariffs", demo, "--json", "-", stdin=journal)
    assert one.code == two.code == 0 and one.out == two.out


def test_faults_give_4(tollgate, tmp_path):
    assert tollgate("rate", tmp_path / "missing").code == 4
    assert tollgate("tariff", "list", "--tariffs", tmp_path / "missing").code == 4
    assert tollgate("tariff", "fmt", tmp_path / "missing").code == 4


def test_a_full_disk_is_a_fault(tollgate):
    with open("/dev/full", "wb") as full:
        import subprocess
        done = subprocess.run([tollgate.path, "tariff", "list"], stdout=full, stderr=subprocess.PIPE, cwd=ROOT,
                              timeout=60, check=False)
    assert done.returncode == 4 and b"standard output: No space left on device" in done.stderr


def test_an_invalid_tariff_gives_3_with_its_place(tollgate, demo):
    path = demo / "demo.yaml"
    path.write_text(path.read_text().replace("unit: minute", "unti: minute"))
    for words in (["tariff", "check", path], ["tariff", "list", "--tariffs", demo],
                  ["rate", "--tariffs", demo, "-"]):
        result = tollgate(*words)
        assert result.code == 3, words
        assert f"{path}:16:5: error:" in result.err and "unti" in result.err


def test_data_goes_to_stdout_and_everything_else_to_stderr(tollgate, demo):
    result = tollgate("rate", "--tariffs", demo, "--json", "-", stdin="junk\n" + event("demo.Do", {}))
    assert result.code == 1
    assert len(result.json["rejected"]) == 1
    assert result.err.splitlines() == [
        "tollgate: 1 events, 0 commands, 0 duplicates: 1 bills, 0 unpriced, 1 rejected, 0 alerts"]
    assert tollgate("rate", "--quiet", "--tariffs", demo, "-", stdin=event("demo.Do", {})).err == ""


def test_colours_only_when_asked_for(tollgate, demo):
    journal = event("demo.Do", {})
    words = ["rate", "--tariffs", demo, "-"]
    assert "\033" not in tollgate(*words, stdin=journal).out
    assert "\033[1m" in tollgate(*words, "--color=always", stdin=journal).out
    assert "\033" not in tollgate(*words, "--color=never", stdin=journal, env={"TERM": "xterm"}).out


def test_tariffs_come_from_the_option_the_environment_or_the_shipped_folder(tollgate, demo):
    def names(*words, **more):
        return [row["name"] for row in tollgate("tariff", "list", "--json", *words, **more).json["tariffs"]]
    assert names("--tariffs", demo) == ["demo"]
    assert names(env={"TOLLGATE_TARIFFS": str(demo)}) == ["demo"]
    assert names("--tariffs", demo / "demo.yaml", env={"TOLLGATE_TARIFFS": "/nowhere"}) == ["demo"]
    assert {"imm", "ims-batch", "vclm", "viapi"} <= set(names())


def test_schema_is_json(tollgate):
    schema = tollgate("tariff", "schema").json
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert json.dumps(schema)
