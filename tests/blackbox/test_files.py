# SPDX-License-Identifier: Apache-2.0
"""Files that are not what a verb wants: every verb names the file, says what is wrong and what helps."""

import shutil

import pytest
from conftest import event

MISSING, LOOP, FOLDER = (4, "check the path"), (4, "check the path"), (4, "name a file")
PACKED = (4, "unpacked first")
LINES = {"missing": MISSING, "folder": FOLDER, "packed": PACKED, "loop": LOOP}
MAPPING = {"missing": MISSING, "folder": FOLDER, "empty": (2, "write `key: value`"), "packed": (2, "name a YAML file"),
           "loop": LOOP}
TARIFFS = {"missing": MISSING, "folder": (3, "name a file, or a folder"), "empty": (3, "write `key: value`"),
           "packed": (3, "name a YAML file"), "loop": LOOP}
TARIFF = {**TARIFFS, "folder": FOLDER, "missing": MISSING}
MEDIA = {"missing": MISSING, "folder": (1, "name a media file"), "empty": (1, "name a media file"),
         "packed": (1, "ffprobe"), "loop": LOOP}
BOOK = {name: (4, "`tollgate init {}` makes one") for name in ("missing", "folder", "empty")}
KEY = {"missing": MISSING, "folder": FOLDER, "loop": LOOP}
PEPPER = {"missing": (4, "name it by --pepper-file"), "folder": FOLDER, "loop": LOOP}
MADE = {"folder": FOLDER, "loop": LOOP}
NEW = {name: (1, "there already") for name in ("folder", "empty", "packed", "loop")}
LOG = {"missing": MISSING, "folder": (4, "a daemon begins it"), "empty": MISSING, "loop": LOOP}
NAME = (2, "`tollgate tariff list`")

TABLE = [  # words, with @ for the file; what becomes of each kind
    ("rate @", LINES), ("rate u.ndjson --tariffs @", TARIFFS),
    ("quote t.Do --tariffs t.yaml --media @", MEDIA), ("quote t.Do --tariffs @", TARIFFS),
    ("explain e-1 --journal @", LINES), ("explain e-1 --data @", BOOK),
    ("meter --mapping map.yaml @", LINES), ("meter --mapping @ u.ndjson", MAPPING),
    ("probe @", MEDIA),
    ("plan @ --tariff t --tariffs t.yaml", LINES), ("plan u.ndjson --tariff t --tariffs @", TARIFFS),
    ("reconcile --mapping bill.yaml --tariffs t.yaml --usage u.ndjson --bill @",
     {**LINES, "empty": (2, "names the columns"), "packed": (2, "unpack or convert it first")}),
    ("reconcile --mapping bill.yaml --tariffs t.yaml --bill bill.csv --usage @", LINES),
    ("reconcile --bill bill.csv --usage u.ndjson --mapping @", MAPPING),
    ("tariff list --tariffs @", TARIFFS), ("tariff show t --tariffs @", TARIFFS), ("tariff check @", TARIFFS),
    ("tariff diff t.yaml @", {**TARIFFS, "missing": NAME, "loop": NAME}),
    ("tariff diff t.yaml t.yaml --usage @", LINES), ("tariff fmt @", TARIFF),
    ("init new --tariffs @", TARIFFS), ("init @", {"empty": MISSING, "loop": LOOP}),
    ("ingest @ --data book", LINES), ("backfill preview @ --data book", LINES),
    ("verify --data book --head @", {**KEY, "empty": (2, "`tollgate head` makes one")}),
    ("head --data book --key @", KEY), ("head --new-key @", NEW),
    ("usage --data book --svg @", MADE), ("focus export --data book --out @", {"empty": MISSING, "loop": LOOP}),
    ("focus check @", KEY), ("focus check good.csv --metadata @", KEY),
    ("backup @ --data book", NEW), ("restore @ --data again", {"missing": (4, "`tollgate backup {}` makes one")}),
    ("bill show t-1 --data book --html --parties @", MAPPING),
    ("bill show t-1 --data book --pdf x.pdf --attach @", KEY),
    ("rerate --data book --preview --tariffs @", TARIFFS),
    ("serve --data book --head-key @", KEY), ("serve --data book --pepper-file @", PEPPER),
    ("serve --data book --webhook-ca @", KEY), ("serve --data book --log @", MADE),
    ("serve --tenant a=@", {name: (4, "`tollgate init DIR` makes a book") for name in BOOK}),
    ("key create x --role read --data book --pepper-file @", PEPPER),
    ("audit list --data @", LOG), ("audit verify --data @", LOG),
]
WORDS = {  # of verbs that want more than any word for each operand before they look for the book
    "plan": "--tariff t", "forecast": "--account a", "account set": "a --zone UTC", "order": "a s --tariff t",
    "wallet top-up": "a 1 USD", "wallet pay-out": "a 1 USD", "bill show": "t-1", "licence activate": "a o --tariff t",
    "rerate": "--tariffs t.yaml", "key rotate": "4fX0aB9cD2eQ", "key revoke": "4fX0aB9cD2eQ",
}
OWN = {"doctor": (1, "`tollgate init`"), "serve": (4, "`tollgate init DIR` makes a book"),
       "audit list": (4, "check the path"), "audit verify": (4, "check the path")}


@pytest.fixture(scope="module", name="run")
def run_fixture(tollgate, tmp_path_factory):
    home = tmp_path_factory.mktemp("files")
    (home / "t.yaml").write_text("tariff: t\ncurrency: USD\nzone: UTC\ncycle: day\noperations: {Do: a}\n"
                                 "items: {a: {unit: call, price: 1}}\nmedia: {data: {seconds: duration}}\n")
    (home / "u.ndjson").write_text(event("t.Do", {"count": 1}).rstrip())  # without the newline at its end
    (home / "map.yaml").write_text("format: combined\nsource: web\naccount: user\ntime: time\nmethod: method\n"
                                   "path: path\nstatus: status\nroutes: [{path: /, operation: t.Do}]\n")
    (home / "bill.csv").write_text("item,amount\na,1\n")
    (home / "bill.yaml").write_text("tariff: t\naccount: acct-1\ncolumns: {item: item, amount: amount}\n")
    (home / "packed").write_bytes(bytes(range(256)) * 8)
    (home / "packed").chmod(0o600)
    (home / "loop").symlink_to("loop")

    def run(words):
        (home / "empty").write_bytes(b"")
        (home / "empty").chmod(0o600)
        shutil.rmtree(home / "folder", ignore_errors=True)
        (home / "folder").mkdir()
        return tollgate(*words, cwd=home)
    now = ["--now", "2026-02-16T00:00:00Z"]
    assert run(["init", "book", "--tariffs", "t.yaml"]).code == 0
    assert run(["ingest", "u.ndjson", "--data", "book", *now]).code == 0
    assert run(["tick", "--id", "t", "--data", "book", *now]).code == 0
    assert run(["key", "create", "one", "--role", "read", "--data", "book"]).code == 0
    return run


@pytest.mark.parametrize("words, kinds", TABLE, ids=[row[0] for row in TABLE])
def test_every_file(run, words, kinds):
    for kind, (code, remedy) in kinds.items():
        if "--media" in words or words == "probe @":
            shutil.which("ffprobe") or pytest.skip("ffprobe is not installed")
        done = run(words.replace("@", kind).split())
        told = done.err.replace("book: ", "")
        assert done.code == code and kind in told and remedy.format(kind) in told, (kind, done.code, done.err)
        assert "Traceback" not in told and len(told) < 400, (kind, told)


def test_every_book(run, tollgate):
    """A data directory that is not there, for every verb that takes one."""
    wrong = {}
    for verb in tollgate("help", "--json").json["verbs"]:
        if "data" not in {option["name"] for option in verb["options"]} or verb["name"] == "restore":
            continue
        name, operands = verb["name"], [word for word in (verb["operands"] or "").split() if word[0] != "["]
        given = WORDS.get(name, " ".join("u.ndjson" if "FILE" in word else "a" for word in operands))
        done = run([*name.split(), *given.split(), "--data", "missing"])
        code, remedy = OWN.get(name, (4, "`tollgate init missing` makes one"))
        if done.code != code or remedy not in done.err + done.out:
            wrong[name] = done.code, done.err
    assert not wrong, "\n".join(f"{name}: {told}" for name, told in wrong.items())


def test_all_that_takes_a_file_is_in_the_table(tollgate):
    takes, words = set(), {word for row, _ in TABLE for word in row.split()}
    operand = {row.replace(" --mapping map.yaml", "").replace(" t.yaml", "").partition(" @")[0] for row, _ in TABLE}
    for verb in tollgate("help", "--json").json["verbs"]:
        takes |= {"--" + one["name"] for one in verb["options"] if (one["argument"] or "") in ("FILE", "NAME=DIR")}
        if any(word in (verb["operands"] or "") for word in ("FILE", "LOG…", "TARGET", "BACKUP", "OLD NEW")):
            assert verb["name"] in operand
    assert takes - words == {"--clock-file"}  # which is for tests
