"""The style check itself: each of its checks finds what it is for, and leaves good code alone."""

import importlib.machinery
import importlib.util
import pathlib

import pytest

CHECK = pathlib.Path(__file__).with_name("check")
loader = importlib.machinery.SourceFileLoader("style_check", str(CHECK))
style = importlib.util.module_from_spec(importlib.util.spec_from_loader("style_check", loader))
loader.exec_module(style)

LONG_FUNCTION = "int f(void)\n{\n" + "    g();\n" * 48 + "}\n"

BAD = [
    # check, file, text, what the complaint says, why this row
    ("check_banned", "a.c", "x = atoi(y);\n", "atoi", "a call"),
    ("check_banned", "a.c", "x = strtol (y, &e, 10);\n", "strtol", "a space before the bracket"),
    ("check_functions", "a.c", LONG_FUNCTION, "f has 51 lines", "one line too many"),
    ("check_functions", "a.c", "static const int x[] = { 1 };\n" + LONG_FUNCTION, "f has 51",
     "data before the function is not part of it"),
    ("check_functions", "a.c", LONG_FUNCTION.replace("{\n", "{\n    s = \"}\"; /* } */\n", 1),
     "f has 52", "braces in strings and comments are none"),
    ("check_length", "a.c", "\n" * 401, "401 lines", "one line too many"),
    ("check_guard", "cgi-src/a_b.h", "#ifndef OTHER_H\n#define OTHER_H\n#endif\n",
     "BULKHEAD_A_B_H", "another file's guard"),
    ("check_text", "a.c", "x; \n", "white space", "a space at the end"),
    ("check_text", "a.c", "\tx;\n", "a tab", "indented by a tab"),
    ("check_text", "a.c", "x;", "no newline", "the last line is not ended"),
    ("check_text", "a.c", "x" * 101 + "\n", "101 columns", "one column too many"),
    ("check_links", "README.md", "[x](no/such.md)\n", "no/such.md", "a link to nowhere"),
    ("check_python", "a.py", "def f(:\n", "does not compile", "no Python"),
]

GOOD = [
    ("check_banned", "a.c", "x = my_atoi(y); /* atoi(y) */ s = \"atoi(\"; p->system(1);\n",
     "names that contain one, comments, strings, members"),
    ("check_functions", "a.c", LONG_FUNCTION.replace("    g();\n", "", 1), "exactly the limit"),
    ("check_functions", "a.c", "struct s {\n" + "    int x;\n" * 60 + "};\n", "no function"),
    ("check_guard", "cgi-src/a_b.h",
     "/* a */\n#ifndef BULKHEAD_A_B_H\n#define BULKHEAD_A_B_H\n#endif\n", "as it should be"),
    ("check_links", "README.md", "[x](LICENSE#y) [z](https://example.org/)\n",
     "an anchor of a file that exists, and the world"),
]


def faults(check, path, text):
    return list(getattr(style, check)(pathlib.Path(path), text))


@pytest.mark.parametrize("check, path, text, says, why", BAD, ids=[f"{r[0]}: {r[4]}" for r in BAD])
def test_bad_style_is_found(check, path, text, says, why):
    """Each row holds exactly the fault that its check is for."""
    found = faults(check, path, text)
    assert len(found) == 1 and says in found[0][1], f"{why}: {found}"


@pytest.mark.parametrize("check, path, text, why", GOOD, ids=[f"{r[0]}: {r[3]}" for r in GOOD])
def test_good_style_is_left_alone(check, path, text, why):
    """A check that cries wolf is switched off by the first who meets it."""
    assert faults(check, path, text) == [], why


TOOLS = [
    ("check_format", "clang-format", "a.c", "int  x;\n", "int x;\n"),
    ("check_shell", "shellcheck", "a.sh", "#!/bin/sh\nrm $1\n", "#!/bin/sh\nrm \"$1\"\n"),
    ("check_manual", "mandoc", "a.8", ".Dd 1\n.Sh NAME\n", None),
]


@pytest.mark.parametrize("check, tool, name, bad, good", TOOLS, ids=[r[1] for r in TOOLS])
def test_what_tools_say_counts(tmp_path, check, tool, name, bad, good):
    """A tool that finds something is heard, and one that finds nothing is no fault."""
    if check == "check_format" and not style.clang_format():
        pytest.skip("another version of clang-format")
    if not style.CI and not style.shutil.which(tool):
        pytest.skip(f"{tool} is missing")
    (tmp_path / ".clang-format").write_text((style.ROOT / ".clang-format").read_text())
    path = tmp_path / name
    path.write_text(bad)
    assert faults(check, path, bad), f"{tool} was not heard"
    if good:
        path.write_text(good)
        assert faults(check, path, good) == []
