"""Random literals, as text: numbers where floats are hard, and strings of every kind."""

import math
import struct
import unicodedata
from fractions import Fraction


def digits(rng, alphabet, count):
    """Some digits, now and then with underscores between them."""
    text = [rng.choice(alphabet) for _ in range(count)]
    if count > 1 and rng.random() < 0.15:
        text.insert(rng.randrange(1, count), "_")
    return "".join(text)


# --- integers -------------------------------------------------------------------------------------

def near_a_power(rng, most=1100):
    """Where carries, limbs and the roundings of floats are."""
    power = rng.choice([8, 15, 16, 30, 31, 32, 52, 53, 54, 60, 62, 63, 64, 65, 127, 128, 1023, 1024,
                        rng.randrange(most)])
    return max(0, 2 ** power + rng.choice([-2, -1, 0, 0, 1, 2, rng.randrange(-999, 999)]))


def integer_value(rng):
    kind = rng.random()
    if kind < 0.55:
        return rng.choice([0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 25, 60, 99, 100])
    if kind < 0.7:
        return rng.randrange(10 ** rng.randrange(1, 12))
    if kind < 0.85:
        return near_a_power(rng)
    if kind < 0.95:
        return 10 ** rng.randrange(30) + rng.choice([-1, 0, 1])
    return rng.getrandbits(rng.randrange(1, 3000))


def integer(rng):
    value = integer_value(rng)
    kind = rng.random()
    if kind < 0.8:
        return str(value)
    if kind < 0.95:
        letter = rng.choice("xXoObB")
        body = format(value, letter.lower())
        if rng.random() < 0.3:
            body = body.upper()
        if rng.random() < 0.2:
            body = "_" + body
        if len(body) > 4 and rng.random() < 0.3:
            body = body[:-3] + "_" + body[-3:]
        return "0" + letter + body
    return rng.choice(["0" * rng.randrange(1, 5), "0_0", f"{value:_}", f"{value}_{value}",
                       f"0{value}", f"{value}_", f"1__{value}", f"0x{value}", f"0b{value}",
                       f"0o{value}"])


# --- floats ---------------------------------------------------------------------------------------

def random_bits(rng):
    """Any float but inf and nan, every exponent as likely; a quarter subnormal or near it."""
    exponent = rng.choice([rng.randrange(2047), rng.randrange(2047), rng.randrange(900, 1150),
                           rng.randrange(3)])
    return struct.unpack("<d", struct.pack("<Q", exponent << 52 | rng.getrandbits(52)))[0]


def a_few_steps(rng, value):
    for _ in range(rng.randrange(3)):
        value = math.nextafter(value, rng.choice([0.0, math.inf]))
    return value if math.isfinite(value) else 1.0


def float_value(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 2.675, 0.1, 0.2, 0.3, 1e16, 1e22, 1e23,
                           5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e-5, 1e-4])
    if kind < 0.5:
        return random_bits(rng)
    if kind < 0.65:
        return a_few_steps(rng, 2.0 ** rng.randrange(-1074, 1024))
    if kind < 0.8:
        return a_few_steps(rng, float(f"1e{rng.randrange(-323, 309)}"))
    if kind < 0.9:
        return rng.randrange(10 ** rng.randrange(1, 8)) + 0.5
    return rng.uniform(-1, 1) * 10 ** rng.randrange(-3, 6)


def exact_decimal(value):
    """All digits of a fraction whose denominator is a power of two."""
    places = value.denominator.bit_length() - 1
    scaled = str(value.numerator * 5 ** places).zfill(places + 1)
    return f"{scaled[:len(scaled) - places]}.{scaled[len(scaled) - places:]}"


def half_way(rng):
    """The decimal text exactly between two floats, or a hair off it: where rounding is decided."""
    low = rng.choice([2.0 ** rng.randrange(-120, 150) * rng.randrange(2 ** 52, 2 ** 53),
                      random_bits(rng), 5e-324 * rng.randrange(4)])
    middle = (Fraction(low) + Fraction(math.nextafter(min(low, 1e308), math.inf))) / 2
    text = exact_decimal(middle)
    return text + rng.choice(["", "", "0", "1", "e0", "000000001"])


def floating(rng):
    kind = rng.random()
    if kind < 0.7:
        return repr(abs(float_value(rng)))
    if kind < 0.8:
        return half_way(rng)
    if kind < 0.95:
        return (digits(rng, "0123456789", rng.randrange(1, 25)) + rng.choice([".", ".", ""])
                + digits(rng, "0123456789", rng.randrange(0, 25))
                + rng.choice(["", "", "e", "E", "e+", "e-"])
                + str(rng.choice([0, 1, 5, 22, 23, 300, 308, 309, 324, 400])))
    return rng.choice(["1.", ".5", "1e5", "1.e5", ".5e-5", "1_0.0_1e+1_0", "00.5", "09.5", "0e0",
                       "1e999", "1e-999", "1_.5", "1._5", "1e_5", "1e", "1.5.5", "0777.", "1e5_0"])


def imaginary(rng):
    return rng.choice([floating, integer, lambda _: "1", lambda _: "0"])(rng) + rng.choice("jjjJ")


# --- strings --------------------------------------------------------------------------------------

def is_assigned(code_point):
    """Not every version of Unicode agrees about the others."""
    return unicodedata.category(chr(code_point)) not in ("Cn", "Cs")


ODD = [chr(point) for point in (0x7f, 0x80, 0x85, 0xa0, 0xad, 0xff, 0x100, 0x37e, 0x600, 0x1680,
                                0x180e, 0x200b, 0x200d, 0x2028, 0x202e, 0x3000, 0xe000, 0xfeff,
                                0xfffd, 0x1f600, 0x1d173, 0xe0001, 0xf0000)]
PLAIN = list("abcXYZ 019.,:;#()[]{}%é网ß") + ["'", '"', "''", '""', "\t", "  ", "\x01", "\x1b"]
SIMPLE_ESCAPES = ["\\n", "\\r", "\\t", "\\\\", "\\'", '\\"', "\\a", "\\b", "\\f", "\\v", "\\\n"]
BROKEN_ESCAPES = ["\\x", "\\x1", "\\xg1", "\\u12", "\\U0011", "\\U00110000", "\\Uffffffff", "\\c",
                  "\\8", "\\9", "\\ ", "\\é", "\\N", "\\N{DASH}", "\\N{EN DASH}", "\\N{}", "\\"]


def escape(rng):
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(SIMPLE_ESCAPES)
    if kind < 0.6:
        return f"\\x{rng.randrange(256):02x}"
    if kind < 0.75:
        return "\\" + format(rng.randrange(512), rng.choice(["o", "02o", "03o"]))
    if kind < 0.85:
        point = rng.choice([rng.randrange(0x3000), rng.randrange(0xd800, 0xe000)])
        return f"\\u{point:04x}" if is_assigned(point) or point >= 0xd800 else "\\uFFFF"
    if kind < 0.93:
        point = rng.choice([rng.randrange(0x20000), rng.randrange(0x110000)])
        return f"\\U{point:08X}" if is_assigned(point) else "\\U0010ffff"
    return rng.choice(BROKEN_ESCAPES)


def piece(rng):
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(PLAIN)
    if kind < 0.9:
        return escape(rng)
    point = rng.choice([rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0x20000)])
    return chr(point) if point and is_assigned(point) else rng.choice(ODD)


PREFIXES = [""] * 24 + ["u", "U", "r", "R"] * 2 + ["b", "B"] * 6 + [
    "br", "Rb", "bR", "rb", "f", "ub", "ur", "bb"]


def string(rng):
    """One string or bytes literal; mostly right."""
    quote = rng.choice(["'", '"'] * 3 + ["'''", '"""'])
    prefix = rng.choice(PREFIXES)
    pieces = [piece(rng) for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 8]))]
    if len(quote) == 3 and rng.random() < 0.3:
        pieces.append(rng.choice(["\n", "\r\n", "\r", "\n\n"]))
    if "b" in prefix.lower() and rng.random() < 0.95:
        pieces = [text if text.isascii() else "\\xe9" for text in pieces]
    if rng.random() < 0.95:
        pieces = [text for text in pieces if text[0] != quote[0]]
    return prefix + quote + "".join(pieces) + quote
