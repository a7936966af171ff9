"""No test of formats judges speed: a first import may take longer than hypothesis allows one example."""

from hypothesis import settings

settings.register_profile("formats", deadline=None)
settings.load_profile("formats")
