"""Text from articles, made fit to be shown.

Markup is escaped by the templates. Beyond that, an article may hold characters that nobody sees and that change what is
seen around them: overrides of the direction of writing, terminal controls, tags. They are named instead of obeyed.
"""

import re
import unicodedata
from urllib.parse import urlsplit

# C0 and C1 without tab and line feed; soft hyphen; direction marks, embeddings, overrides, isolates; what is invisible
# and joins nothing; the tag block. Zero-width joiners stay: scripts and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` with each hidden character as its name in brackets: [U+202E]."""
    # Python prints none of them: most texts need no search.
    return text if text.isprintable() else _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def headline(wording: str) -> str:
    """The wording of a proposition fit to stand alone: "that talks had failed" begins with the talks."""
    alone = wording.removeprefix("that ")
    return alone[:1].upper() + alone[1:]


def web_address(url: str | None) -> str | None:
    """`url` where a link may lead there: http or https, to a host. Else None."""
    if not url or url != url.strip() or any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Zs") for c in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None
