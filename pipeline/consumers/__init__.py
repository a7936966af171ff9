"""Consumers: whatever takes records off the wire."""
"""Whatever takes records off the wire."""
