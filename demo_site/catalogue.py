"""What the demo shop sells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tea:
    """A tea; ``price`` is in cents, the colours are those of its picture."""

    slug: str
    name: str
    kind: str
    origin: str
    price: int
    weight: str
    brewing: tuple[str, str]
    description: str
    paper: str
    leaf: str
    liquor: str


CATALOGUE: tuple[Tea, ...] = (
    Tea(
        "spring-sencha",
        "Spring Sencha",
        "Green",
        "Shizuoka, Japan",
        1450,
        "80 g",
        ("70 °C", "90 s"),
        "First flush, steamed the day it is picked. Tastes of cut grass, sweet pea and a little sea air.",
        "#e4efd9",
        "#4d7a3a",
        "#b9cf6a",
    ),
    Tea(
        "cloud-oolong",
        "Cloud Oolong",
        "Oolong",
        "Nantou, Taiwan",
        1890,
        "60 g",
        ("90 °C", "3 min"),
        "Grown where the mountain keeps its fog until noon. Buttery and floral, and good for five infusions.",
        "#dcebea",
        "#2f6f6b",
        "#e0b95c",
    ),
    Tea(
        "second-flush-darjeeling",
        "Second Flush Darjeeling",
        "Black",
        "West Bengal, India",
        1620,
        "100 g",
        ("95 °C", "3 min"),
        "Muscatel grape, toasted almond and a dry finish. The one to convert people who take milk.",
        "#f4e1d2",
        "#8a4526",
        "#c9702c",
    ),
    Tea(
        "silver-needle",
        "Silver Needle",
        "White",
        "Fujian, China",
        2400,
        "50 g",
        ("80 °C", "4 min"),
        "Nothing but buds, dried in the sun. Honeydew and hay; quiet enough for late in the evening.",
        "#eceae4",
        "#6d7166",
        "#ead9a0",
    ),
    Tea(
        "midnight-rooibos",
        "Midnight Rooibos",
        "Herbal",
        "Cederberg, South Africa",
        1180,
        "120 g",
        ("100 °C", "6 min"),
        "Red bush with vanilla and orange peel. No caffeine at all, so the second pot is safe as well.",
        "#f3dcd8",
        "#8f2f33",
        "#b8432f",
    ),
    Tea(
        "smoke-and-pine",
        "Smoke & Pine",
        "Black",
        "Wuyi, China",
        1540,
        "90 g",
        ("95 °C", "4 min"),
        "Leaves dried over pine embers. A campfire in a cup, softened by dried plum.",
        "#dfe3ea",
        "#3a4660",
        "#8c4a2a",
    ),
)
