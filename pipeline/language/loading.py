"""Settings -> models: the shipped ones, or the user's own."""

from pipeline.errors import ModelNotFound
from pipeline.language import calibration, weights
from pipeline.language.stance_model import StanceJudge, StanceModel
from pipeline.language.tagging import EntityTagger
from pipeline.language.windows import Tokeniser
from pipeline.settings import LanguageSettings


def tokeniser() -> Tokeniser:
    """The tokeniser of the shipped models. Raises ModelNotFound."""
    if not weights.TOKENIZER.is_file():
        raise ModelNotFound(str(weights.TOKENIZER), "the installation lacks its weights")
    return Tokeniser(weights.TOKENIZER)


def stance_judge(settings: LanguageSettings) -> StanceJudge:
    """The stance model that the settings name. Raises ModelNotFound, WeightsCorrupt."""
    if settings.stance_model:
        from pipeline.language.own_models import OwnStanceModel  # needs torch

        return OwnStanceModel(settings.stance_model, settings.threads)
    return StanceModel(tokeniser(), settings.threads, settings.batch_tokens, calibration.shipped().stance)


def entity_tagger(settings: LanguageSettings) -> EntityTagger | None:
    """The user's own entity model, or None where the token model's entities serve. Raises ModelNotFound."""
    if settings.entity_model:
        from pipeline.language.own_models import OwnEntityModel  # needs torch

        return OwnEntityModel(settings.entity_model, settings.threads)
    return None
