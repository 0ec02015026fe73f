"""The mutants of a module: its source with one small change each.

A change is one that a test could notice and that no other here makes superfluous. Annotations, docstrings,
decorators and the messages of assertions stay as they are: no behaviour is behind them, or only speed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

Node = TypeVar("Node", bound=ast.AST)

Lines: TypeAlias = tuple[int, int]
"""The first and the last line of a statement, or of the head of a compound one."""

_OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

_OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}

_UNTOUCHED_FIELDS = {"annotation", "returns", "decorator_list", "bases", "type_params", "ctx", "msg"}
_UNTOUCHED_KEYWORDS = {"frozen", "slots"}
_NOT_BEHAVIOUR = {"TypeVar", "cast"}
_NOTHING = ast.Tuple([], ast.Load())


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it replaces by what, as Python prints both.

    ``function`` is the qualified name (``Reader.read``), or ``""`` outside of functions. ``nth`` tells apart equal
    changes in one function. ``index`` is for ``mutate``.
    """

    module: str
    function: str
    before: str
    after: str
    nth: int
    lines: Lines
    index: int

    def __str__(self) -> str:
        where = ":".join(filter(None, (self.module, str(self.lines[0]), self.function)))
        return f"{where}: {_shortened(self.before)}  ->  {_shortened(self.after)}"


def mutants(source: str, module: str) -> list[Mutant]:
    """All mutants of a module's source, in order."""
    found = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for index, site in enumerate(_sites(ast.parse(source))):
        key = (site.function, ast.unparse(site.node), ast.unparse(site.replacement))
        found.append(Mutant(module, *key, seen[key], site.lines, index))
        seen[key] += 1
    return found


def mutate(source: str, index: int) -> str:
    """The source with one of its mutants' changes; comments and layout are lost."""
    tree = ast.parse(source)
    site = list(_sites(tree))[index]
    if site.position is None:
        setattr(site.parent, site.field, site.replacement)
    else:
        getattr(site.parent, site.field)[site.position] = site.replacement
    return ast.unparse(ast.fix_missing_locations(tree))


@dataclass(frozen=True)
class _Site:
    """A node, where it hangs in the tree, and what takes its place."""

    parent: ast.AST
    field: str
    position: int | None
    node: ast.AST
    replacement: ast.AST
    function: str
    lines: Lines


def _sites(node: ast.AST, function: str = "", lines: Lines = (1, 1)) -> Iterator[_Site]:
    for field, position, child in _children(node):
        if _is_untouched(child):
            continue
        inside, around = function, lines
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = f"{function}.{child.name}".lstrip(".")
        if isinstance(child, ast.stmt | ast.ExceptHandler):
            around = (child.lineno, _last_line_of_head(child))
        for replacement in _replacements_in(node, field, child):
            yield _Site(node, field, position, child, replacement, inside, around)
        yield from _sites(child, inside, around)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in _UNTOUCHED_FIELDS or (isinstance(node, ast.ClassDef) and field == "keywords"):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            items = enumerate(value)
            yield from ((field, position, item) for position, item in items if isinstance(item, ast.AST))


def _last_line_of_head(node: ast.stmt | ast.ExceptHandler) -> int:
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return node.end_lineno or node.lineno
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return max(node.lineno, first.lineno - 1)


def _is_untouched(node: ast.AST) -> bool:
    match node:
        case ast.Expr(ast.Constant()):  # a docstring, or "..."
            return True
        case ast.AnnAssign(annotation=ast.Name("TypeAlias")) | ast.Assign([ast.Name("__all__")]):
            return True
        case ast.Call(ast.Name(name)) if name in _NOT_BEHAVIOUR:
            return True
        case ast.keyword(name) if name in _UNTOUCHED_KEYWORDS:
            return True
    return False


def _replacements_in(parent: ast.AST, field: str, node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place, also because of what it is to its parent."""
    if field == "test" and isinstance(parent, ast.If | ast.IfExp):
        yield ast.Constant(True)
        yield ast.Constant(False)
        if _is_seen_by_both(node):
            return
    elif field == "test" and isinstance(parent, ast.While):
        yield ast.Constant(False)
    elif field == "guard":
        yield ast.Constant(True)
    elif field == "iter":
        yield _NOTHING
    elif field == "type" and isinstance(parent, ast.ExceptHandler):
        yield from (ast.Tuple(rest, ast.Load()) for rest in _without_each(_items(node)))
        return
    yield from _replacements(node)


def _is_seen_by_both(condition: ast.AST) -> bool:
    """Whether a test that notices "always" and one that notices "never" notice every other change too."""
    match condition:
        case ast.Compare(ops=[operator]):
            return not isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        case ast.UnaryOp(ast.Not()):
            return True
    return False


def _items(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Tuple(items):
            return items
        case ast.expr():
            return [node]
    return []


def _replacements(node: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912 - a table, one case a kind of node
    """What may stand in a node's place, wherever that is."""
    match node:
        case ast.Compare(left, operators, right):
            for index, operator in enumerate(operators):
                other = _OTHER_COMPARISON[type(operator)]()
                yield ast.Compare(left, [*operators[:index], other, *operators[index + 1 :]], right)
        case ast.BoolOp(operator, values):
            for rest in _without_each(values):
                yield rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, operator, right) if type(operator) in _OTHER_OPERATOR:
            yield ast.BinOp(left, _OTHER_OPERATOR[type(operator)](), right)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() | bytes() as value):
            yield ast.Constant(type(value)() if value else "x")
        case ast.JoinedStr():
            yield ast.Constant("")
        case ast.Call(function, arguments, keywords):
            yield from (ast.Call(function, arguments, rest) for rest in _without_each(keywords))
        case ast.comprehension(target, values, conditions):
            yield from (ast.comprehension(target, values, rest, 0) for rest in _without_each(conditions))
        case ast.Slice(lower, upper, step):
            if lower:
                yield ast.Slice(None, upper, step)
            if upper:
                yield ast.Slice(lower, None, step)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign([target], value) if _can_be_left_out(target, value):
            yield ast.Pass()


def _without_each(nodes: list[Node]) -> Iterator[list[Node]]:
    for index, node in enumerate(nodes):
        if not _is_untouched(node):
            yield [*nodes[:index], *nodes[index + 1 :]]


def _can_be_left_out(target: ast.expr, value: ast.expr) -> bool:
    """Whether the rest can run without this assignment: the target has a value before it."""
    if isinstance(target, ast.Name):
        return any(isinstance(node, ast.Name) and node.id == target.id for node in ast.walk(value))
    return isinstance(target, ast.Attribute | ast.Subscript)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"
