"""Records as JSON Schema, and the registry that a cluster may keep them in."""
