"""The parts of a `content-type`."""

from __future__ import annotations

from email.message import Message


def media_type(content_type: str | None) -> str:
    """The type alone, in lower case; "" where there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def charset(content_type: str | None) -> str | None:
    """The parameter `charset`."""
    message = Message()
    message["content-type"] = " ".join((content_type or "").split())  # a line break there is an error
    found = message.get_param("charset")
    return found if isinstance(found, str) else None
