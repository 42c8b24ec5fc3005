"""The judge and the generator themselves: a comparison is worth what they are worth."""

import ast
from collections import Counter

import pytest

import limits
import mutate
from compare import agrees, ask
from judge import FUNCTIONS, LIMIT, OK, SYNTAX, VALUE, judge, parse, prepared
from minimise import minimise
from test_calc import HERE, SEED


@pytest.fixture(scope="module")
def sample():
    """Some expressions with their verdicts."""
    texts = list(mutate.expressions(SEED, 20_000))
    with prepared():
        return [(text, judge(text)) for text in texts]


@pytest.fixture(scope="module")
def answered(sample):
    """Those of them that have an answer, with their trees."""
    with prepared():
        return [(text, verdict, parse(text.lstrip(" \t"))) for text, verdict in sample
                if verdict.status == OK]


def test_the_generator_is_worth_its_time(sample):
    """Most of what it makes has an answer, and many different ones; all refusals occur."""
    statuses = Counter(verdict.status for _, verdict in sample)
    assert statuses[OK] > len(sample) / 2, HERE
    assert min(statuses[SYNTAX], statuses[VALUE]) > len(sample) / 20, HERE
    assert statuses[LIMIT] > len(sample) / 200, HERE
    assert len({verdict.text for _, verdict in sample}) > len(sample) / 4, HERE


def test_the_generator_covers_the_types(answered):
    """Answers of every type; of None and ... only few, there being one each."""
    types = Counter(verdict.type for _, verdict, _ in answered)
    few = {"NoneType", "ellipsis"}
    common = {"bool", "int", "float", "complex", "str", "bytes", "tuple", "list", "set", "dict"}
    assert set(types) - few == common, HERE
    assert min(types[name] for name in common) > 20, (HERE, types)


def test_the_generator_covers_the_language(answered):
    """Every operator and every function takes part in an answer."""
    nodes = [node for _, _, tree in answered for node in ast.walk(tree)]
    operators = {kind for base in (ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
                 for kind in base.__subclasses__()}
    assert operators - {type(node) for node in nodes} == {
        ast.MatMult, ast.Is, ast.IsNot, ast.In, ast.NotIn}, HERE
    called = {node.func.id for node in nodes if isinstance(node, ast.Call)}
    assert called == {*FUNCTIONS, "set"}, HERE


def test_the_walk_is_literal_eval_where_that_has_an_answer(answered):
    """ast.literal_eval takes the text itself; only its sets are not in order of insertion."""
    compared = 0
    for text, verdict, tree in answered:
        if any(isinstance(node, ast.Set) for node in ast.walk(tree)):
            continue
        try:
            with prepared():
                expected = ast.literal_eval(text)
        except ValueError:  # it is an expression, and no literal
            continue
        compared += 1
        name = type(expected).__name__
        assert (str(expected), name) == (verdict.text, verdict.type), (HERE, text)
    assert compared > len(answered) / 10


def test_the_comparison_can_fail():
    """A wrong digit, type or status is seen, and made small."""
    with prepared():
        verdict = judge("1/3")
    [answer] = ask(["1/3"])
    assert agrees(verdict, answer)
    assert not agrees(verdict, answer._replace(text="0.3333333333333334"))
    assert not agrees(verdict, answer._replace(type="int"))
    assert not agrees(verdict, answer._replace(status=VALUE))
    assert minimise("(1+2)*foo('b')-4", lambda texts: [t for t in texts if "o" in t]) == "o"


@pytest.mark.parametrize("text, levels", [
    ("1", 0), ("(1)", 1), ("-1", 1), ("-(1)", 2), ("()", 1), ("[[]]", 2), ("abs(1)", 1),
    ("2**3", 1), ("2**-3", 2), ("2**3**4", 2), ("(2**3)**4", 2), ("1+1+1", 0), ("'((('", 0),
    ("(1,(2))", 2), ("(1),2", 1), ("not -1", 2), ("{1:(2)}", 2), ("[\n-1 # (\n]", 2)])
def test_depth(text, levels):
    """Nesting as the judge counts it."""
    assert limits.depth(text, parse(text)) == levels


@pytest.mark.parametrize("text, named", [
    ("'\\N{DASH}'", True), ("'a' '\\N{DASH}'", True), ("u'\\\\\\N{DASH}'", True),
    ("'\\\\N{DASH}'", False), ("r'\\N{DASH}'", False), ("b'\\N{DASH}'", False),
    ("'#' '\\N{DASH}'", True), ("1 # '\\N{DASH}'", False)])
def test_named_characters(text, named):
    """Which are told from what looks alike."""
    assert limits.has_named_character(text) == named
