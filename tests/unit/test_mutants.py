"""Mutation testing itself: what is changed, which tests run, and that a change is noticed for what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tools.mutants import __main__ as tool
from tools.mutants.mutations import mutants, mutate
from tools.mutants.tests import FILES, FOLDER, Measured


def changes(source: str) -> list[str]:
    return [f"{mutant.before} -> {mutant.after}" for mutant in mutants(source, "module.py")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["a < b -> a <= b"]),
        ("x = a == b", ["a == b -> a != b"]),
        (
            "x = a and b and c",
            ["a and b and c -> b and c", "a and b and c -> a and c", "a and b and c -> a and b"],
        ),
        ("x = not a", ["not a -> a"]),
        ("x = a + b", ["a + b -> a - b"]),
        ("x = True", ["True -> False"]),
        ("x = 50", ["50 -> 51"]),
        ("x = 'word'", ["'word' -> ''"]),
        ("x = f'{a}!'", ["f'{a}!' -> ''", "'!' -> ''"]),
        ("x = a[b:c]", ["b:c -> :c", "b:c -> b:"]),
        ("x = f(a, key=b)", ["f(a, key=b) -> f(a)"]),
        ("x = [a for a in b if c]", ["  for a in b if c ->  for a in b", "b -> ()"]),
        ("if a < b: x = c", ["a < b -> True", "a < b -> False", "a < b -> a <= b"]),
        ("if a == b: x = c", ["a == b -> True", "a == b -> False"]),
        ("for x in a: break", ["a -> ()", "break -> pass"]),
        ("while a: continue", ["a -> False", "continue -> pass"]),
        ("try: x = a\nexcept (B, C): x = b", ["(B, C) -> (C,)", "(B, C) -> (B,)"]),
        ("try: x = a\nexcept B: x = b", ["B -> ()"]),
        ("def f(): return a", ["return a -> return None"]),
        ("f(a)", ["f(a) -> pass"]),
        ("raise a", ["raise a -> pass"]),
        ("a.b = c", ["a.b = c -> pass"]),
        ("a = f(a)", ["a = f(a) -> pass"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_thing_that_decides_is_changed(source: str, expected: list[str]) -> None:
    assert [change.strip() for change in changes(source)] == [change.strip() for change in expected]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "def f(a: int | None = b) -> 'C': ...",
        "X: TypeAlias = Literal['a']",
        "__all__ = ['a']",
        "@cache(size=1)\ndef f(): ...",
        "assert a, 'message'",
        "class A(B, frozen=True): ...",
        "T = TypeVar('T')",
    ],
)
def test_what_is_no_behaviour_is_not_changed(source: str) -> None:
    assert changes(source) == []


MODULES = {
    path.relative_to(tool.ROOT / tool.PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in tool.mutated()
}


def test_the_tests_that_are_for_a_module_are_there() -> None:
    files = {file for files in FILES.values() for file in files}
    assert [file for file in files if not (tool.ROOT / FOLDER / f"{file}.py").exists()] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_mutant_is_a_program_with_one_change(module: str) -> None:
    source = MODULES[module]
    same = ast.unparse(ast.parse(source)).splitlines()
    for mutant in mutants(source, module)[::100]:
        changed = mutate(source, mutant.index)
        compile(changed, module, "exec")
        assert changed.splitlines() != same, mutant


def test_every_listed_survivor_is_a_mutant_and_has_a_reason() -> None:
    everything = [mutant for module, source in MODULES.items() for mutant in mutants(source, module)]
    for survivor in tool.survivors():
        assert survivor.reason, survivor
        assert [mutant for mutant in everything if survivor.is_of(mutant)], survivor


def test_the_tests_that_run_a_line_are_run_the_quickest_first() -> None:
    slow, quick, process, other, unrelated = (
        f"tests/unit/{name}"
        for name in (
            "test_files.py::slow",
            "test_files.py::quick",
            "test_files.py::process",
            "cli/test_build.py::other",
            "test_bundle.py::unrelated",
        )
    )
    seconds = {slow: 3.0, quick: 1.0, process: 2.0, other: 0.5, unrelated: 0.1}
    measured = Measured({"files.py": {1: [], 2: [slow, quick, unrelated], 9: [other]}}, [process], seconds)
    assert list(measured.of("files.py", (2, 3))) == [quick, process, slow]
    assert list(measured.of("files.py", (1, 1))) == [other, quick, process, slow]


PLANTED = "tests/unit/test_planted.py"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tool.Worker]:
    folder = tmp_path_factory.mktemp("copy")
    tool.copy(tool.files(), folder)
    test = "from flowplug.errors import quote\n\ndef test_quote():\n    assert quote('a') == '\"a\"'\n"
    (folder / PLANTED).write_text(test, encoding="utf-8")
    worker = tool.Worker(folder)
    yield worker
    worker.close()


@pytest.mark.parametrize(
    ("added", "noticed_by"),
    [
        ("", ""),
        ("def quote(text): return text", f"{PLANTED}::test_quote"),
        ("raise RuntimeError", "import"),
        ("def quote(text): import os; os.abort()", "limit"),
    ],
    ids=["no change", "a wrong result", "an import that fails", "an end of the process"],
)
def test_a_change_is_noticed_by_what_fails(worker: tool.Worker, added: str, noticed_by: str) -> None:
    source = (tool.ROOT / tool.PACKAGE / "errors.py").read_text(encoding="utf-8")
    assert worker.run("errors.py", f"{source}\n{added}\n", {f"{PLANTED}::test_quote": 0.1}) == noticed_by
