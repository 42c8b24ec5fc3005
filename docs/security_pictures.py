"""The pictures of the security report, for make-security-report."""

from html import escape

ROW, LABEL, BAR, NUMBER = 30, 320, 560, 110   # of a row's height, and what is in it from the left
CELL, HEADS = 25, 122                         # of the matrix: a cell, the names above


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(words)}</text>'


def svg(width, height, title, lines):
    return (f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">'
            f"<title>{escape(title)}</title>" + "".join(lines) + "</svg>")


def share(part, whole):
    return part / whole if whole else 0


def bar(kind, y, part, whole):
    """With its number behind; one that is empty is a line, so that nothing looks like no answer."""
    width = max(BAR * share(part, whole), 2)
    return (f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{width:.1f}" height="11"/>'
            + text(LABEL + BAR + 8, y + 10, f"{part} of {whole}"))


def bars(classes):
    """Of each class, which part of the attempts succeeded: before, and below it after."""
    lines = []
    for number, one in enumerate(classes):
        y = number * ROW
        lines += [f'<line class="rule" x1="0" x2="{LABEL + BAR + NUMBER}" y1="{y}" y2="{y}"/>',
                  text(LABEL - 10, y + 19, one["title"], text_anchor="end"),
                  bar("before", y + 3, one["succeeded_before"], one["applicable_before"]),
                  bar("after", y + 16, one["succeeded_after"], one["attempts"])]
    return svg(LABEL + BAR + NUMBER, ROW * len(classes) + 1,
               "Which part of the attempts of each class succeeded, before and after", lines)


def mark(x, y, kind):
    """Full: it stopped them; a ring: it would have been next."""
    if not kind:
        return ""
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{7 if kind == "stopped" else 5}"/>'


def matrix(classes, layers, kind_of):
    """kind_of(class, layer) is "stopped", "behind" or ""."""
    lines = []
    for column, layer in enumerate(layers):
        x = LABEL + column * CELL + CELL / 2
        lines.append(text(x + 4, HEADS - 6, layer["title"], transform=f"rotate(-60 {x + 4:g} "
                                                                      f"{HEADS - 6})"))
    for row, one in enumerate(classes):
        y = HEADS + row * CELL
        lines += [f'<line class="rule" x1="0" x2="{LABEL + CELL * len(layers)}" y1="{y}" '
                  f'y2="{y}"/>', text(LABEL - 10, y + 17, one["title"], text_anchor="end")]
        lines += [mark(LABEL + column * CELL + CELL / 2, y + CELL / 2, kind_of(one, layer))
                  for column, layer in enumerate(layers)]
    return svg(LABEL + CELL * len(layers) + 60, HEADS + CELL * len(classes) + 1,
               "Which layers stand in the way of each class of attack", lines)
