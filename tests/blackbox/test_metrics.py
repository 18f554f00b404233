# SPDX-License-Identifier: Apache-2.0
"""What /metrics says: well-formed for Prometheus and OpenMetrics, right, and without a word of any customer."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import ROOT, event
from daemon import Daemon, set_clock
from exposition import read_metrics

NOW = "2026-02-16T00:00:00Z"
OPEN = "application/openmetrics-text; version=1.0.0, text/plain; q=0.5"


@pytest.fixture(name="served")
def served_fixture(tollgate, tmp_path, demo):
    """A daemon that has had some to do."""
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    set_clock(tmp_path / "clock", NOW)
    with Daemon(tollgate, "--data", tmp_path / "book", "--clock-file", tmp_path / "clock") as daemon:
        lines = "".join(event("demo.Do", {"count": 1}, number, account="canary-account") for number in range(20))
        assert daemon.post("/v1/commands", lines + lines[:10] + "\nnull\n").status == 200
        assert daemon.post("/v1/commands", lines).status == 200
        assert daemon.get("/nothing/canary-path").status == 404
        assert daemon.get("/v1/commands").status == 405
        yield daemon


def test_both_formats_say_the_same(served):
    plain, opened = served.get("/metrics"), served.get("/metrics", Accept=OPEN)
    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert opened.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families, others = read_metrics(plain.text), read_metrics(opened.text, is_open=True)
    assert [name.removesuffix("_total") for name in families] == list(others)
    assert families["tollgate_journal_batches_total"][1] == others["tollgate_journal_batches"][1]


def test_it_counts_what_happened(served):
    families = read_metrics(served.get("/metrics").text)
    documents = families["tollgate_documents_total"][1]
    assert documents['tollgate_documents_total{outcome="accepted"'] == 20
    assert documents['tollgate_documents_total{outcome="duplicate"'] == 20
    assert documents['tollgate_documents_total{outcome="rejected"'] == 2
    assert families["tollgate_journal_batches_total"][1] == {"tollgate_journal_batches_total{": 1}
    assert families["tollgate_journal_documents_total"][1]["tollgate_journal_documents_total{"] >= 20
    assert families["tollgate_book_healthy"][1] == {"tollgate_book_healthy{": 1}
    assert families["tollgate_accounts"][1] == {"tollgate_accounts{": 1}
    assert families["tollgate_store_bytes"][1]["tollgate_store_bytes{"] > 10000
    assert families["process_resident_memory_bytes"][1]["process_resident_memory_bytes{"] > 1 << 20
    assert 5 < families["process_open_fds"][1]["process_open_fds{"] < 200
    requests = families["tollgate_http_requests_total"][1]
    assert requests['tollgate_http_requests_total{route="/v1/commands",method="POST",class="2xx"'] == 2
    assert sum(value for key, value in requests.items() if 'route="none"' in key and "4xx" in key) >= 1


def test_no_label_is_made_of_what_callers_say(served):
    text = served.get("/metrics").text
    assert "canary" not in text and "acct" not in text and "local:" not in text
    routes = set(re.findall(r'route="([^"]*)"', text))
    with open(os.path.join(ROOT, "src", "server", "routes.def"), encoding="utf-8") as file:
        assert routes - {"none"} <= set(re.findall(r'"(/[^"]*)"', file.read()))


def test_promtool_finds_nothing(served):
    if shutil.which("promtool") is None:
        pytest.skip("promtool (package prometheus) is not installed; the reader of these tests is strict, too")
    told = subprocess.run(["promtool", "check", "metrics"], input=served.get("/metrics").bytes, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert told.returncode == 0 and told.stdout == b"", told.stdout.decode()


def test_every_series_is_explained(served):
    """docs/daemon.md says what each means."""
    with open(os.path.join(ROOT, "docs", "daemon.md"), encoding="utf-8") as file:
        explained = set(re.findall(r"^\| `([a-z_]+)(?:\{[a-z,]*\})?` \|", file.read(), re.M))
    assert explained == set(read_metrics(served.get("/metrics").text))
