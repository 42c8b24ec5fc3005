"""
Random expressions: valid ones of all that the language has, nearly valid ones, and hostile ones.

An expression is made as a list of tokens, so that white space can go where Python allows it, and
where it does not.
"""

import random

import literals

# --- numbers --------------------------------------------------------------------------------------

ARITHMETIC = ["+", "-", "*", "/", "//", "%"] * 3 + ["**"] * 2
BITS = ["&", "|", "^", "<<", ">>"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]
CONSTANTS = ["pi", "e", "tau", "inf", "nan", "True", "False"]


def small(rng):
    return [str(rng.choice([0, 1, 2, 3, 4, 5, 7, 10, 20, 63, 64, 100]))]


def number(rng):
    """A literal or a constant; half of them with a sign."""
    kind = rng.random()
    if kind < 0.4:
        token = literals.integer(rng)
    elif kind < 0.75:
        token = literals.floating(rng)
    elif kind < 0.85:
        token = literals.imaginary(rng)
    else:
        token = rng.choice(CONSTANTS)
    return ["-", token] if rng.random() < 0.2 else [token]


def integral(rng, levels):
    """What is an integer for certain: for & | ^ << >> ~ and the functions on integers."""
    if levels <= 0 or rng.random() < 0.4:
        token = literals.integer(rng) if rng.random() < 0.9 else rng.choice(["True", "False"])
        return ["-", token] if rng.random() < 0.2 else [token]
    op = rng.choice(["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", "**", "~", "()", "big"])
    left = integral(rng, levels - 1)
    if op == "~":
        return ["~", *left]
    if op == "()":
        return ["(", *left, ")"]
    if op == "big":
        return ["2", "**", str(rng.randrange(20000)), rng.choice("+-"), *left]
    right = small(rng) if op in ("<<", ">>", "**") else integral(rng, levels - 1)
    return [*left, op, *right]


def numeric(rng, levels):
    """Any arithmetic, comparison or call; mostly of kinds that go together."""
    if levels <= 0 or rng.random() < 0.1:
        return number(rng)
    kind = rng.random()
    if kind < 0.4:
        op = rng.choice(ARITHMETIC)
        right = small(rng) if op == "**" and rng.random() < 0.7 else numeric(rng, levels - 1)
        return [*numeric(rng, levels - 1), op, *right]
    if kind < 0.5:
        return ["(", *numeric(rng, levels - 1), ")"]
    if kind < 0.6:
        return [rng.choice(["-", "+", "-", "not"]), *numeric(rng, levels - 1)]
    if kind < 0.67:
        return comparison(rng, levels - 1)
    if kind < 0.72:
        return [*numeric(rng, levels - 1), rng.choice(["and", "or"]), *numeric(rng, levels - 1)]
    if kind < 0.81:
        return integral(rng, levels)
    if kind < 0.82:
        return rounding(rng)
    return call(rng, levels - 1)


def comparison(rng, levels):
    tokens = numeric(rng, levels)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        again = tokens if len(tokens) == 1 and rng.random() < 0.2 else numeric(rng, levels - 1)
        tokens = [*tokens, rng.choice(COMPARISONS), *again]
    return tokens


def close(rng, _levels=0):
    """Two numbers of different kinds that are equal or nearly so: comparisons must be exact."""
    value = literals.near_a_power(rng)
    other = rng.choice([f"{float(min(value, 2 ** 1000))!r}", f"{value}.0", str(value + 1),
                        f"{value}+0j", f"{value}/1", hex(value)])
    return [str(value), rng.choice(COMPARISONS + ["-", "/", "//", "%"]), *other.partition("+")]


def quotient(rng, levels):
    """Integers too long for a float each: the quotient must be rounded once."""
    if rng.random() < 0.3:  # to what is subnormal, or nearly
        above = rng.getrandbits(rng.randrange(1, 130))
        below = 2 ** rng.randrange(1060, 1150) + rng.choice([-1, 0, 0, 1])
        return [str(above), "/", rng.choice([str(below), f"(2**{below.bit_length() - 1})"])]
    return ["(", *integral(rng, levels), ")", rng.choice(["/", "/", "//", "%"]), "(",
            *integral(rng, levels), ")"]


def rounding(rng, _levels=0):
    """round() of what is exactly half way, or a hair off it, or near."""
    digits = rng.randrange(-6, 5)
    if digits < 0:
        value = (10 * rng.randrange(10 ** rng.randrange(4)) + 5) * 10 ** (-digits - 1)
        number = str(value + rng.choice([0, 0, 0, -1, 1, rng.randrange(100)]))
        number += rng.choice(["", "", ".0", ".5", "e0"])
    else:  # what ends in 2**-(digits + 1) ends in a 5 there
        number = repr(rng.randrange(2 ** rng.randrange(1, 20)) / 2 ** (digits + 1))
    return ["round", "(", *rng.choice([[], ["-"]]), number, ",", str(digits), ")"]


# --- calls ----------------------------------------------------------------------------------------

ANY, UNIT, COUNT, WHOLE = "any", "-1 to 1", "count", "integer"
SIGNATURES = {
    **dict.fromkeys("""abs float int acosh asinh atan ceil cos cosh degrees exp expm1 fabs floor log
                       log10 log1p log2 radians sin sinh sqrt tan tanh trunc""".split(), [ANY]),
    **dict.fromkeys(["acos", "asin", "atanh"], [UNIT]),
    **dict.fromkeys(["divmod", "atan2", "copysign", "fmod", "remainder", "log"], [ANY, ANY]),
    "pow": [ANY, COUNT], "round": [ANY, COUNT], "comb": [COUNT, COUNT], "perm": [COUNT, COUNT],
    "factorial": [COUNT], "isqrt": [WHOLE], "gcd": [WHOLE, WHOLE], "lcm": [WHOLE, WHOLE],
    "max": [ANY, ANY, ANY], "min": [ANY, ANY], "sum": [ANY, ANY, ANY],
}
FUNCTIONS = sorted(SIGNATURES)
OTHERS = {"log": [ANY], "perm": [COUNT], "round": [ANY], "pow": [WHOLE, COUNT, WHOLE]}


def argument(rng, kind, levels):
    if kind == ANY:
        return numeric(rng, levels)
    if kind == UNIT:
        return [repr(rng.uniform(-1, 1))] if rng.random() < 0.8 else numeric(rng, levels)
    if kind == COUNT:
        return [*rng.choice([[], [], [], ["-"]]), *small(rng)]
    return integral(rng, levels)


def separated(items):
    tokens = []
    for item in items:
        tokens += [*item, ","]
    return tokens[:-1]


def call(rng, levels):
    name = rng.choice(FUNCTIONS)
    kinds = SIGNATURES[name]
    if name in OTHERS and rng.random() < 0.5:
        kinds = OTHERS[name]
    if rng.random() < 0.06:
        kinds = [ANY] * rng.randrange(5)
    if name in ("max", "min", "sum", "gcd", "lcm"):
        kinds = kinds[:1] * rng.choice([2, 2, 3, 4, 0])
    tokens = separated([argument(rng, kind, levels) for kind in kinds])
    if rng.random() < {"max": 0.4, "min": 0.4, "sum": 0.9}.get(name, 0):
        tokens = rng.choice([["[", *tokens, "]"], ["(", *tokens, ",", ")"]])
    if name == "sum" and rng.random() < 0.2:
        tokens += [",", *number(rng)]
    if tokens and rng.random() < 0.05:
        tokens.append(",")
    return [name, "(", *tokens, ")"]


# --- containers -----------------------------------------------------------------------------------

KEYS = [
    "0", "0.0", "-0.0", "False", "0j", "1", "1.0", "True", "1+0j", "2", "2.0", "nan", "inf",
    "-inf", "1e999", "nan*1", "-1", "-2", "-1.0", "2**64", "2.0**64", "18446744073709551616",
    "2**61-1", "-(2**61)", "0.5", "1/2", "2**-1074", "5e-324", "'a'", '"a"', "b'a'", "'1'", "''",
    "b''", "'\\x61'", "()", "(1,)", "(1.0,)", "(True,)", "(nan,)", "(0,0)", "(-0.0,0)", "None",
    "...", "((),)", "('a',)", "(1,(2,))", "1j", "1.0j", "nan*1j", "10**400", "float(10**22)",
]


def item(rng, levels):
    kind = rng.random()
    if kind < 0.25:
        return numeric(rng, levels - 2)
    if kind < 0.5:
        return [rng.choice(KEYS)]
    if kind < 0.7:
        return text(rng)
    if kind < 0.78:
        return [rng.choice(["None", "...", "True", "set()"])]
    return container(rng, levels - 1)


def text(rng):
    return [literals.string(rng) for _ in range(rng.choice([1, 1, 1, 1, 2, 3]))]


def key(rng, levels, pool):
    kind = rng.random()
    if kind < 0.8:
        return [rng.choice(pool)]
    return text(rng) if kind < 0.9 else item(rng, levels)


def container(rng, levels):
    if levels <= 0:
        return [rng.choice(["()", "[]", "{}", "set()", "(1,)", "[1]", "{1}", "{1:2}"])]
    kind = rng.choice(["tuple", "bare", "list", "set", "dict", "set()"])
    count = rng.choice([0, 1, 1, 2, 3, 4, 6])
    pool = rng.choice([KEYS, rng.sample(KEYS, 3)])  # of few, so that they clash
    if kind == "dict":
        items = [[*key(rng, levels, pool), ":", *item(rng, levels)] for _ in range(count)]
    elif kind == "set":
        items = [key(rng, levels, pool) for _ in range(count)]
    else:
        items = [item(rng, levels) for _ in range(count)]
    tokens = separated(items)
    if items and (kind == "tuple" and count == 1 or rng.random() < 0.2):
        tokens.append(",")
    if kind == "set()":
        return ["set", "(", ")"]
    if kind == "bare":
        return tokens or ["1", ","]
    opening, closing = {"tuple": "()", "list": "[]", "set": "{}", "dict": "{}"}[kind]
    return [opening, *tokens, closing]


# --- white space ----------------------------------------------------------------------------------

SPACES = [" "] * 12 + ["  ", "\t", "\f", "\\\n", " \\\n ", "\\\r\n"]
BREAKS = SPACES[:6] + ["\n", "\n  ", " # (\n", "\r\n", "\r", "#'\n\n"]


def is_word(character):
    return character.isalnum() or character == "_"


def joined(rng, tokens):
    """Text of tokens: mostly tight or with single blanks, as people write."""
    style = rng.choice(["tight", "tight", "blanks", "blanks", "odd"])
    parts, inside, before = [], 0, " "
    for token in tokens:
        needs = is_word(before) and (is_word(token[0]) or token[0] in "'\"")
        if needs and before.isdigit() and token in ("and", "or") and rng.random() < 0.3:
            needs = False  # 1or 2: Python takes it, with a warning
        if style == "odd" and rng.random() < 0.5:
            parts.append(rng.choice(BREAKS if inside > 0 else SPACES))
        elif needs or style == "blanks":
            parts.append(" ")
        parts.append(token)
        inside += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        before = token[-1]
    if style == "odd":
        parts[:0] = rng.choice([[], [" "], ["\t "], ["\n"], ["#\n"], ["\f"]])
        parts += rng.choice([[], [], [" "], ["\n"], [" # 1"], ["\n\n"], ["\n# 1"], ["\n "]])
    return "".join(parts)


def valid(rng):
    kind = rng.random()
    if kind < 0.55:
        tokens = numeric(rng, rng.randrange(1, 5))
    elif kind < 0.6:
        tokens = integral(rng, 4)
    elif kind < 0.64:
        tokens = close(rng)
    elif kind < 0.68:
        tokens = quotient(rng, 3)
    elif kind < 0.78:
        tokens = text(rng)
    elif kind < 0.83:
        tokens = [rng.choice([literals.integer, literals.floating, literals.imaginary])(rng)]
    else:
        tokens = container(rng, rng.randrange(1, 5))
    return joined(rng, [token for token in tokens if token])
