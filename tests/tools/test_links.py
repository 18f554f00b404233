# SPDX-License-Identifier: Apache-2.0
"""Every relative link of a page leads to a file."""

import glob
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = sorted(glob.glob(os.path.join(ROOT, "*.md"))
               + glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_links_lead_somewhere(page):
    with open(page, encoding="utf-8") as file:
        links = re.findall(r"\]\(([^)#\s]+)", file.read())
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not os.path.exists(os.path.join(os.path.dirname(page), link))]
    assert missing == []
