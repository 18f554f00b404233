# SPDX-License-Identifier: Apache-2.0
"""The demo journal is what its script writes, and all of it is rated."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, "examples", "demo.ndjson")


def test_the_journal_is_what_the_script_writes():
    written = subprocess.run([sys.executable, os.path.join(ROOT, "examples", "make_demo.py")], stdout=subprocess.PIPE,
                             check=True).stdout
    with open(DEMO, "rb") as file:
        assert file.read() == written


def test_the_published_examples_in_it_come_out(tollgate):
    done = tollgate("rate", "--json", DEMO)
    totals = {(bill["account"], bill["kind"]): bill["total"] for bill in done.json["bills"]}
    assert done.code == 0
    assert totals["hello-avatar", "usage"] == "4161.00"
    assert totals["park-easy", "usage"] == "2037.33"
    assert totals["park-easy", "orders"] == "502.00"
