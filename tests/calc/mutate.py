"""Nearly valid expressions, and hostile ones; and the mix of all that a test compares."""

import random
import re

import generate

# --- one mutation of a valid one ------------------------------------------------------------------

NOISE = list("0123456789abefjlorxXJE_.,:;()[]{}+-*/%<>=!&|^~'\"\\#@?$` \t\n\r\f\v\x1c\x00\x1a") + [
    "not ", "and ", " or ", " if ", " else ", " is ", " in ", "**", "//", "<<", "==", "<>", "->",
    ":=", "\u00a0", "\u3000", "\ufeff", "\u2212", "\u00d7", "\u0661", "\uff11", "\u00b2",
    "\uff50\uff49", "\u00e9", "\u2019", "\\\n", "\n ", "'''", '"""', "b'", "f'", "0x", "1j",
    "e5", "1_", "...", "None", "lambda:", "await ", "*", "()", "[]", ".real", "!r"]


def mutated(rng, text):
    at = rng.randrange(len(text) + 1)
    to = at + rng.choice([1, 1, 1, 2, 5])
    kind = rng.randrange(7)
    if kind == 0:
        return text[:at] + text[to:]
    if kind == 1:
        return text[:to] + text[at:]
    if kind == 2:
        return text[:at] + text[at:at + 2][::-1] + text[at + 2:]
    if kind == 3:
        return text[:at] + rng.choice(NOISE) + text[at + 1:]
    if kind == 4:
        return text[:at]
    if kind == 5:
        return text.swapcase() if rng.random() < 0.2 else text[:at] + " " + text[at:]
    return text[:at] + rng.choice(NOISE) + text[at:]


def nearly_valid(rng):
    text = generate.valid(rng)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        text = mutated(rng, text)
    return text


# --- hostile --------------------------------------------------------------------------------------

# Each is followed by two blanks or more; X stands for a number.
REFUSED = re.split(r"\s{2,}", """
    1 if X else 2  lambda: X  lambda x: X  [x for x in X]  {x: 1 for x in [X]}  (x for x in X)
    X.real  (X).__class__  X[0]  [X][0]  f'{X}'  f''  (x := X)  x = X  X;  X; X  *X  [*X]  {**X}
    abs(*[X])  abs(x=X)  __import__('os').system('id')  open('/etc/passwd')  eval('X')  X is X
    X in [X]  X not in (X,)  X @ X  print(X)  x  abs  abs(abs)  pi(X)  pi  pi()  set(X)  set((X,))
    set  (abs)(X)  (pi)  yield X  await X  not  del X  import os  pass  X if X  sin X  X!  X++
    ++X  X--X  X <> X  X ? X : X  X^X  X&&X  X  [].append(X)  ''.join(X)  '%s' % X  'a' * X
    X * 'a'  [X] * 3  [X] + [X]  (X,) == (X,)  not []  not 'a'  -'a'  ~X  [] < []  None == None
    None or X  X and None  X or 'a'  '' or X  max('a')  max([X], X)  sum([[X]])  sum(['a'])
    max([])  sum([])  sum()  max({X})  min((X,))  max(((X,),))  divmod(X, X)  max(divmod(X, X))
    max()  sum(X)  sum(X, X)  round(X, None)  pow(X, X, None)  int('X')  float('nan')  abs('a')
    abs(None)  abs([X])  abs(X, X)  abs()  float()  int()  complex(X)  bool(X)  str(X)  hash(X)
    len([X])  range(X)  hypot(X, X)  cmath.sqrt(X)  math.sqrt(X)  {X} | {X}  X || X
    ｓin(X)  ＰＩ  ｐｉ*X  ⅇ  ℯ  ábs(X)  mᵃx(X, 1)  Ｔrue
    """.strip())

BOMBS = [
    "9**9**9", "9**9**9**9", "1<<10**10", "1<<(1<<60)", "factorial(10**9)", "2**65535",
    "2**65536", "-2**65536", "2**65535*2", "(2**65535-1)+2**65535", "~(2**65536-1)", "1<<65535",
    "1<<65536", "factorial(3000)*0", "factorial(6000)%7", "comb(10**6,10**5)",
    "comb(65540,32770)", "0**9**9", "comb(10**30,10**29)", "perm(10**9,10**8)",
    "perm(10**6,4000)", "pow(3,10**300,10**300+7)", "pow(3,2**65000,2**65000+1)",
    "pow(3,-1,2**60000+1)", "2**14284", "2**14285", "10**4299", "10**4300", "-10**4299",
    "[10**4300]", "lcm(2**40000,3**30000)", "gcd(2**40000,6**20000)", "isqrt(10**8000)",
    "10**4000/10**3999", "10**400/1", "10**400*1.0", "1/10**400", "2**-10**9", "2.0**10**9",
    "1e308*10", "10**309//1.0", "float(10**309)", "round(10**4000,-3999)", "1**9**9",
    "round(5,-10**6)", "round(2.5,-10**6)", "round(2.5,10**30)", "0<<10**30", "1>>10**30",
    "-1>>10**30", "1<<-1", "sum([2**65535,2**65535])", "sum((2**65535,-(2**65535)))",
    "log(10**4000)", "10**15000%9", "(-1)**(2**60001)", "factorial(2**70)", "comb(5,2**70)",
    "perm(5,2**70)", "2**60000//3**20000", "10**4300 and 1", "1 or 9**9**9", "0 and 9**9**9",
    "9**9**9 if 1 else 1", "pow(9,9**9,None)", "perm(10**9,None)",
]


def deep(rng):
    """Nested around the limit, and far over it."""
    opening, closing = rng.choice([
        ("(", ")"), ("[", "]"), ("{1:", "}"), ("abs(", ")"), ("-", ""), ("not ", ""), ("2**", ""),
        ("(1,", ")"), ("-(", ")"), ("1+(", ")"), ("~", ""), ("1**-", ""), ("max(1,", ")"),
        ("0 or(", ")"), ("[(", ")]"), ("not(", ")"), ("[-", "]"), ("1<(", ")")])
    levels = rng.choice([33, 34, 49, 50, 51, 98, 99, 100, 101, 102, 150, 199, 250, 800])
    inner = rng.choice(["1", "", "0", "()", "1,", "x", "'('", "-1", "(1)"])
    return opening * levels + inner + closing * (levels + rng.choice([0, 0, 0, 0, -1, 1]))


def long(rng):
    """Up to the limit of bytes and over it."""
    unit = rng.choice(["1+", "1*", "1,", "1<", "1 or ", "0 or ", "2**14000,", "'a'", "(1),", "9",
                       "-1+", "1.5*", "{},", "[1],", "3**2000*", "2**65535%", "'\x01'", "'\\0',",
                       "1 ", "1e", "nan,", "1j+", "1/3+", "9**4000//", "2**65535%3**", "pi,"])
    count = rng.choice([10, 15, 16, 100, 4096]) // len(unit) + rng.randrange(2)
    opening, closing = rng.choice([("", ""), ("[", "]"), ("{", "}"), ("(", ")"), ("sum([", "])")])
    return (opening + unit * count + rng.choice(["1", "1", "", "'"]) + closing)[:4200]


def hostile(rng):
    kind = rng.random()
    if kind < 0.5:
        inner = generate.joined(rng, generate.numeric(rng, rng.randrange(3)))
        return rng.choice(REFUSED).replace("X", inner)
    if kind < 0.75:
        bomb = rng.choice(BOMBS)
        return bomb if rng.random() < 0.6 else f"{bomb}{rng.choice(generate.ARITHMETIC)}{bomb}"
    if kind < 0.85:
        return deep(rng)
    if kind < 0.93:
        return long(rng)
    return "".join(rng.choice(NOISE) for _ in range(rng.randrange(12)))


# --- the mix --------------------------------------------------------------------------------------

KINDS = [generate.valid] * 15 + [nearly_valid] * 4 + [hostile]


def expressions(seed, count):
    """`count` of them, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice(KINDS)(rng)
