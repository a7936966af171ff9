"""Text to annotations: entities, attributions, stances. Pure: knows no Kafka, no clock, no files but its weights."""

from pipeline.language.model import Model

__all__ = ["Model"]
