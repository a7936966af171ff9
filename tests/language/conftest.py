"""The shipped models, loaded once."""

import pytest

from pipeline.language import Model
from pipeline.language.loading import tokeniser as load_tokeniser
from pipeline.language.windows import Tokeniser
from pipeline.settings import LanguageSettings


@pytest.fixture(scope="session")
def tokeniser() -> Tokeniser:
    return load_tokeniser()


@pytest.fixture(scope="session")
def model() -> Model:
    return Model.load(LanguageSettings())
