#!/usr/bin/python3
"""
How fast the calculator is, and how slow it can be made.

    tests/calc/bench.py [ROUNDS]

Microseconds an expression, from text to text, against str() of CPython's eval and ast.literal_eval,
in the same run; then the time and the peak memory of the twenty worst of many bombs. Exit code 1
when one of them takes more than 50 ms or 16 MiB. BULKHEAD_BUILD names the build folder; it has been
configured without sanitizers.
"""

import ast
import pathlib
import re
import subprocess
import sys
import timeit

from compare import PROGRAM, ask

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
USUAL = ["(1+2)*3-4/5", '[1,2,3,{"a":1.5}]', "2**1000"]
MOST_MILLISECONDS = 50
MOST_MIB = 16
SHOWN = 20

# Repeated up to the longest expression.
UNITS = """
    2**65535%  3**41000%  3**41000//  9**9999*  3**2000*  3**1250*  1+  1<  3**41000&  3**41000^
    ~3**41000^  - 3**41000+  3**41000<  3**600/7+  1.5,  1,  (3**41000/3**40900)+
    gcd(3**41000,7**23000),  lcm(3**20000,7**11000),  isqrt(3**41000),  pow(3,-1,7**23000),
    pow(3,7**500,7**500),  pow(3,2**2000,7**700),  pow(3,7**50,7**50),  factorial(5700)%7+
    factorial(3000)*0+  comb(65000,32000)%7+  comb(2**33,2500)%7+  comb(1000*5000,5000)%7+
    comb(10**7,4000)%7+  comb(10**12,1000)%7+  comb(10**30,700)%7+  comb(10**300,70)%7+
    perm(10**9,2000)%7+  perm(2**6000,10)%7+  divmod(3**41000,3**20000),  3**20000*3**20000%7+
    round(3**41000,-10000)+  round(7**5080,-2000),  log(3**41000)+  10**4299,  7**5080,
    sum((3**41000,)),  2**65535,  float(3**600)+  int(1e308)%7+  1.1j**1.1j+  (1.1+1.1j)**100+
    1e308%5e-324+  remainder(1e308,5e-324)+  sin(1e300)+  2.2250738585072014e-308,  1e-300j,
    '\\x01'  nan*1,  (),  0 or  max(1,2),
"""
WHOLE = [
    "9**9**9", "1<<10**10", "factorial(10**9)", "9" * 4096, "0x" + "f" * 4094, "0." + "9" * 4000,
    "9" * 4000 + "e-4000",
    "1.00000000000000011102230246251565404236316680908203125" + "0" * 4000 + "1",
    "(" * 4096, "(" * 100 + "1" + ")" * 100, "-" * 4095 + "1", "[" * 4096,
    "['" + "\x7f" * 4090 + "']", "['" + "\U000e0001" * 1020 + "']",
    "{" + ",".join(map(str, range(900))) + "}",
    "{" + ",".join(str((2 ** 61 - 1) * i + 1) for i in range(1, 190)) + "}",
    "{" + ",".join(f"2**{i}" for i in range(60000, 60400)) + "}",
    *(f"pow(3,7**{n},7**{n})" for n in (100, 300, 1000, 3000)),
    *(f"pow(7**{n},7**{n},7**{n}+2)" for n in (100, 300, 1000, 3000)),
]


def bombs():
    """Pairs of a name and a text; of those of one name the worst is shown."""
    for unit in re.split(r"\s{2,}", UNITS.strip()):
        end = "" if unit.endswith((",", "'")) else "1"
        text = unit + " " if unit[-1].isalpha() else unit
        for opening, closing in (("", end), ("[", end + "]"), ("{", end + "}")):
            count = (4096 - len(opening) - len(closing)) // len(text)
            yield unit, opening + text * count + closing
    yield from ((text, text) for text in WHOLE)


def fastest(function):
    """Microseconds of one call, of the fastest round."""
    times, _ = timeit.Timer(function).autorange()
    return min(timeit.repeat(function, number=times, repeat=ROUNDS)) / times * 1e6


def literal_eval(text):
    """It refuses what is no literal: that counts like an answer."""
    try:
        return str(ast.literal_eval(text))
    except ValueError:
        return None


def usual():
    print(f"{'expression':20} {'calculator':>12} {'eval':>10} {'literal_eval':>14}   microseconds")
    for text in USUAL:
        ours = min(ask([text], 100_000)[0].nanoseconds for _ in range(ROUNDS)) / 1000
        # harden: ignore S4 because it is Python's own calculator, given this file's texts
        evaluated, literal = fastest(lambda: str(eval(text))), fastest(lambda: literal_eval(text))
        print(f"{text:20} {ours:12.3f} {evaluated:10.2f} {literal:14.2f}   "
              f"{evaluated / ours:.0f} and {literal / ours:.0f} times faster")


def peak_mib(text):
    """Of a process that evaluates nothing else, its program and libraries included."""
    with subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        print(text.encode().hex(), file=process.stdin, flush=True)
        process.stdout.readline()
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        process.stdin.close()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def worst():
    names, texts = zip(*bombs())
    answers = [ask(texts, 1) for _ in range(ROUNDS)]
    times = [min(answer.nanoseconds for answer in same) / 1e6 for same in zip(*answers)]
    ranked = sorted(zip(times, texts, answers[0], names), reverse=True)
    by_name = {name: row for *row, name in reversed(ranked)}
    ranked = sorted(by_name.values(), reverse=True)[:SHOWN]
    print(f"\nthe {SHOWN} worst of {len(texts)} bombs; a process that evaluates 1 takes "
          f"{peak_mib('1'):.1f} MiB")
    highest = 0
    for took, text, answer in ranked:
        mib = peak_mib(text)
        highest = max(highest, mib)
        said = answer.detail or f"{answer.type} of {len(answer.text)} characters"
        print(f"{took:8.2f} ms {mib:6.1f} MiB   {text[:36]!r}: {said[:60]}")
    return ranked[0][0] <= MOST_MILLISECONDS and highest <= MOST_MIB


if __name__ == "__main__":
    usual()
    sys.exit(0 if worst() else 1)
