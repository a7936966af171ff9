"""Whatever takes records off the wire."""
