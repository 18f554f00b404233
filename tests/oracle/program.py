# SPDX-License-Identifier: Apache-2.0
"""Run the built program and write journals for it: what every black-box test of bills shares."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARIFFS = ROOT / "tariffs"


def program():
    return os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))


def rate_bytes(files, *options, binary=None):
    """The JSON as it was printed. Status 1 says that something was rejected or unpriced: an answer, no fault."""
    command = [binary or program(), "rate", "--json", "--quiet", *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, 1), f"{command}\n{done.stderr.decode(errors='replace')[-4000:]}"
    return done.stdout


def rate(files, *options):
    return json.loads(rate_bytes(files, *options))


def event(number, operation, time, account="acct", /, **data):
    """A CloudEvent; `operation` carries the tariff (viapi.RecognizeLicensePlate) or is a tollgate command."""
    return {"specversion": "1.0", "id": f"e-{number}", "source": "tests", "type": operation, "subject": account,
            "time": time, "data": data}


def write(path, events):
    with open(path, "w", encoding="utf-8") as out:
        for one in events:
            out.write(json.dumps(one) + "\n")
    return path


def rate_events(folder, events, *options):
    return rate([write(pathlib.Path(folder) / "journal.ndjson", events)], *options)
