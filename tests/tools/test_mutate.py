"""tools/mutate on a tree of one file: what it kills, what lives, what it will not run."""
import os
import shutil
import subprocess
import sys
import tempfile

TOOL = os.path.join(sys.argv[1], "tools", "mutate")
SOURCE = """#include <stdlib.h>

int larger(int a, int b);
int larger(int a,
           int b) {
  if (a > b)
    return a;
  return b;
}

int main(void) { return larger(2, 1) == 2 ? EXIT_SUCCESS : EXIT_FAILURE; }
"""
MESON = "project('toy', 'c')\ntest('larger', executable('larger', 'lab/larger.c'))\n"
KILLED = "[lab/larger.c] larger\n- if (a > b) return a;\n+ if (a < b) return a;\n"
LIVES = "[lab/larger.c] larger\n- if (a > b)\n+ if (a >= b)\n"
UNBUILT = "[lab/larger.c] larger\n- return b;\n+ return c;\n"
SAME = "[lab/larger.c] larger\n- return b; }\n+ return b + 0; }\n= adds nothing\n"


def run(rows, *arguments, source=SOURCE, file="lab/larger.c"):
    with tempfile.TemporaryDirectory() as top:
        for folder in ("tools", "tests", "lab"):
            os.makedirs(os.path.join(top, folder))
        shutil.copy(TOOL, os.path.join(top, "tools"))
        for name, text in ((file, source), ("meson.build", MESON), ("tests/mutants.txt", rows)):
            with open(os.path.join(top, name), "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([os.path.join(top, "tools", "mutate"), *arguments],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        with open(os.path.join(top, file), encoding="utf-8") as f:
            assert f.read() == source, "the tree itself was changed"
        return done.returncode, done.stdout + done.stderr


def expect(what, got, code, *texts):
    for text in texts:
        assert text in got[1], f"{what}: no {text!r} in:\n{got[1]}"
    assert got[0] == code, f"{what}: exit {got[0]}, not {code}:\n{got[1]}"


expect("all", run(KILLED + LIVES + UNBUILT + SAME), 1,
       "1 of 3 mutants killed (33 %), 1 more are equivalent", "survived: tests/mutants.txt:4:",
       "if (a > b)  ->  if (a >= b)", "did not build: tests/mutants.txt:7:", "adds nothing")
expect("a word", run(KILLED + UNBUILT, "a > b"), 0, "1 of 1 mutants killed (100 %)")
expect("a tree that fails", run(KILLED, source=SOURCE.replace("== 2", "== 3")), 2,
       "do not pass as they are")
expect("a test of another name", run(KILLED.replace("larger\n-", "smaller\n-")), 2,
       "there is no test smaller")
expect("sound", run(KILLED + SAME, "--check"), 0, "2 mutants, 0 unusable")
expect("moved", run(KILLED, "--check", file="lab/greater.c"), 0, "1 mutants, 0 unusable")
expect("gone", run(KILLED, "--check", source=SOURCE.replace("a > b", "b < a")), 2, "text is gone")
expect("twice", run("[lab/larger.c] larger\n- return\n+ exit\n", "--check"), 2, "3 times")
expect("no change", run("[lab/larger.c] larger\n- return b;\n+ return b;\n", "--check"), 2,
       "changes nothing")
expect("no test", run("[lab/larger.c]\n- return b;\n+ return a;\n", "--check"), 2, "names no test")
expect("odd row", run("return b;\n", "--check"), 1, "neither [FILE] TESTS")
