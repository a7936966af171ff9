"""The scorers of the research data, as modules: figures count as they count."""

import importlib.util
from functools import cache
from types import ModuleType

from training import corpora


@cache
def scorer(name: str) -> ModuleType:
    """`score_attribution`, `score_entities` or `score_stance`."""
    path = corpora.ROOT.parent / "tools" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
