"""The page: what the topics say, for people to read, over the database that a sink fills. Read-only."""
