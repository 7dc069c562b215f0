#!/usr/bin/env python3
"""The page of one trial. TAP. $1: redoubt."""
import html.parser
import os
import re
import subprocess
import sys
import tempfile

redoubt, n = os.path.abspath(sys.argv[1]), 0
folder = tempfile.TemporaryDirectory(prefix="redoubt-page-")
FLOOD = ["--topology", "volte-home", "--duration", "20", "--attack",
         "dos-invite-flood-1src,at=5s,for=5s,rate=50"]
LIMIT = ["--defense", "rl-token@sbc.gm"]


def say(ok, name, why=""):
    global n
    n += 1
    print(f"{'ok' if ok else 'not ok'} {n} - {name}" + ("" if ok else f"\n# {why}"))


def run(*arguments):
    done = subprocess.run([redoubt, "run", *arguments, "-q"], cwd=folder.name, text=True,
                          capture_output=True)
    return done.returncode, done.stdout, done.stderr


class Page(html.parser.HTMLParser):
    """Text and balance of a page; what it would fetch or run."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.wrong, self.fetches = [], "", [], []
        self.feed(text)
        self.wrong += self.open

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("src", "href", "xlink:href") and not (value or "").startswith("#"):
                self.fetches.append(value)
        if tag == "script":
            self.fetches.append(tag)
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("/" + tag)

    def handle_data(self, data):
        self.text += data


def page_of(out):
    found = re.search("^page: (.*)$", out, re.M)
    if not found:
        return None
    with open(os.path.join(folder.name, found.group(1)), encoding="utf-8") as f:
        return Page(f.read())


code, out, err = run(*FLOOD, *LIMIT)
page = page_of(out)
say(code == 0 and page and os.path.exists(os.path.join(folder.name, "results/command-line.html")),
    "a trial leaves its page in results", err)
say(page and not page.wrong, "its tags are balanced", page and page.wrong)
say(page and not page.fetches, "it fetches and runs nothing", page and page.fetches)
say(page and "dos-invite-flood-1src against rl-token" in page.text, "it says who against whom")
lost = re.search(r"calls lost, of \d+ +(\d+) +(\d+) +(\d+) +(\d+)", out)
row = re.search(r"served in peace and not here, of \d+ attempts(\d+)(\d+)(\d+)(\d+)\n", page.text)
say(lost and row and int(row.group(1)) == 0, "nothing is lost in peace")
say("redoubt run --topology volte-home" in page.text, "it tells the command that repeats it")
before = page.text
code, out, err = run(*FLOOD, *LIMIT)
say(page_of(out).text == before, "the same trial is the same page")

code, out, err = run(*FLOOD)
say(code == 0 and "against no defense" in page_of(out).text, "an attack alone has a page")
code, out, err = run("--topology", "volte-home", "--duration", "15", *LIMIT)
say(code == 0 and "Nobody attacked" in page_of(out).text, "a defense alone has one")
code, out, err = run("--topology", "volte-home", "--duration", "15", "--attack",
                     "ben-options-ping,at=5s,for=5s", *LIMIT)
say(code == 0 and "benign twin" in page_of(out).text, "a twin is called one")
code, out, err = run(*FLOOD, "--page", "own.html", "--ladder", "registration")
say(code == 0 and "page: own.html" in out and "UNKNOWN" not in out and
    "REGISTER, Call-ID" in page_of(out).text, "a ladder stands in it, and it where one says", err)
code, out, err = run(*FLOOD, "-o", "kept")
say(code == 0 and "page: kept/page.html" in out, "with worlds that are kept it is beside them")

code, out, err = run(*FLOOD, "--page", "/nowhere/page.html")
say(code == 1 and "no page: " in err, "a page that was asked for and cannot be is a failure", err)
code, out, err = run(*FLOOD, "--no-counterfactuals")
say(code == 0 and "page:" not in out, "a world alone has none")
code, out, err = run(*FLOOD, "--format", "json")
say(code == 0 and "page:" not in out, "JSON stays JSON")
code, out, err = run(*FLOOD, "--no-counterfactuals", "--page", "x.html")
say(code == 2, "and asking for both is bad usage")
print(f"1..{n}")
