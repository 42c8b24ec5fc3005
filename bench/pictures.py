"""The pictures of the page: bars with their range."""

import sys

from figures import number, ratio
from places import REPOSITORY

sys.path.insert(1, str(REPOSITORY / "docs"))
from security_pictures import svg, text  # noqa: E402

ROW, LABEL, BAR, NUMBER = 26, 270, 450, 240
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1b1f24; }
.rule, .range { stroke: #d5dae1; } .range { stroke: #4d5661; stroke-width: 1.5; }
.ours { fill: #0067a8; } .theirs { fill: #9aa5b1; }
@media (prefers-color-scheme: dark) {
  text { fill: #e8eaed; } .rule { stroke: #363d46; } .range { stroke: #a9b1bb; }
  .ours { fill: #5ab3ec; } .theirs { fill: #5b6672; }
}
"""


def said(work, row):
    words = f"{number(row['median'])} {work['unit']}"
    if "ratio" in row and row["subject"] != work["base"]:
        words += f", ratio {ratio(row['ratio'])}"
    return words


def bar(work, row, y, title, most, is_ours):
    length = BAR * row["median"] / most
    low, high = (LABEL + BAR * row[name] / most for name in ("low", "high"))
    kind = "ours" if is_ours else "theirs"
    return [f'<line class="rule" x1="0" x2="{LABEL + BAR + NUMBER}" y1="{y}" y2="{y}"/>',
            text(LABEL - 10, y + 18, title, text_anchor="end"),
            f'<rect class="{kind}" x="{LABEL}" y="{y + 6}" width="{max(length, 2):.1f}" '
            'height="14"/>',
            f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{y + 13}" y2="{y + 13}"/>',
            text(max(LABEL + length, high) + 8, y + 18, said(work, row))]


def bars(work, title_of, is_ours, style=""):
    """Of one work: the best first, the range as a line over each bar."""
    rows = sorted(work["rows"], key=lambda row: row["median"], reverse=work["better"] == "more")
    most = max(row["high"] for row in rows) or 1
    lines = [each for place, row in enumerate(rows)
             for each in bar(work, row, place * ROW, title_of(row["subject"]), most,
                             is_ours(row["subject"]))]
    picture = svg(LABEL + BAR + NUMBER, ROW * len(rows) + 1, f"{work['title']}, {work['unit']}",
                  ([f"<style>{style}</style>"] if style else []) + lines)
    return picture if not style else picture.replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
