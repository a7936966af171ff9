"""The label inventories of the shipped models, in the order of their outputs."""

from pipeline.records import EntityType, StanceName

ENTITY_TYPES: tuple[EntityType, ...] = (
    "Person",
    "Organization",
    "Location",
    "Facility",
    "NORP",
    "Product",
    "Date",
    "Money",
    "Misc",
)
ENTITY_LABELS = ("O", *(f"{mark}-{kind}" for kind in ENTITY_TYPES for mark in "BI"))
CUE_LABELS = ("O", "B", "I")
ROLE_LABELS = ("O", "B-source", "I-source", "B-content", "I-content")
STANCES: tuple[StanceName, ...] = ("favor", "against", "neutral")
