"""Whatever puts articles on the wire."""
