"""The fixture's object for Playwright's synchronous API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, WebError
from playwright.sync_api import Error as PlaywrightError

from ..project import Project
from ..standin import Generation
from .calls import Call, Event, User
from .core import LISTENER, TELLER, TIMEOUT, Core, Handler, run

__all__ = ["Event", "OneFlow", "User"]


class OneFlow:
    """1Flow, for the pages of one browser context: it answers 1Flow's addresses, and records what reaches them.

    ``page`` is any page of the context; those that the test opens later are answered too. ``sdk_addresses`` are
    addresses of the SDK that are not at ``1flow.app``, ``folder`` is where relative paths start.
    """

    def __init__(self, page: Page, *, sdk_addresses: Sequence[str] = (), folder: Path | None = None) -> None:
        self._driver = _Driver(page)
        self._core = Core(self._driver, sdk_addresses, folder or Path.cwd())

    def __enter__(self) -> OneFlow:
        """Answer 1Flow's addresses from now on."""
        self._driver.watch(self._core)
        run(self._core.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave 1Flow's addresses to the network again."""
        self._driver.leave()

    @property
    def calls(self) -> list[Call]:
        """The calls that reached 1Flow since the last :meth:`clear`, in order; none that the SDK makes itself."""
        return self._core.calls

    @property
    def requests(self) -> list[str]:
        """All requests to 1Flow's addresses since the last :meth:`clear`: the method and the address of each."""
        return list(self._core.requests)

    def clear(self) -> None:
        """Forget the calls and requests so far."""
        self._core.clear()

    def expect_user(
        self,
        user_id: str,
        traits: Mapping[str, Any] | None = None,
        *,
        exact: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        """Wait until 1Flow has been told of a user, with at least these traits, or ``exact`` ones.

        Raises AssertionError after ``timeout`` seconds, with what happened instead.
        """
        run(self._core.expect(User(user_id, traits or {}), exact=exact, timeout=timeout))

    def expect_event(
        self,
        name: str,
        properties: Mapping[str, Any] | None = None,
        *,
        exact: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        """Wait until 1Flow has been told of an event, with at least these properties, or ``exact`` ones.

        Raises AssertionError after ``timeout`` seconds, with what happened instead.
        """
        run(self._core.expect(Event(name, properties or {}), exact=exact, timeout=timeout))

    def expect_calls(self, *calls: Call, timeout: float = TIMEOUT) -> None:
        """Wait until exactly these calls have arrived since the last :meth:`clear`, in this order, with this data.

        Raises AssertionError, with the difference.
        """
        run(self._core.expect_calls(calls, timeout=timeout))

    def expect_nothing(self, *, quiet: float = 0.5) -> None:
        """See that no call has arrived since the last :meth:`clear`.

        Waits until nothing has been asked of 1Flow for ``quiet`` seconds. Raises AssertionError if a call arrived.
        """
        run(self._core.expect_nothing(quiet=quiet))

    def expect_no_requests(self, *, quiet: float = 0.5) -> None:
        """See that nothing at all has been asked of 1Flow since the last :meth:`clear`, not even its SDK.

        Waits for ``quiet`` seconds. Raises AssertionError if there was a request.
        """
        run(self._core.expect_no_requests(quiet=quiet))

    def block_sdk(self) -> None:
        """Let the request for the SDK's script fail, as a content blocker does."""
        self._core.block_sdk()

    def slow(self, seconds: float) -> None:
        """Let the SDK's script come so many seconds late."""
        self._core.slow(seconds)

    def status(self, status: int) -> None:
        """Answer the request for the SDK's script with this HTTP status."""
        self._core.status(status)

    def session_capture(self, on: bool) -> None:
        """Switch session capture on or off in 1Flow; while it is off, the SDK sends nothing."""
        self._core.session_capture(on)

    def generation(self, generation: Generation) -> None:
        """Serve the SDK in this generation of its API: ``"methods"`` or ``"commands"``. Raises UsageError."""
        self._core.generation(generation)

    def offline(self, offline: bool = True) -> None:
        """Take the network away from all pages of the context, or give it back."""
        run(self._core.offline(offline))

    def serve(
        self, project: Project | Mapping[str, Any] | Path | str = "flowplug.toml", *, debug: bool = False
    ) -> None:
        """Answer requests for the plugin's files, such as ``1flow.min.js`` in any folder, with a fresh build.

        ``project`` is a project, its data, or the path of its file. With ``debug``, pages get the debug build,
        whose explanations a failing test prints. Raises ProjectError, UsageError or OutsideError, as a build does.
        """
        run(self._core.serve(project, debug=debug))

    def segment(
        self, write_key: str, settings: Mapping[str, Any] | None = None, *, folder: Path | str | None = None
    ) -> None:
        """Answer Segment's CDN and API, so that a page with Analytics.js needs no network.

        ``settings`` replace entries of the source's settings. The real Analytics.js comes from ``node_modules`` in
        ``folder``, in pytest's root folder, or above them.
        """
        run(self._core.segment(write_key, settings or {}, folder))


class _Driver:
    """Playwright's synchronous API, as :class:`flowplug.pytest_plugin.core.Browser` has it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._context: BrowserContext = page.context
        self._routes: list[tuple[Any, Any]] = []

    def watch(self, core: Core) -> None:
        def hear(message: ConsoleMessage) -> None:
            if message.type in {"warning", "error"}:
                core.timeline.add(f"console {message.type}: {message.text}")

        def err(error: WebError) -> None:
            core.timeline.add(f"uncaught error: {error.error}")

        self._context.on("console", hear)
        self._context.on("weberror", err)
        self._context.expose_binding(TELLER, lambda _, kind, text: core.tell(kind, text))
        self._context.add_init_script(LISTENER)

    def leave(self) -> None:
        for pattern, handler in self._routes:
            self._context.unroute(pattern, handler)

    async def pause(self, seconds: float) -> None:
        page = self._page if not self._page.is_closed() else next(iter(self._context.pages), None)
        if page is None:
            raise AssertionError("all pages of the test are closed")
        page.wait_for_timeout(seconds * 1000)

    async def route(self, pattern: Any, handler: Handler) -> None:
        def handle(route: Route) -> None:
            request = route.request
            answer = handler(request.method, request.url, request.headers, request.post_data_buffer or b"")
            try:
                if answer.after:
                    self._page.wait_for_timeout(answer.after * 1000)
                if answer.status:
                    route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)
                else:
                    route.abort("blockedbyclient")
            except PlaywrightError:
                # The page has gone meanwhile, or has given the request up.
                return

        self._context.route(pattern, handle)
        self._routes.append((pattern, handle))

    async def set_offline(self, offline: bool) -> None:
        self._context.set_offline(offline)
