"""The engine: a plugin and a stand-in for 1Flow's SDK on a page in QuickJS, which gets many events at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from ..bundle import Asset, build
from ..errors import OutsideError
from ..events import EVENT_TYPES
from ..formats import FORMATS
from ..project import KEY_VARIABLE, Project
from ..reading import load
from ..resources import resource_dir
from .events import Line, complaint
from .result import Answer, Explanation

Generation: TypeAlias = Literal["commands", "methods"]
"""How an SDK is called (docs/lifecycle.md)."""

SECONDS = 5
MEMORY = 512 * 1024 * 1024
"""What a plugin may take for a batch of events, in bytes; a compiled one takes far less."""

_EVENTS = 20_000
"""After so many events an engine begins anew, since a debug build remembers each event's ID."""

_ANY_KEY = "oneflow_sandbox_cHJldmlldw=="

_UNANSWERED = f"took longer than {SECONDS} seconds, or more than {MEMORY >> 20} MB"


def previewed_project(source: str, env: str | None = None) -> Project:
    """The project of a file, merged for the environment ``env``; a preview needs no key in the usual variable.

    Raises what :func:`flowplug.load` raises.
    """
    return load(source, env=env, environ={KEY_VARIABLE: _ANY_KEY, **os.environ})


class Preview:
    """A project's plugin, ready for events.

    ``format_name`` is one of the project's own formats, or another of :data:`~flowplug.formats.FORMATS`; left out,
    the project's first one. ``generation`` is the SDK's.

    Raises ProjectError and UsageError, as :func:`flowplug.build` does, and OutsideError where there is no QuickJS.
    """

    def __init__(
        self, project: Project, *, format_name: str | None = None, generation: Generation = "commands"
    ) -> None:
        name = format_name or project.build.formats[0]
        bundle = build(project, formats=[name], debug=True)
        form = FORMATS[name]
        # These take promises, which are settled between events: one event at a time then, which is slower.
        single = bool(project.privacy and project.privacy.hash) or project.sdk.start == "idle"
        # A page keeps to what it has decided for the first user.
        per_page = 1 if project.sdk.sample != 1 else _EVENTS
        questions = ("callsNow", "explanationNow") if single else ("callsOf", "explanationsOf")
        self._calls, self._explanations = (
            _Page(question, bundle[file], name, generation, single=single, most=per_page)
            for question, file in zip(questions, (form.minified, form.debug), strict=True)
        )
        self._host = form.host.name
        self._unheard = {*EVENT_TYPES, "screen"} - {*form.host.event_types}

    def answers(self, lines: Sequence[Line]) -> list[Answer]:
        """What becomes of some events, in order."""
        asked = [line.text for line in lines if not line.error]
        answered = zip(self._calls.answers(asked), self._explanations.answers(asked), strict=True)
        return [
            Answer(line=line.number, error=line.error) if line.error else self._answer(line, *next(answered))
            for line in lines
        ]

    def explain(self, event: Mapping[str, Any]) -> Explanation:
        """What becomes of one event, which is JSON. Raises ValueError where it is no event."""
        text = json.dumps(event)
        [answer] = self.answers([Line(1, text)])
        if answer.error:
            raise ValueError(answer.error)
        return answer.read

    def _answer(self, line: Line, calls: str | None, explanation: str | None) -> Answer:
        if calls and explanation:
            if explanation == '[[],""]':
                explanation = self._unheard_type(line)
            return Answer(line=line.number, event=line.text, calls=calls, explanation=explanation)
        timed_out = calls is None or explanation is None
        return Answer(line=line.number, error=_UNANSWERED if timed_out else complaint(line.text))

    def _unheard_type(self, line: Line) -> str:
        event_type = json.loads(line.text)["type"]
        because = f"no subscription is for events of the type {event_type}"
        if event_type in self._unheard:
            because = f"plugins for {self._host} get no events of the type {event_type}"
        return f'[[],"{because}"]'


class _Page:
    """A page with a plugin, which answers lines of JSON by calling functions of static/preview/page.js.

    ``question`` is the function that answers; with ``single`` it is asked once an event. After ``most`` events the
    page begins anew.
    """

    def __init__(  # noqa: PLR0913 - two pages differ in the first two only
        self, question: str, script: Asset, format_name: str, generation: Generation, *, single: bool, most: int
    ) -> None:
        self._question = question
        self._single = single
        self._most = most
        # The function that a module exports, where the page finds it.
        text = script.content.decode("ascii")
        self._script = text.replace("export default", "globalThis.oneFlow =", 1) if _is_module(text) else text
        self._installed = (format_name, generation)
        self._begin()

    def _begin(self) -> None:
        quickjs = _quickjs()
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY)
        self._context.set_time_limit(SECONDS)
        self._context.eval((resource_dir("static") / "preview" / "page.js").read_text(encoding="utf-8"))
        self._context.eval(self._script)
        self._context.get("install")(*self._installed)
        self._ask = self._context.get(self._question)
        self._settle()
        self._left = self._most

    def answers(self, lines: Sequence[str]) -> Iterable[str | None]:
        """The answer to each event: JSON, ``""`` where it is none, None where a limit of the engine ends it."""
        if not lines:
            return ()
        if self._most == 1 and len(lines) > 1:
            return [answer for line in lines for answer in self.answers([line])]
        if self._left <= 0:
            self._begin()
        self._left -= len(lines)
        try:
            answers = [self._answer(line) for line in lines] if self._single else self._answers(lines)
        except (_quickjs().JSException, MemoryError):
            self._begin()
            return (None,) if len(lines) == 1 else [answer for line in lines for answer in self.answers([line])]
        return answers

    def _answers(self, lines: Sequence[str]) -> list[str]:
        answers: str = self._ask("\n".join(lines))
        self._settle()
        return answers.split("\n")

    def _answer(self, line: str) -> str:
        if not self._context.get("handOver")(line):
            return ""
        self._settle()
        while texts := json.loads(self._context.get("textsToHash")()):
            self._context.get("setHashes")(json.dumps([list(hashlib.sha256(t.encode()).digest()) for t in texts]))
            self._settle()
        return str(self._ask())

    def _settle(self) -> None:
        while True:
            while self._context.execute_pending_job():
                pass
            if not self._context.get("runTimers")():
                return


def _is_module(text: str) -> bool:
    return text.startswith("export default")


def _quickjs() -> Any:
    try:
        import quickjs  # noqa: PLC0415 - imported late: no other command needs it
    except ImportError as error:
        raise OutsideError(f"the package quickjs-ng, which runs the plugin, cannot be imported: {error}") from None
    return quickjs
