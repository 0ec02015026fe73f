"""1Flow's stand-in: its SDK's script, and the server side, which answers each step and remembers what arrived.

:class:`Collector` knows no web framework. The demo site puts it behind a Flask route, and browser tests behind a
Playwright route, at ``https://api.1flow.app``.

The steps and the shapes of their bodies and answers are those of 1Flow's public npm package
``javascript-1flow-sdk``. The paths after the first, which the SDK learns from the first answer, and
``session_capture`` and a survey's ``question`` and ``answers`` are this stand-in's own.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from .resources import resource_dir

Generation: TypeAlias = Literal["methods", "commands"]
Step: TypeAlias = Literal["configuration", "user", "session", "surveys", "events", "log_user"]
Body: TypeAlias = Mapping[str, Any]

GENERATIONS: tuple[Generation, ...] = get_args(Generation)

_KEY = re.compile(r"oneflow_(prod|sandbox)_[A-Za-z0-9+/=_-]+")
_ROUTES: Mapping[tuple[str, str], Step] = {
    ("GET", "/v1/2021-06-15/survey-response/demo"): "configuration",
    ("POST", "/v1/2021-06-15/project-users"): "user",
    ("POST", "/v1/2021-06-15/sessions"): "session",
    ("POST", "/v1/2021-06-15/surveys"): "surveys",
    ("POST", "/v1/2021-06-15/events/bulk"): "events",
    ("POST", "/v1/2021-06-15/project-users/log-user"): "log_user",
}
_PATHS: Mapping[Step, str] = {step: path for (_, path), step in _ROUTES.items()}
_ADDRESS_NAMES: Mapping[str, Step] = {
    "au_url": "user",
    "cs_url": "session",
    "su_url": "surveys",
    "ev_url": "events",
    "lu_url": "log_user",
}
_CORS: Mapping[str, str] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "content-type, one_flow_key",
    }
)
# What makes a generation's API reachable: a global name that is no property of window, or a property.
_DECLARATIONS: Mapping[Generation, str] = {"methods": "const _1flow =", "commands": "window._1flow ="}

DEFAULT_SURVEYS: tuple[Body, ...] = (
    MappingProxyType(
        {
            "_id": "survey-1",
            "trigger_event_name": ["Order Completed"],
            "question": "How was your order today?",
            "answers": ["Easy", "It went fine", "Harder than it should be"],
        }
    ),
)


def sdk_source(generation: Generation) -> bytes:
    """The stand-in SDK as the browser gets it, with no globals but ``_1flow`` and, later, ``glob``."""
    folder = resource_dir("static") / "standin"
    core, api = ((folder / f"{name}.js").read_text("utf-8") for name in ("core", generation))
    body = f'"use strict";\n\n{core}\n{api}\nreturn publicApi(createSdk());\n'
    return f"{_DECLARATIONS[generation]} (() => {{\n{body}}})();\n".encode()


@dataclass(frozen=True, slots=True)
class Record:
    """One request that reached a step.

    ``number`` counts from 1 in order of arrival and goes on over :meth:`Collector.clear`; ``body`` is empty
    for the configuration step; ``at`` is in seconds since the epoch; ``status`` is what was answered.
    """

    number: int
    step: Step
    method: str
    url: str
    key: str
    body: Body
    at: float
    status: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer: an HTTP status, headers and a JSON body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: _CORS)


class Collector:
    """The 1Flow API as far as the SDK uses it; safe to use from many threads.

    ``session_capture`` may be switched at any time; an SDK reads it once, with its configuration.
    """

    def __init__(self, *, session_capture: bool = True, surveys: Sequence[Body] = DEFAULT_SURVEYS) -> None:
        self.session_capture = session_capture
        self._surveys = tuple(surveys)
        self._numbers = count(1)
        self._ids = count(1)
        self._records: tuple[Record, ...] = ()
        self._arrival = threading.Condition()

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request and record it.

        The addresses given out lie beside ``url``, so the API may be served under any origin and prefix.
        A path that is no step's, a method that is not the step's and a key that is none are answered 404.
        """
        if method == "OPTIONS":
            return Reply(204)
        base, path = _split(url)
        step = _ROUTES.get((method, path))
        if step is None:
            return _reply(404, {"message": "Not found"})
        data = _decode(body)
        key = _header(headers, "one_flow_key") if step == "configuration" else str(data.get("one_flow_key", ""))
        status = 200 if _KEY.fullmatch(key) else 404
        reply = self._answer(step, base, data) if status == 200 else _reply(404, {"message": "Not found"})
        with self._arrival:
            record = Record(next(self._numbers), step, method, url, key, data, time.time(), status)
            self._records = (*self._records, record)
            self._arrival.notify_all()
        return reply

    @property
    def records(self) -> tuple[Record, ...]:
        """Every request that reached a step since the last :meth:`clear`, refused ones too."""
        return self._records

    @property
    def users(self) -> list[tuple[str, Body]]:
        """The (system_id, parameters) of each user that was logged."""
        return [(body["system_id"], body["parameters"]) for body in self._bodies("log_user")]

    @property
    def events(self) -> list[tuple[str, Body]]:
        """The (name, parameters) of each event that arrived, the SDK's own ones too."""
        return [
            (event["name"], event["parameters"]) for body in self._bodies("events") for event in body["events"]
        ]

    def clear(self) -> None:
        """Forget the records."""
        with self._arrival:
            self._records = ()

    def wait(self, after: int, timeout: float) -> tuple[Record, ...]:
        """The records with a number above ``after``, as soon as there is one; none after ``timeout`` seconds."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._records and self._records[-1].number > after, timeout)
            return tuple(record for record in self._records if record.number > after)

    def _bodies(self, step: Step) -> list[Body]:
        return [record.body for record in self._records if record.step == step and record.status == 200]

    def _answer(self, step: Step, base: str, body: Body) -> Reply:
        answers: Mapping[Step, Callable[[], object]] = {
            "configuration": lambda: self._configuration(base),
            "user": lambda: self._user(body),
            "session": lambda: {"_id": f"session-{next(self._ids)}"},
            "surveys": lambda: [dict(survey) for survey in self._surveys],
            "events": lambda: {},
            "log_user": lambda: self._logged_user(body),
        }
        return _reply(200, {"result": answers[step]()})

    def _configuration(self, base: str) -> object:
        addresses = {name: base + _PATHS[step] for name, step in _ADDRESS_NAMES.items()}
        return {"data": {"m": "prod", "au": addresses, "session_capture": self.session_capture}}

    def _user(self, body: Body) -> object:
        device = body.get("device", {})
        return {
            "analytic_user_id": f"user-{next(self._ids)}",
            "system_id": body.get("system_id"),
            "devices": [{name: device.get(name) for name in ("device_id", "unique_id")}],
        }

    def _logged_user(self, body: Body) -> object:
        return {"session_id": body.get("session_id"), "analytic_user_id": f"user-{next(self._ids)}"}


def _split(url: str) -> tuple[str, str]:
    """The part of a URL before the API's path, and that path: both without the query."""
    parts = urlsplit(url)
    prefix, version, rest = parts.path.partition("/v1/")
    return f"{parts.scheme}://{parts.netloc}{prefix}", version + rest


def _decode(body: bytes) -> Body:
    """The body's JSON object; an empty one where it is anything else, which no step takes for a valid key."""
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header by its name in any case, with ``-`` for ``_`` where WSGI has passed it on."""
    return next((value for key, value in headers.items() if key.lower().replace("-", "_") == name), "")


def _reply(status: int, answer: object) -> Reply:
    headers = MappingProxyType({**_CORS, "Content-Type": "application/json", "Cache-Control": "no-store"})
    return Reply(status, json.dumps(answer).encode(), headers)
