"""
The contract's limits, computed by the judge itself and in time: a bomb is refused before it is
computed, by a bound that its result can't be under.
"""

import ast
import math
import re

MAX_BYTES = 4096
MAX_DEPTH = 100
MAX_BITS = 65536
MAX_OUTPUT = 64 * 1024
# Of this much work, guessed in nanoseconds, the calculator may say that it is too much.
FREE_WORK = 4_000_000
# More than this the judge does not do either: the calculator's refusal is taken for right.
JUDGES_WORK = 2_000_000_000


class Limit(Exception):
    """A limit of the contract is reached."""


class TooMuchWork(Limit):
    """It would take the judge too long; an answer to it is not judged."""


def checked(value):
    """Passes a value on that is within the limit of bits."""
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise Limit
    elif type(value) is tuple:
        for item in value:
            checked(item)
    return value


def are_integers(values):
    return all(isinstance(value, int) for value in values)


def limbs(value):
    return value.bit_length() // 64 + 1 if isinstance(value, int) else 1


def cost(operands, heavy):
    """The schoolbook's: a product of lengths, or for a function the square of their sum."""
    sizes = [limbs(operand) for operand in operands]
    return 4 * sum(sizes) ** 2 if heavy else math.prod(sizes)


# --- operators and functions that can explode -----------------------------------------------------

def multiply(left, right):
    if are_integers((left, right)) and left and right:
        if left.bit_length() + right.bit_length() - 1 > MAX_BITS:
            raise Limit
    return left * right


def shift_left(value, count):
    if are_integers((value, count)) and value and count > 0:
        if value.bit_length() + count > MAX_BITS:
            raise Limit
    return value << count


def power(*arguments):
    if len(arguments) == 3 and arguments[2] is None:
        arguments = arguments[:2]
    if len(arguments) == 3 and are_integers(arguments) and arguments[2]:
        if power_work(*arguments) > JUDGES_WORK:
            raise TooMuchWork
    elif len(arguments) == 2 and are_integers(arguments):
        base, exponent = arguments
        if exponent > 0 and exponent * (abs(base).bit_length() - 1) > MAX_BITS:
            raise Limit
    return pow(*arguments)


def power_work(_base, exponent, modulus):
    """A square and a product a bit, and their remainders; an inverse first when it is negative."""
    return (2 * exponent.bit_length() + 40 * (exponent < 0) * limbs(modulus)) * limbs(modulus) ** 2


def factorial(*arguments):
    if len(arguments) == 1 and are_integers(arguments) and arguments[0] > 10_000:
        raise Limit
    return math.factorial(*arguments)


def perm(*arguments):
    if len(arguments) == 2 and arguments[1] is None:
        arguments = arguments[:1]
    if len(arguments) == 2 and are_integers(arguments) and 0 < arguments[1] <= arguments[0]:
        items, taken = arguments
        if taken > 10_000 or taken * (math.log2(items - taken + 1) - 1e-9) > MAX_BITS:
            raise Limit
    elif len(arguments) == 1:
        return factorial(*arguments)
    return math.perm(*arguments)


def comb(*arguments):
    if len(arguments) == 2 and are_integers(arguments) and 0 < arguments[1] < arguments[0]:
        taken = min(arguments[1], arguments[0] - arguments[1])
        if taken > MAX_BITS or taken * (math.log2(arguments[0]) - math.log2(taken)) > MAX_BITS + 1:
            raise Limit
    return math.comb(*arguments)


def rounded(*arguments):
    """CPython computes 10**-digits whatever the number; the answer is known without."""
    if len(arguments) == 2 and are_integers(arguments) and arguments[1] < -MAX_BITS:
        return 0
    return round(*arguments)


def printed(value):
    """
    str(value) within the limits of digits (CPython's own) and of the answer. A lone surrogate
    raises, as where Python prints it.
    """
    try:
        text = str(value)
    except ValueError:  # more digits
        raise Limit from None
    if len(text.encode()) > MAX_OUTPUT:
        raise Limit
    return text


# --- nesting --------------------------------------------------------------------------------------

QUOTED = (rb"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\""
          rb"|'(?:\\.|[^\\'])*'|\"(?:\\.|[^\\\"])*\"")
LEXICAL = re.compile(rb"#[^\n]*|((?:\b[rRbBuU]{1,2})?)(" + QUOTED + rb")|[][(){}]", re.DOTALL)
NAMED = re.compile(rb"(?<!\\)(?:\\\\)*\\N")


def may_be_deep(text):
    """Fast, and never wrong when it says no."""
    return len(text) > MAX_DEPTH and MAX_DEPTH < (
        sum(map(text.count, "([{-+~")) + text.count("not") + text.count("**"))


def has_named_character(text):
    r"""Whether a string of a text that parses has \N{...}, which the contract leaves out."""
    if "\\N" not in text:
        return False
    return any(found[2] and not set(found[1].lower()) & set(b"rb") and NAMED.search(found[2])
               for found in LEXICAL.finditer(text.encode()))


def opened(source):
    """How many brackets are open before each byte of a text that parses."""
    open_now, at, result = 0, 0, []
    for found in LEXICAL.finditer(source):
        result += [open_now] * (found.end() - at)
        at = found.end()
        if found[0] in b"([{":
            open_now += 1
        elif found[0] in b")]}":
            open_now -= 1
    return result + [open_now] * (len(source) + 1 - at)


def depth(text, tree):
    """
    The deepest nesting: brackets of each kind and calls, signs and `not`, and right sides of `**`,
    one each.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    brackets = opened(source)
    deepest, waiting = 0, [(tree.body, 0)]
    while waiting:
        node, above = waiting.pop()
        here = above + brackets[starts[node.lineno - 1] + node.col_offset]
        bracketed = isinstance(node, (ast.List, ast.Set, ast.Dict, ast.Call)) or (
            isinstance(node, ast.Tuple) and not node.elts)
        deepest = max(deepest, here + bracketed)
        prefixed = isinstance(node, ast.UnaryOp)
        power_of = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) else 0
        waiting += [(child, above + (prefixed or child is power_of))
                    for child in ast.iter_child_nodes(node) if hasattr(child, "lineno")]
    return deepest
