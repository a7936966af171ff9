"""claimwire: news articles in on Kafka; attributed, entity-tagged, stance-labelled claims out."""

from importlib.metadata import version

__version__ = version("claimwire")
