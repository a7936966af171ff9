"""The user's own file of names: `aliases.yaml`, for sources that the text alone does not show to be one.

Benjamin Netanyahu: [Bibi, Israeli premier]
World Health Organization: [WHO]
"""

from pathlib import Path

import yaml

from pipeline.errors import SettingsInvalid
from pipeline.language.sources import SourceNames


def source_names(path: Path | None) -> SourceNames:
    """What the file says; nothing without one. Raises SettingsInvalid."""
    if path is None:
        return SourceNames()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsInvalid([f"relations.aliases: {path}: {error}"]) from None
    names = found.values() if isinstance(found, dict) else [None]
    if not all(isinstance(one, list) and all(isinstance(name, str) for name in one) for one in names):
        raise SettingsInvalid(
            [f"relations.aliases: {path}: expected lines like `Benjamin Netanyahu: [Bibi, Netanyahu]`"]
        )
    return SourceNames({str(name): others for name, others in found.items()})
