"""Control: what a page may set in ``window.flowplug`` before the plugin, as the expressions that read it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .javascript import Binary, Call, Chain, Conditional, Expression, Member, Name, Object, Unary, Value, write
from .plan import Plan
from .project import ControlName


class Control(msgspec.Struct, frozen=True):
    """What the page may set in a plugin that is loaded from a page.

    The expressions read ``said``, a variable of ``templates/runtime/control.js.jinja``.
    """

    plan: Plan

    @property
    def said(self) -> Expression | None:
        """What that variable holds; None where the page has no say.

        It is a copy of what an object has by itself. An element that has taken the name, or a frame, says nothing:
        their properties are inherited or not enumerable, and none is read that could throw, as those of another
        site's frame do.
        """
        if not self.plan.plugin.control:
            return None
        return Call(Member(Name("Object"), "assign"), (Object(()), Member(Name("window"), "flowplug")))

    @property
    def may_be_off(self) -> bool:
        """Whether the page may switch the plugin off."""
        return self._has("off")

    @property
    def regions(self) -> Sequence[str]:
        """The regions that the page may choose from."""
        return tuple(self.plan.addresses) if self._has("region") else ()

    @property
    def region_type(self) -> str:
        """The same as a type of TypeScript's."""
        return " | ".join(write(Value(region)) for region in self.regions)

    @property
    def has_key(self) -> bool:
        """Whether the page may set the API key."""
        return self._has("key")

    @property
    def has_sample(self) -> bool:
        """Whether the page may set the share of users for whom the SDK is loaded."""
        return self._has("sample")

    def address(self, variable: str = "") -> Expression:
        """The address of the SDK's script, as it is written; without the page's that in ``variable``, if any."""
        preset = Name(variable) if variable else Value(self.plan.sdk_address)
        chosen: Expression = preset
        for region in reversed(self.regions):
            address = Value(self.plan.addresses[region])
            if address != preset:
                chosen = Conditional(Binary("===", _said("region"), Value(region)), address, chosen)
        return chosen

    def key(self, variable: str = "") -> Expression:
        """The API key; without the page's the one in ``variable``, if any."""
        preset = Name(variable) if variable else Value(self.plan.api_key)
        return Chain("||", (_said("key"), preset)) if self.has_key else preset

    @property
    def sample(self) -> Expression:
        """The share of users for whom the SDK is loaded."""
        preset = Value(self.plan.sdk.sample)
        if not self.has_sample:
            return preset
        is_number = Binary("===", Unary("typeof", _said("sample")), Value("number"))
        return Conditional(is_number, _said("sample"), preset)

    @property
    def has_nonce(self) -> bool:
        """Whether the page may set the nonce of the SDK's script."""
        return self.plan.plugin.security and self._has("nonce")

    def _has(self, name: ControlName) -> bool:
        return name in self.plan.plugin.control


def _said(name: ControlName) -> Expression:
    return Member(Name("said"), name)
