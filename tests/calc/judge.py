"""
The judge of the calculator: what CPython 3.11 answers, within the contract.

It parses with CPython's own parser, and walks the tree with CPython's own operators and functions
on CPython's own values. What the contract leaves out is refused before the walk; what it limits
is limited by a computation of the judge's own, and before anything large is computed.
"""

import ast
import cmath
import contextlib
import math
import operator
import sys
import warnings
from typing import NamedTuple

import limits
from limits import Limit

OK, SYNTAX, VALUE, LIMIT = "ok", "syntax", "value", "limit"


class Verdict(NamedTuple):
    """`also`: statuses that are as right. Only an OK has text and type."""
    status: str
    text: str = ""
    type: str = ""
    also: frozenset = frozenset()


class Refused(Exception):
    """Python would go on; the contract does not: "takes numbers only"."""


class InsertionSet:
    """A set that prints in insertion order. Which elements stay is a dict's rule, and a set's."""

    __hash__ = None

    def __init__(self, elements):
        self.elements = dict.fromkeys(elements)

    def __repr__(self):
        return "{%s}" % ", ".join(map(repr, self.elements)) if self.elements else "set()"


# --- what the language is made of -----------------------------------------------------------------

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}


def choice(function):
    """max and min: several numbers, or one tuple or list of numbers."""
    def call(*arguments):
        if len(arguments) == 1 and type(arguments[0]) in (tuple, list):
            numbers(arguments[0])
        else:
            numbers(arguments)
        return function(*arguments)
    return call


def add_up(items, total=0):
    """sum of 3.11, which 3.12 gave another rounding: a tuple or list of numbers, and a start."""
    if type(items) not in (tuple, list):
        raise Refused("a tuple or list")
    numbers([total, *items])
    for item in items:
        total = limits.checked(total + item)
    return total


def absolute(*arguments):
    """abs, without 3.11's error for complex numbers with a NaN part after some other overflow."""
    if len(arguments) == 1 and type(arguments[0]) is complex and cmath.isnan(arguments[0]):
        return math.inf if cmath.isinf(arguments[0]) else math.nan * 1  # an object of its own
    return abs(*arguments)


MATH = """acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees exp expm1 fabs floor
          fmod gcd isqrt lcm log log10 log1p log2 radians remainder sin sinh sqrt tan tanh
          trunc""".split()
FUNCTIONS = {name: getattr(math, name) for name in MATH} | {
    "abs": absolute, "divmod": divmod, "float": float, "int": int, "max": choice(max),
    "min": choice(min), "pow": limits.power, "round": limits.rounded, "sum": add_up,
    "comb": limits.comb, "factorial": limits.factorial, "perm": limits.perm,
}
BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: limits.multiply,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: limits.power, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor, ast.LShift: limits.shift_left, ast.RShift: operator.rshift,
}
UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert,
         ast.Not: operator.not_}
COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
           ast.Gt: operator.gt, ast.GtE: operator.ge}
CONTAINERS = (ast.Tuple, ast.List, ast.Set)
PLAIN = (ast.Expression, ast.Constant, ast.BoolOp, ast.Dict, *CONTAINERS, ast.Load, ast.And, ast.Or)
ALLOWED = {*PLAIN, ast.BinOp, *BINARY, ast.UnaryOp, *UNARY, ast.Compare, *COMPARE}


def is_of_the_language(tree):
    """Whether every node is; names only where they are called or constants, as the contract."""
    called = set()
    for node in ast.walk(tree):
        kind = type(node)
        if kind is ast.Call:
            if node.keywords or type(node.func) is not ast.Name:
                return False
            if node.func.id not in FUNCTIONS and not (node.func.id == "set" and not node.args):
                return False
            called.add(node.func)
        elif kind is ast.Name:
            if node not in called and node.id not in CONSTANTS:
                return False
        elif kind not in ALLOWED or kind is ast.Dict and None in node.keys:
            return False
    return True


# --- the walk -------------------------------------------------------------------------------------

def numbers(values):
    for value in values:
        if not isinstance(value, (int, float, complex)):
            raise Refused(f"numbers only, not {type(value).__name__}")


class Walk:
    """One evaluation. `work` is a guess at its cost, in units of a nanosecond."""

    def __init__(self):
        self.work = 0

    def value(self, node):
        return getattr(self, type(node).__name__)(node)

    def values(self, nodes):
        return [self.value(node) for node in nodes]

    def done(self, result, *operands, heavy=False):
        self.work += limits.cost(operands, heavy)
        return limits.checked(result)

    def also(self):
        """It may be refused as too much work where it is some."""
        return frozenset([LIMIT]) if self.work > limits.FREE_WORK else frozenset()

    def Expression(self, node):
        return self.value(node.body)

    def Constant(self, node):
        return node.value

    def Name(self, node):
        return CONSTANTS[node.id]

    def Tuple(self, node):
        return tuple(self.values(node.elts))

    def List(self, node):
        return self.values(node.elts)

    def Set(self, node):
        return InsertionSet(self.values(node.elts))

    def Dict(self, node):
        """Everything is evaluated before the first key is hashed."""
        items = [(self.value(key), self.value(value))
                 for key, value in zip(node.keys, node.values)]
        return dict(items)

    def UnaryOp(self, node):
        operand = self.value(node.operand)
        numbers([operand])
        return self.done(UNARY[type(node.op)](operand), operand)

    def BinOp(self, node):
        left, right = self.value(node.left), self.value(node.right)
        numbers([left, right])
        result = BINARY[type(node.op)](left, right)
        if isinstance(node.op, ast.Pow):
            self.work += limits.limbs(result) ** 2 // 8
        return self.done(result, left, right)

    def BoolOp(self, node):
        stops = isinstance(node.op, ast.Or)
        for operand in node.values:
            result = self.value(operand)
            numbers([result])
            if bool(result) is stops:
                break
        return result

    def Compare(self, node):
        left = self.value(node.left)
        for op, right in zip(node.ops, node.comparators):
            right = self.value(right)
            numbers([left, right])
            result = self.done(COMPARE[type(op)](left, right), left, right)
            if not result:
                break
            left = right
        return result

    def Call(self, node):
        if node.func.id == "set":
            return InsertionSet(())
        function, arguments = FUNCTIONS[node.func.id], self.values(node.args)
        if node.func.id not in ("max", "min", "sum"):
            # round, pow and perm take None for what is left out; the others raise by themselves
            numbers(argument for argument in arguments if argument is not None)
        if function is limits.power and len(arguments) == 3 and limits.are_integers(arguments):
            self.work += limits.power_work(*arguments)
        return self.done(function(*arguments), *arguments, heavy=True)


# --- judging --------------------------------------------------------------------------------------

IS_LITERAL = {ast.Expression, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Load}


def evaluate(tree, walk):
    """ast.literal_eval where the whole is a literal; sets and signs it would build differently."""
    if all(type(node) in IS_LITERAL for node in ast.walk(tree)):
        return ast.literal_eval(tree)
    return walk.value(tree)


def parse(text):
    """The tree, or None where it is no expression of Python's."""
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def judge(text):
    """The verdict about one expression, a str. Within `prepared` only."""
    if len(text.encode()) > limits.MAX_BYTES:
        return Verdict(LIMIT)
    text = text.lstrip(" \t")
    deep = limits.may_be_deep(text)
    tree = parse(text)
    if tree is None:
        return Verdict(SYNTAX, also=frozenset([LIMIT] if deep else ()))
    ours = is_of_the_language(tree) and not limits.has_named_character(text)
    if deep and limits.depth(text, tree) > limits.MAX_DEPTH:
        return Verdict(LIMIT, also=frozenset(() if ours else [SYNTAX]))
    return judge_tree(tree) if ours else Verdict(SYNTAX, also=frozenset([VALUE]))


def judge_tree(tree):
    walk = Walk()
    try:
        result = evaluate(tree, walk)
        text = limits.printed(result)
    except limits.TooMuchWork:
        return Verdict(LIMIT, also=frozenset([OK, VALUE]))
    except Limit:
        return Verdict(LIMIT)
    except (ArithmeticError, TypeError, ValueError, Refused):
        return Verdict(VALUE, also=walk.also())
    name = "set" if isinstance(result, InsertionSet) else type(result).__name__
    return Verdict(OK, text, name, walk.also())


@contextlib.contextmanager
def prepared():
    """Python's warnings are no matter here, and a sum of 2,000 terms is a tree that deep."""
    recursion = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    sys.setrecursionlimit(recursion)
