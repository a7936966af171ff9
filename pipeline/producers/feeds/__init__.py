"""Feeds, polled: what is new in them goes onto `articles.raw`.

A feed's walk: `subscriptions` (which are due) -> `fetching` (through `guarded`, which connects to allowed addresses
alone) -> `polling` (what is new, onto the topic) -> `subscriptions` (what has been seen).
"""
