# SPDX-License-Identifier: Apache-2.0
"""An operation's entries: every one that applies counts, or only the first."""

import pytest

from conftest import event

TARIFF = """\
tariff: pick
currency: USD
zone: UTC
cycle: month
items:
  small: {unit: call, price: 1}
  large: {unit: call, price: 10}
  rest: {unit: call, price: 100}
operations:
  Do:
    each: streams
    %s
    items:
      - {when: width < 100, item: small}
      - {when: width < 1000, item: large}
      - rest
"""


@pytest.mark.parametrize("choose, total", [
    ("choose: first", "111"), ("choose: every", "321"), ("note: nothing chosen", "321")],
    ids=["only the first that applies, for each stream", "every one that applies", "every one is the default"])
def test_entries_of_an_operation(tollgate, tmp_path, choose, total):
    (tmp_path / "pick.yaml").write_text(TARIFF % choose)
    streams = [{"width": width} for width in (99, 999, 9999)]
    done = tollgate("rate", "--json", "--tariffs", tmp_path, "-", stdin=event("pick.Do", {"streams": streams}))
    bills = done.json["bills"]
    assert [bill["exact_total"] for bill in bills] == [total]


def test_first_needs_no_attribute_of_later_entries(tollgate, tmp_path):
    (tmp_path / "pick.yaml").write_text(TARIFF.replace("- rest", "- {when: height > 5, item: rest}") % "choose: first")
    done = tollgate("rate", "--json", "--tariffs", tmp_path, "-", stdin=event("pick.Do", {"width": 5}))
    assert done.code == 0 and done.json["bills"][0]["exact_total"] == "1"
