#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Manual pages from the program's own table of verbs and options, and from the documents.

    manual.py PROGRAM DOCS OUT

writes OUT/man1/tollgate.1, a page for every verb (the daemon's in section 8), formats in section 5 and concepts in
section 7. The text goes to lowdown as Markdown."""

import json
import os
import re
import subprocess
import sys

# Documents that are pages: file, page, section.
DOCUMENTS = [
    ("journal.md", "tollgate-journal", 5),
    ("tariff-language.md", "tollgate-tariff", 5),
    ("tariff-reference.md", "tollgate-tariff-reference", 5),
    ("data-directory.md", "tollgate-data-directory", 5),
    ("journal-format.md", "tollgate-journal-format", 5),
    ("glossary.md", "tollgate-glossary", 7),
    ("orders.md", "tollgate-orders", 7),
    ("contracts.md", "tollgate-contracts", 7),
    ("corrections.md", "tollgate-corrections", 7),
    ("money.md", "tollgate-money", 7),
    ("alerts.md", "tollgate-alerts", 7),
    ("documents.md", "tollgate-documents", 7),
    ("focus.md", "tollgate-focus", 7),
    ("console.md", "tollgate-console", 7),
    ("meter.md", "tollgate-metering", 7),
    ("media.md", "tollgate-media", 7),
    ("plan.md", "tollgate-planning", 7),
    ("forecast.md", "tollgate-forecasting", 7),
    ("reconcile.md", "tollgate-reconciling", 7),
    ("your-first-tariff.md", "tollgate-tutorial", 7),
    ("daemon.md", "tollgate-daemon", 8),
    ("operations.md", "tollgate-operations", 8),
]
MANUALS = {1: "Commands of Tollgate", 5: "File formats of Tollgate", 7: "Concepts of Tollgate",
           8: "Running Tollgate"}
DAEMON_VERBS = {"serve"}
ENVIRONMENT = [
    ("TOLLGATE_DATA", "The data directory of verbs that get no --data."),
    ("TOLLGATE_TARIFFS", "The tariffs of verbs that get no --tariffs; default: those that came with the program."),
    ("NO_COLOR", "No colours when it is set to anything."),
]


def page_name(verb):
    return "tollgate-" + verb.replace(" ", "-")


def section_of(verb):
    return 8 if verb in DAEMON_VERBS else 1


def escaped(text):
    """Plain text as roff."""
    for character, name in [("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("^", "\\(ha"), ("~", "\\(ti")]:
        text = text.replace(character, name)
    return re.sub(r"(?m)^\.", r"\\&.", text)


def marked(text):
    """Help texts have code between backticks and nothing else that means anything."""
    parts = text.split("`")
    return "".join(f"\\fB{escaped(part)}\\fR" if i % 2 else escaped(part) for i, part in enumerate(parts))


def sentence(text):
    return text[:1].upper() + text[1:] + "."


def item(head, text):
    return f".TP\n\\fB{escaped(head)}\\fR\n{marked(text)}\n"


def head(name, section):
    return f'.TH {name.upper()} {section} "" "Tollgate" "{MANUALS[section]}"\n.nh\n.ad l\n'


def option_item(option):
    name = "--" + option["name"] + (f" {option['argument']}" if option["argument"] else "")
    choices = f" One of: {', '.join(option['choices'].split('|'))}." if option["choices"] else ""
    again = " May be given more than once." if option["repeats"] else ""
    return item(name, sentence(option["help"]) + choices + again)


def example(one):
    return f"{marked(sentence(one['text']))[:-1]}:\n.PP\n.RS 4\n.nf\n{escaped(one['command'])}\n.fi\n.RE\n"


def exit_status(exit_codes):
    found = re.findall(r"(?m)^ +(\d+) +(.*)$", exit_codes)
    return ".SH EXIT STATUS\n" + "".join(item(code, sentence(meaning)) for code, meaning in found)


def see_also(pages):
    return ".SH SEE ALSO\n" + ",\n".join(f"\\fB{escaped(page)}\\fR({section})" for page, section in pages) + "\n"


def verb_page(verb, verbs, exit_codes):
    name, section = page_name(verb["name"]), section_of(verb["name"])
    group = verb["name"].split(" ")[0]
    others = [(page_name(other["name"]), section_of(other["name"])) for other in verbs
              if other is not verb and other["name"].split(" ")[0] == group]
    text = head(name, section)
    text += f".SH NAME\n{escaped(name)} \\- {marked(verb['summary'])}\n"
    text += f".SH SYNOPSIS\n\\fBtollgate {escaped(verb['name'])}\\fR [OPTION…] {escaped(verb['operands'])}\n"
    text += f".SH DESCRIPTION\n{marked(verb['text'])}\n"
    text += ".SH OPTIONS\n" + "".join(option_item(option) for option in verb["options"])
    if verb["examples"]:
        text += ".SH EXAMPLES\n" + ".PP\n".join(example(one) for one in verb["examples"])
    return text + exit_status(exit_codes) + see_also(others + [("tollgate", 1)])


def program_page(verbs, exit_codes):
    text = head("tollgate", 1)
    text += ".SH NAME\ntollgate \\- meter, admit, rate and bill calls to AI and media APIs\n"
    text += ".SH SYNOPSIS\n\\fBtollgate\\fR VERB [OPTION…] …\n"
    text += (".SH DESCRIPTION\nTollgate turns usage events and orders into balances, answers to \\(lqmay this call "
             "start?\\(rq and bills, under tariffs that are plain files. Every verb has a page of its own.\n"
             ".SH VERBS\n")
    for verb in verbs:
        text += item(verb["name"], f"{verb['summary']}; see {page_name(verb['name'])}({section_of(verb['name'])}).")
    text += ".SH ENVIRONMENT\n" + "".join(item(name, meaning) for name, meaning in ENVIRONMENT)
    return text + exit_status(exit_codes) + see_also([(page, section) for _, page, section in DOCUMENTS])


def document_page(text, page):
    """A document with the parts that a manual page must have; links between documents become their words."""
    title = re.match(r"# (.*)\n", text)
    body = text[title.end():]
    body = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", body)
    body = re.sub(r"(?m)^##+ ", "## ", body)
    summary = title.group(1)
    return f"# NAME\n\n{page} - {summary[:1].lower() + summary[1:]}\n\n# DESCRIPTION\n\n{body}"


def document_roff(markdown, name, section):
    """lowdown makes the body; the first lines are ours."""
    command = ["lowdown", "-s", "-tman", "--out-no-smarty", "--parse-no-super"]
    roff = subprocess.run(command, input=markdown.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
    body = re.sub(r"(?s)^.*?\n\.TH [^\n]*\n", "", roff).replace("\\fC", "\\fB")
    body = re.sub(r"(?m)^(\.S[HS])\n", r"\1 ", body)
    body = re.sub(r"(?m)^(\.S[HS] .*)\n\.[PL]P$", r"\1", body)
    tables = "'\\\" t\n" if "\n.TS\n" in body else ""  # tells man to run tbl
    return tables + head(name, section) + body


def write(out, name, section, roff):
    folder = os.path.join(out, f"man{section}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{name}.{section}"), "w", encoding="utf-8") as file:
        file.write(roff)


def main():
    program, docs, out = sys.argv[1:]
    table = json.loads(subprocess.run([program, "help", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    verbs, exit_codes = table["verbs"], table["exit_codes"]
    write(out, "tollgate", 1, program_page(verbs, exit_codes))
    for verb in verbs:
        write(out, page_name(verb["name"]), section_of(verb["name"]), verb_page(verb, verbs, exit_codes))
    for file, page, section in DOCUMENTS:
        with open(os.path.join(docs, file), encoding="utf-8") as text:
            write(out, page, section, document_roff(document_page(text.read(), page), page, section))


if __name__ == "__main__":
    main()
