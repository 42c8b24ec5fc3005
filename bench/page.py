"""What shows a run: a page with pictures, lines for a terminal, tables for docs/performance.md."""

import base64
import hashlib
import json
import re
import sys
from html import escape

import pictures
from figures import number, ratio
from places import HERE, REPOSITORY, RESULTS
from subjects import TITLES

GUIDE, PICTURE = REPOSITORY / "docs/performance.md", REPOSITORY / "docs/performance.svg"
README = REPOSITORY / "README.md"
IN_README = ("bulkhead", "nginx", "go", "php", "uwsgi", "gunicorn", "fcgiwrap")
MOST_BUSY = 0.05  # of all processors
OURS = ("bulkhead", "meanwhile", "no-trail", "no-sandbox", "neither")
STYLE = ((REPOSITORY / "docs/security-report.css").read_text(encoding="utf-8")
         + (HERE / "page.css").read_text(encoding="utf-8"))
MARKED = re.compile(r"(<!-- figures: by bench/run -->\n).*?(<!-- end of figures -->)", re.DOTALL)
HEADS = {"p50": "p50, ms", "p99": "p99, ms", "failed": "failed", "cpu_edge": "nginx, us",
         "cpu_program": "program, us", "cpu_trail": "trail, us",
         "settled": "all shipped after, s", "unshipped": "not shipped", "worst": "slowest, ms"}


def title_of(subject):
    return TITLES.get(subject, subject)


def is_ours(subject):
    return subject in OURS or subject not in TITLES


def work_of(found, name):
    return next((each for each in found["works"] if each["id"] == name), None)


# --- as a page ------------------------------------------------------------------------------------

def table(heads, rows):
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join("<tr>" + f'<th scope="row">{escape(row[0])}</th>'
                   + "".join(f"<td>{escape(each)}</td>" for each in row[1:]) + "</tr>"
                   for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def columns_of(work):
    known = [name for name in HEADS if any(name in row.get("more", {}) for row in work["rows"])]
    other = [name for row in work["rows"] for name in row.get("more", {})
             if name not in HEADS and " " in name]
    return known + list(dict.fromkeys(other))


def cells(work, row, columns):
    more = row.get("more", {})
    compared = [ratio(row["ratio"]), f"{ratio(row['ratio_low'])} to {ratio(row['ratio_high'])}"] \
        if "ratio" in row else ["", ""]
    return [title_of(row["subject"]), number(row["median"]),
            f"{number(row['low'])} to {number(row['high'])}", *(compared if work["base"] else []),
            *(number(more[name]) if name in more else "" for name in columns)]


def details(work):
    columns = columns_of(work)
    base = [f"of {title_of(work['base'])}", "range"] if work["base"] else []
    heads = ["", work["unit"], "range", *base, *(HEADS.get(name, name) for name in columns)]
    rows = [cells(work, row, columns) for row in work["rows"]]
    return (f"<details><summary>All figures</summary>"
            f'<div class="wide" tabindex="0">{table(heads, rows)}</div></details>')


def section(work):
    note = f"<p>{escape(work['note'][0].upper() + work['note'][1:])}.</p>" if work["note"] else ""
    better = "more is better" if work["better"] == "more" else "less is better"
    if work["base"]:
        better += f"; ratios are to: {title_of(work['base'])}"
    return (f'<figure id="{work["id"]}"><figcaption>{escape(work["title"])}</figcaption>{note}'
            f"<p>{escape(work['unit'])}; {escape(better)}; the line is the range of the rounds.</p>"
            f'<div class="wide" tabindex="0">{pictures.bars(work, title_of, is_ours)}</div>'
            f"{details(work)}</figure>")


def targets_table(found):
    rows = "".join(
        f'<tr><th scope="row">{escape(each["what"])}</th><td>{each["sign"]} '
        f'{number(each["wanted"])}</td><td class="{"met" if each["met"] else "missed"}">'
        f'{number(each["measured"])} {each["unit"]}{"" if each["met"] else ": missed"}</td></tr>'
        for each in found["targets"])
    return ('<table><thead><tr><th scope="col">target</th><th scope="col">wanted</th>'
            f'<th scope="col">measured</th></tr></thead><tbody>{rows}</tbody></table>')


def made_how(found):
    rows = [["date", found["date"]], ["seconds", str(found["seconds"])],
            ["rounds", f"{found['rounds']}, of {found['seconds_each']} s each; at 32 connections "
             f"{found['most_rounds']}"],
            ["started as root", "yes" if found["as_root"] else "no"],
            *([name, str(value)] for name, value in found["machine"].items()),
            *([name, value] for name, value in found["versions"].items()),
            *([f"left out: {each['title']}", each["left_out"]] for each in found["subjects"]
              if each["left_out"]),
            *([f"left out, {place}", each] for place, each in enumerate(found["left_out"], 1)),
            *([f"went wrong, {place}", each] for place, each in enumerate(found["errors"], 1))]
    return table(["what", ""], rows)


def html(found):
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    works = "\n".join(map(section, found["works"]))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{style}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Bulkhead beside its peers</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Bulkhead beside its peers</h1>
<p>One run on one machine, whose processors clients, nginx and programs share. Figures of other
machines differ; ratios differ less. docs/performance.md says how to read them.</p>
<h2>Targets</h2>
{targets_table(found)}
<h2>Figures</h2>
{works}
<h2>How this was made</h2>
{made_how(found)}
</body>
</html>
"""


def write(found, folder):
    (folder / "index.html").write_text(html(found), encoding="utf-8")


# --- as text --------------------------------------------------------------------------------------

def as_text(found):
    lines = []
    for work in found["works"]:
        lines.append(f"\n{work['title']}, {work['unit']}")
        for row in work["rows"]:
            compared = f"{ratio(row['ratio']):>8}" if "ratio" in row else " " * 8
            lines.append(f"  {title_of(row['subject']):32}{number(row['median']):>12}{compared}   "
                         f"{number(row['low'])} to {number(row['high'])}")
    if found["targets"]:
        lines.append("\ntargets")
    lines += [f"  {each['what']:58}{each['sign']:>9} {number(each['wanted']):>6}: "
              f"{number(each['measured'])}{'' if each['met'] else '  missed'}"
              for each in found["targets"]]
    return "\n".join(lines)


# --- in docs/performance.md -----------------------------------------------------------------------

def markdown(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def row_by(found, name, subject):
    work = work_of(found, name)
    return next((row for row in work["rows"] if row["subject"] == subject), {}) if work else {}


def short(found):
    """What the README shows, the fastest first."""
    rows = sorted((row for row in work_of(found, "hello-32")["rows"]
                   if row["subject"] in IN_README), key=lambda row: -row["median"])
    return markdown(["hello, 32 connections", "requests/s", "of nginx alone"],
                    [[title_of(row["subject"]), number(row["median"]), ratio(row["ratio"])]
                     for row in rows])


def summary(found):
    """Of hello, all subjects and what they take, the fastest first."""
    rows = []
    for row in sorted(work_of(found, "hello-32")["rows"], key=lambda each: -each["median"]):
        subject = row["subject"]
        many = row_by(found, "hello-256", subject).get("more", {})
        memory = row_by(found, "memory", subject)
        spent = sum(value for name, value in row["more"].items() if name.startswith("cpu_"))
        rows.append([title_of(subject), number(row["median"]),
                     ratio(row["ratio"]) if "ratio" in row else "", number(row["more"]["p99"]),
                     number(many["p99"]) if "p99" in many else "", number(spent),
                     number(memory["median"]) if memory and subject != "nginx" else ""])
    return markdown(["hello, 32 connections", "requests/s", "of nginx alone", "p99, ms",
                     "p99 at 256, ms", "processor a request, us", "memory, MiB"], rows)


def judged(found):
    return markdown(["target", "wanted", "measured"], [
        [each["what"], f"{each['sign']} {number(each['wanted'])}",
         f"{number(each['measured'])} {each['unit']}" + ("" if each["met"] else ", **missed**")]
        for each in found["targets"]])


def others(found):
    """One line for each other work."""
    rows = [[work["title"], work["unit"], "; ".join(
        f"{title_of(row['subject'])} {number(row['median'])}" for row in work["rows"])]
        for work in found["works"] if work["id"] != "hello-32"]
    return markdown(["work", "unit", "medians"], rows)


def warning(found):
    """Of a machine that did something else."""
    share = found["machine"].get("busy_before", 1)
    return "" if share <= MOST_BUSY else (
        f"**The machine was busy with something else: {share:.0%} of it before the run began.** "
        "Whoever then has to wait for a processor waits longest where several processes take turns "
        "at a request. Take these figures for an example of the page, and make your own.\n\n")


def block(found):
    about = found["machine"]
    return (f"{warning(found)}Of {found['date'][:10]}: {about['processor']}, {about['processors']} "
            f"processors that clients and servers share, Linux {about['linux']}; medians of "
            f"{found['rounds']} rounds, at 32 connections of {found['most_rounds']}.\n\n"
            f"{summary(found)}\n\n{judged(found)}\n\n{others(found)}")


def with_figures(path, text):
    """The file, with this text between its marks."""
    return MARKED.sub(lambda marks: f"{marks[1]}{text}\n{marks[2]}",
                      path.read_text(encoding="utf-8"))


def renew(check=False):
    """What is made of bench/results/figures.json; with check, whether it is what is there."""
    found = json.loads((RESULTS / "figures.json").read_text(encoding="utf-8"))
    made = {RESULTS / "index.html": html(found),
            PICTURE: pictures.bars(work_of(found, "hello-32"), title_of, is_ours, pictures.STYLE)
            + "\n",
            GUIDE: with_figures(GUIDE, block(found)),
            README: with_figures(README, short(found))}  # where it has the marks
    stale = [path for path, text in made.items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    if check:
        for path in stale:
            print(f"bench/run: {path.relative_to(REPOSITORY)}: is not what its figures make: run "
                  "bench/run --page", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
    return 0
