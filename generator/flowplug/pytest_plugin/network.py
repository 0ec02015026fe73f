"""What a page's requests to 1Flow are answered with, and the faults that a test asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from ..standin import Collector, Generation, sdk_source

_HOSTS = r"https://(?:[a-z0-9-]+\.)?1flow\.app(?::443)?/"
_API_PATH = re.compile(r"(?:^|/1flow)/v1/")


class Answer(NamedTuple):
    """What to answer a request: a response ``after`` so many seconds, or an error of the network for status 0."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {"Content-Type": "text/plain"}
    after: float = 0


class Network:
    """1Flow's addresses: the SDK's script, in a generation of its API, and the API behind it.

    1Flow's hosts are ``1flow.app`` and all below it. Of other ``sdk_addresses`` the script is answered, and the
    API at ``/1flow/v1/`` of the same origin, where the stand-in then looks for it.
    """

    def __init__(self, sdk_addresses: Sequence[str] = ()) -> None:
        self.collector = Collector()
        self.generation: Generation = "methods"
        self.sdk_status = 200
        self.sdk_delay = 0.0
        self.is_offline = False
        self._sdk_addresses: list[str] = []
        for address in sdk_addresses:
            self.add_sdk_address(address)

    def add_sdk_address(self, address: str) -> None:
        """Answer an address as the SDK's, too."""
        self._sdk_addresses.append(address.partition("?")[0])

    @property
    def pattern(self) -> re.Pattern[str]:
        """What all addresses that are answered here match."""
        own = [re.escape(address) + r"(?:\?|$)" for address in self._sdk_addresses]
        apis = [re.escape(_origin(address)) + r"/1flow/v1/" for address in self._sdk_addresses]
        return re.compile("|".join((_HOSTS, *own, *apis)))

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request, which is recorded where it reaches 1Flow's API."""
        if self.is_offline:
            return Answer(0)
        if _API_PATH.search(urlsplit(url).path):
            reply = self.collector.handle(method, url, headers, body)
            return Answer(reply.status, reply.body, reply.headers)
        if not self.is_sdk(url):
            return Answer(404, b"no address of 1Flow's SDK or API that is known")
        if self.sdk_status != 200:
            return Answer(self.sdk_status, after=self.sdk_delay)
        script = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
        return Answer(200, sdk_source(self.generation), script, self.sdk_delay)

    def is_sdk(self, url: str) -> bool:
        """Whether an address is that of the SDK's script."""
        address = url.partition("?")[0]
        return address in self._sdk_addresses or address.endswith("1flow.app/js/1flow.js")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
