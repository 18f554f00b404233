#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completions for bash, zsh and fish from the program's own table of verbs and options.

    completions.py PROGRAM BASH ZSH FISH

writes the three files."""

import json
import re
import subprocess
import sys

FILE_WORDS = {"FILE", "DIR", "PATH", "SOCKET"}


def takes_file(word):
    return any(part in FILE_WORDS for part in re.findall(r"[A-Z]+", word))


def quoted(text):
    """For a shell, between single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def words_of(verbs):
    """First words, and the second words behind each."""
    groups = {}
    for verb in verbs:
        first, _, second = verb["name"].partition(" ")
        groups.setdefault(first, [])
        if second:
            groups[first].append(second)
    return groups


def with_argument(verb):
    return [option for option in verb["options"] if option["argument"]]


def summaries(verbs):
    """What stands behind every first word: its own summary, or that it is a group."""
    texts = {}
    for verb in verbs:
        first, _, second = verb["name"].partition(" ")
        if not second or first not in texts:
            texts[first] = f"{first} …" if second else verb["summary"]
    return texts


BASH = """# bash completion for tollgate; made from `tollgate help --json`
_tollgate() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
    local verb=${{COMP_WORDS[1]-}} options='' choices='' files=no
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W '{first} help --help --version' -- "$cur")
        return
    fi
    case "$verb ${{COMP_WORDS[2]-}}" in
{pairs}
    esac
    if [ "$COMP_CWORD" -eq 2 ]; then
        case $verb in
{groups}
        esac
        [ "${{#COMPREPLY[@]}}" -eq 0 ] || return
    fi
    case "$verb $prev" in
{arguments}
    esac
    if [ -n "$choices" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
        return
    fi
    case $cur in
    -*) ;;
    *) files=yes ;;
    esac
    case "$verb" in
{singles}
    esac
    if [ "$files" = yes ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}}
complete -F _tollgate tollgate
"""


def bash_group(first, seconds):
    return f"        {first}) mapfile -t COMPREPLY < <(compgen -W '{' '.join(seconds)}' -- \"$cur\") ;;"


def bash(verbs):
    groups = words_of(verbs)
    pairs, singles, arguments = [], [], {}
    for verb in verbs:
        names = " ".join("--" + option["name"] for option in verb["options"])
        first, _, second = verb["name"].partition(" ")
        if second:
            pairs.append(f"    '{first} {second}') verb='{verb['name']}' options='{names}' ;;")
        else:
            singles.append(f"    '{first}') options='{names}' ;;")
        for option in with_argument(verb):
            if option["choices"] or not takes_file(option["argument"]):
                choices = (option["choices"] or "").replace("|", " ")
                arguments.setdefault(choices, []).append(f"'{verb['name']} --{option['name']}'")
    lines = []
    for choices, cases in sorted(arguments.items()):
        body = f"choices='{choices}'" if choices else "return"
        lines.append(f"    {' | '.join(sorted(cases))}) {body} ;;")
    return BASH.format(first=" ".join(groups), pairs="\n".join(pairs), singles="\n".join(singles),
                       arguments="\n".join(lines),
                       groups="\n".join(bash_group(first, seconds) for first, seconds in groups.items() if seconds))


def zsh_option(option):
    text = option["help"].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    again = "*" if option["repeats"] else ""
    spec = f"{again}--{option['name']}[{text}]"
    if option["choices"]:
        spec += f":{option['argument']}:({option['choices'].replace('|', ' ')})"
    elif option["argument"]:
        spec += f":{option['argument'].replace(':', ' ')}:" + ("_files" if takes_file(option["argument"]) else " ")
    return quoted(spec)


def zsh(verbs):
    groups, texts = words_of(verbs), summaries(verbs)
    lines = ["#compdef tollgate", "# zsh completion for tollgate; made from `tollgate help --json`", "",
             "_tollgate() {", "    local -a verbs", "    if (( CURRENT == 2 )); then", "        verbs=("]
    lines += [f"            {quoted(first + ':' + texts[first])}" for first in groups]
    lines += ["            'help:Explain a verb'", "        )", "        _describe verb verbs", "        return",
              "    fi", "    case $words[2] in"]
    for first, seconds in groups.items():
        if not seconds:
            continue
        alone = any(verb["name"] == first for verb in verbs)
        lines += [f"    {first})", "        if (( CURRENT == 3 )); then", "            verbs=("]
        lines += [f"                {quoted(verb['name'].split(' ')[1] + ':' + verb['summary'])}" for verb in verbs
                  if verb["name"].startswith(first + " ")]
        lines += ["            )", "            _describe verb verbs" + ("" if alone else " && return"), "        fi",
                  "        ;;"]
    lines += ["    esac", "    local verb=$words[2]",
              "    case \"$words[2] $words[3]\" in"]
    lines += [f"    {quoted(verb['name'])}) verb={quoted(verb['name'])}; words=(tollgate \"${{(@)words[4,-1]}}\"); "
              "(( CURRENT -= 2 )) ;;" for verb in verbs if " " in verb["name"]]
    lines += ["    *) words=(tollgate \"${(@)words[3,-1]}\"); (( CURRENT -= 1 )) ;;", "    esac", "    case $verb in"]
    for verb in verbs:
        specs = [zsh_option(option) for option in verb["options"]]
        if verb["operands"]:
            specs.append("'*:" + verb["operands"].replace("'", "").replace(":", " ") + ":" +
                         ("_files" if takes_file(verb["operands"]) else " ") + "'")
        lines.append(f"    {quoted(verb['name'])}) _arguments -S {' '.join(specs)} ;;")
    return "\n".join(lines + ["    esac", "}", "", "_tollgate \"$@\"", ""])


def fish(verbs):
    groups, texts = words_of(verbs), summaries(verbs)
    lines = ["# fish completion for tollgate; made from `tollgate help --json`", "",
             "function __tollgate_at", "    set -l words (commandline -opc)", "    set -e words[1]",
             "    test (count $words) -ge (count $argv); or return 1", "    for i in (seq (count $argv))",
             "        test \"$words[$i]\" = \"$argv[$i]\"; or return 1", "    end", "end", "",
             "function __tollgate_words", "    test (count (commandline -opc)) -eq $argv[1]", "end", "",
             "complete -c tollgate -f"]
    for first in groups:
        lines.append(f"complete -c tollgate -n '__tollgate_words 1' -a {first} -d {quoted(texts[first])}")
    for verb in verbs:
        first, _, second = verb["name"].partition(" ")
        if second:
            lines.append(f"complete -c tollgate -n '__tollgate_words 2; and __tollgate_at {first}' -a {second} "
                         f"-d {quoted(verb['summary'])}")
        if takes_file(verb["operands"]):
            lines.append(f"complete -c tollgate -n '__tollgate_at {verb['name']}' -F")
        for option in verb["options"]:
            line = (f"complete -c tollgate -n '__tollgate_at {verb['name']}' -l {option['name']} "
                    f"-d {quoted(option['help'])}")
            if option["choices"]:
                line += f" -x -a {quoted(option['choices'].replace('|', ' '))}"
            elif option["argument"]:
                line += " -r -F" if takes_file(option["argument"]) else " -x"
            lines.append(line)
    return "\n".join(lines) + "\n"


def main():
    program, *paths = sys.argv[1:]
    table = json.loads(subprocess.run([program, "help", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    for path, make in zip(paths, (bash, zsh, fish)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(make(table["verbs"]))


if __name__ == "__main__":
    main()
