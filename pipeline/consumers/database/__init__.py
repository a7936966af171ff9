"""The topics as tables of a database, exactly once."""
