"""Consumers: whatever takes records off the wire."""
