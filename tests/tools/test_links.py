# SPDX-License-Identifier: Apache-2.0
"""Every relative link of a page leads to a file, and to a heading where it names one; every page is led to."""

import glob
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = sorted(glob.glob(os.path.join(ROOT, "*.md"))
               + glob.glob(os.path.join(ROOT, "console", "*.md"))
               + glob.glob(os.path.join(ROOT, "examples", "**", "*.md"), recursive=True)
               + glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
DECISIONS = os.path.join(ROOT, "docs", "decisions")


def read(page):
    with open(page, encoding="utf-8") as file:
        return file.read()


def links(page):
    """(file, anchor) of every link to a file of this tree; the anchor may be empty."""
    text = re.sub(r"(?ms)^```.*?^```", "", read(page))
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text):
        if "://" not in link and not link.startswith("mailto:"):
            name, _, anchor = link.partition("#")
            yield os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page, anchor


def anchors(page):
    """What headings are called in links: lower case, blanks as dashes, no other signs."""
    text = re.sub(r"(?ms)^```.*?^```", "", read(page))
    titles = re.findall(r"(?m)^#+ (.*?)\s*$", text)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")
            for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_links_lead_somewhere(page):
    missing = [path for path, _ in links(page) if not os.path.exists(path)]
    assert missing == []
    lost = [f"{path}#{anchor}" for path, anchor in links(page)
            if anchor and path.endswith(".md") and anchor not in anchors(path)]
    assert lost == []


def test_the_documentation_leads_to_every_page():
    starts = [os.path.join(ROOT, "docs", "README.md"), os.path.join(ROOT, "README.md")]
    led = {path for start in starts for path, _ in links(start)}
    pages = {page for page in PAGES if not page.startswith(DECISIONS)}
    unled = {os.path.relpath(page, ROOT) for page in pages - led}
    assert unled <= {"README.md"}
    assert DECISIONS in led
