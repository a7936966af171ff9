"""The topics as files, exactly once."""
