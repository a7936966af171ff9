"""Bytes to articles: one format per file, one registry."""

from pipeline.formats.decoding import decode, decode_stream
from pipeline.formats.outcome import Outcome, Skipped, Withdrawal
from pipeline.formats.registry import FORMATS

__all__ = ["FORMATS", "Outcome", "Skipped", "Withdrawal", "decode", "decode_stream"]
