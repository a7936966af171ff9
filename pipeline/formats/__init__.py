"""Bytes to articles: one format per file, one registry."""
