"""
The data-flow picture of the threat model, for make-threat-model: a box for each boundary, a shape
for each element, a numbered line for each flow.

Boxes are as high as what is in them: whoever adds an element to a boundary gives it no place. The
lines of a flow are in threats.json, a list of points each: "ID.SIDE@PART" is a point of a side,
without a part the one that makes the line straight; "up 20" is a step on the way.
"""

from html import escape

WIDTH, MARGIN, GAP, ASIDE = 1150, 22, 16, 44  # ASIDE: between elements side by side
BOX, PAD, HEAD = 44, 16, 34          # of an element, within a boundary, above its first element
BANDS, LEGEND = 96, 22               # space above a band, and a line of the legend
COLUMNS = 4

STYLE = """
    .paper { fill: #ffffff; }
    .boundary { fill: #f3f6fa; stroke: #b3402a; stroke-width: 2; stroke-dasharray: 8 5; }
    .external, .process, .store { fill: #ffffff; stroke: #51627a; stroke-width: 1.4; }
    .process { fill: #e4eefb; stroke: #2f6db5; }
    .store { fill: #fff6dd; stroke: #9a7412; }
    .flow { stroke: #2b3a4f; stroke-width: 1.6; fill: none; marker-end: url(#tip); }
    .tip { fill: #2b3a4f; }
    .badge { fill: #2b3a4f; }
    .number { fill: #ffffff; font-size: 12px; font-weight: 700; text-anchor: middle; }
    text { fill: #1a2433; font-size: 14.5px; }
    .name { text-anchor: middle; font-weight: 600; font-size: 13.5px; }
    .trust { fill: #96311e; font-size: 14px; font-weight: 700; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #10161f; }
      .boundary { fill: #1a2330; stroke: #f0907a; }
      .external, .process, .store { fill: #10161f; stroke: #8b9cb5; }
      .process { fill: #172a44; stroke: #6aa9f0; }
      .store { fill: #33290f; stroke: #d8b254; }
      .flow { stroke: #cfd9e8; }
      .tip, .badge { fill: #cfd9e8; }
      .number { fill: #10161f; }
      text { fill: #eaf0f8; }
      .trust { fill: #ffb3a3; }
    }
"""
SIDES = {"left": (0, None), "right": (1, None), "top": (None, 0), "bottom": (None, 1)}
STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Rectangle:
    def __init__(self, x, y, width, height):
        self.x, self.y, self.width, self.height = x, y, width, height

    def point(self, side, part):
        """On a side, `part` of the way along it."""
        across, down = SIDES[side]
        return (self.x + self.width * (part if across is None else across),
                self.y + self.height * (part if down is None else down))


# --- where everything is --------------------------------------------------------------------------

def content_height(boundary, elements):
    rows = 1 if boundary["place"].get("across") else len(elements)
    return HEAD + rows * BOX + (rows - 1) * GAP + PAD


def fill(rectangle, boundary, elements):
    """A rectangle for each element: one below the other, or side by side."""
    place, count = boundary["place"], len(elements)
    inside = rectangle.width - 2 * PAD
    found, y = {}, rectangle.y + HEAD
    spare = rectangle.height - content_height(boundary, elements)
    for n, element in enumerate(elements):
        if place.get("across"):
            width = (inside - (count - 1) * ASIDE) / count
            found[element["id"]] = Rectangle(rectangle.x + PAD + n * (width + ASIDE), y, width,
                                             BOX)
        else:
            height = BOX + (spare if element.get("tall") else 0)
            found[element["id"]] = Rectangle(rectangle.x + PAD, y, inside, height)
            y += height + GAP
    return found


def layout(model):
    """Rectangles of boundaries and of elements, and where the lowest ends."""
    inside = {name: [each for each in model.elements.values()
                     if each["boundary"] == name and each["kind"] != "flow"]
              for name in model.boundaries}
    boxes, places, top = {}, {}, MARGIN + BOX + 62
    for band in range(3):
        members = [each for each in model.boundaries.values()
                   if each.get("place", {}).get("band") == band]
        height = max(content_height(each, inside[each["id"]]) for each in members)
        for each in members:
            own = content_height(each, inside[each["id"]])
            box = Rectangle(each["place"]["x"], top, each["place"]["width"],
                            own if each["place"].get("short") else height)
            boxes[each["id"]] = box
            places.update(fill(box, each, inside[each["id"]]))
        for element in model.elements.values():
            if element.get("at", [None])[0] == band:
                _, x, row = element["at"]
                y = top + HEAD + row * (BOX + GAP) if row >= 0 else MARGIN
                places[element["id"]] = Rectangle(x, y, 130 if row >= 0 else 156, BOX)
        top += height + BANDS
    lowest = max(each.y + each.height for each in [*boxes.values(), *places.values()])
    return boxes, places, lowest


# --- lines ----------------------------------------------------------------------------------------

def straight(rectangle, side, other):
    """The part of a side at which a line to or from the other point is straight, or its middle."""
    if SIDES[side][0] is None:
        part = (other[0] - rectangle.x) / rectangle.width
    else:
        part = (other[1] - rectangle.y) / rectangle.height
    return part if 0 <= part <= 1 else 0.5


def place_of(text, rectangles, other):
    """Of a point "ID.SIDE@PART"; without a part, what is straight to the other point, if any."""
    name, _, part = text.partition("@")
    name, side = name.split(".")
    rectangle = rectangles[name]
    if part:
        return rectangle.point(side, float(part))
    return rectangle.point(side, straight(rectangle, side, other) if other else 0.5)


def route(line, rectangles):
    """The points of a line. Where it is not straight it bends, to meet its end's side upright."""
    end = place_of(line[-1], rectangles, None)
    points = [place_of(line[0], rectangles, end if len(line) == 2 else None)]
    for text in line[1:-1]:
        step, amount = text.split()
        dx, dy = STEPS[step]
        points.append((points[-1][0] + dx * int(amount), points[-1][1] + dy * int(amount)))
    end = place_of(line[-1], rectangles, points[-1])
    across = line[-1].partition("@")[0].endswith((".left", ".right"))
    bend = (points[-1][0], end[1]) if across else (end[0], points[-1][1])
    return [*points, end] if bend in (end, points[-1]) else [*points, bend, end]


def badge_place(points):
    """The middle of the last piece, where no other line is; or of the longest, if that is short."""
    pieces = [(abs(x1 - x2) + abs(y1 - y2), (x1 + x2) / 2, (y1 + y2) / 2)
              for (x1, y1), (x2, y2) in zip(points, points[1:])]
    length, *middle = pieces[-1]
    return middle if length >= 40 else max(pieces)[1:]


def lines_of(model, rectangles):
    shapes, badges = [], []
    for flow in model.flows:
        for line in flow["lines"]:
            points = route(line, rectangles)
            path = "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
            shapes.append(f'<path class="flow" d="{path}"/>')
            badges += badge(model.number[flow["id"]], *badge_place(points))
    return shapes + badges


def badge(number, x, y):
    return [f'<circle class="badge" cx="{x:.0f}" cy="{y:.0f}" r="10"/>',
            f'<text class="number" x="{x:.0f}" y="{y + 4.3:.1f}">{number}</text>']


# --- shapes ---------------------------------------------------------------------------------------

def shape(element, place):
    """External entities have corners, processes round ends, stores a second line."""
    radius = {"external": 0, "process": 20, "store": 3}[element["kind"]]
    where = f'x="{place.x:.0f}" y="{place.y:.0f}" height="{place.height:.0f}"'
    drawn = [f'<rect class="{element["kind"]}" {where} width="{place.width:.0f}" rx="{radius}"/>']
    if element["kind"] == "store":
        x = f"{place.x + 7:.0f}"
        drawn.append(f'<path class="store" d="M{x} {place.y:.0f}v{place.height:.0f}"/>')
    middle = place.point("top", 0.5)[0] + (3 if element["kind"] == "store" else 0)
    drawn.append(f'<text class="name" x="{middle:.0f}" y="{place.y + place.height / 2 + 5:.0f}">'
                 f'{escape(element["title"])}</text>')
    return drawn


def frame(boundary, box):
    return [f'<rect class="boundary" x="{box.x}" y="{box.y}" width="{box.width}" '
            f'height="{box.height}" rx="10"/>',
            f'<text class="trust" x="{box.x + 12}" y="{box.y + 22}">{escape(boundary["title"])}'
            '</text>']


def legend(model, top):
    """The flows by their numbers, column by column."""
    drawn, rows = [], -(-len(model.flows) // COLUMNS)
    for n, flow in enumerate(model.flows):
        x = MARGIN + 18 + n // rows * (WIDTH - 2 * MARGIN) / COLUMNS
        y = top + n % rows * LEGEND
        drawn += badge(n + 1, x, y)
        drawn.append(f'<text x="{x + 18:.0f}" y="{y + 5:.0f}">{escape(flow["title"])}</text>')
    return drawn, top + rows * LEGEND


def description(model):
    parts = []
    for flow in model.flows:
        ends = [" and ".join(model.titles[name] for name in flow[end]) for end in ("from", "to")]
        parts.append(f"{flow['title']}: from {ends[0]} to {ends[1]}.")
    return " ".join(parts)


def picture(model):
    boxes, places, bottom = layout(model)
    rectangles = {**boxes, **places}
    drawn = [part for name, box in boxes.items() for part in frame(model.boundaries[name], box)]
    drawn += lines_of(model, rectangles)
    drawn += [part for name, place in places.items()
              for part in shape(model.elements[name], place)]
    key, height = legend(model, bottom + 48)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            'role="img" aria-labelledby="title desc" '
            "font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n"
            '  <title id="title">What flows between which parts, and where trust changes</title>\n'
            f'  <desc id="desc">{escape(description(model))}</desc>\n'
            f"  <style>{STYLE}  </style>\n"
            '  <defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>'
            f'\n  <rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="8"/>\n')
    return head + "".join(f"  {part}\n" for part in drawn + key) + "</svg>\n"
