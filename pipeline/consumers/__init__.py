"""Whatever takes records off the wire. For programs: `from pipeline.consumers import subscribe`."""

from pipeline.consumers.filters import Filters
from pipeline.consumers.subscription import Message, Subscription, subscribe

__all__ = ["Filters", "Message", "Subscription", "subscribe"]
