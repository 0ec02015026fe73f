"""What a host makes impossible: the cells in which the table of tests/browser/test_proof.py is not as elsewhere.

docs/install.md has the same rows.
"""

from __future__ import annotations

_IN_THE_PAGE = "cannot happen: the plugin is in a script of the page itself"

IMPOSSIBLE: dict[tuple[str, str], str] = {
    **{
        (situation, way): _IN_THE_PAGE
        for situation in (
            "the plugin's script is late",
            "the plugin's script never comes",
            "the plugin's script fails",
        )
        for way in ("`1flow.html`", "`module`", "`getanalytics`")
    },
    ("the plugin's script never comes", "`remote`"): (
        "no destination gets an event: Analytics.js waits for the scripts of all destinations"
    ),
    ("the plugin's script never comes", "`rudderstack`"): (
        "RudderStack does not load: the page waits for the plugin's script, as for any script without `async`"
    ),
    **{
        (
            "one action switched off for a call",
            way,
        ): "1Flow gets the call: the host knows the plugin only as a whole"
        for way in ("`rudderstack`", "`getanalytics`")
    },
    ("a policy of nonces alone", "`remote`"): (
        "1Flow gets nothing: Segment's loader gives the plugin's script no nonce"
    ),
    ("Trusted Types without a default policy", "`remote`"): (
        "1Flow gets nothing: Segment's loader sets the address of the plugin's script as text"
    ),
    ("Trusted Types without a default policy", "`rudderstack`"): (
        "RudderStack does not load: its snippet sets the address of its script as text; from npm it works"
    ),
}
"""Why, by situation and by way of installing, as the documents name them."""
