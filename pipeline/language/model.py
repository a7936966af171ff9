"""The language part as one object: load once, annotate articles."""

from collections.abc import Sequence
from dataclasses import replace

import pipeline
from pipeline.language import calibration, weights
from pipeline.language.annotating import claims, judged, question, stances
from pipeline.language.attributions import attributed, characters, continued
from pipeline.language.calibration import Calibration
from pipeline.language.datelines import datelines, parted
from pipeline.language.decoding import entity_runs
from pipeline.language.entities import cluster
from pipeline.language.entity_stances import EntityStances, Judged
from pipeline.language.loading import entity_tagger, stance_judge, tokeniser
from pipeline.language.memory import give_back_now_and_then
from pipeline.language.nesting import nested
from pipeline.language.quotes import quotations
from pipeline.language.role_model import RoleModel
from pipeline.language.stance_model import StanceJudge
from pipeline.language.tagging import EntityTagger, Mentions
from pipeline.language.token_model import Floats, Scores, TokenModel
from pipeline.language.windows import Tokeniser, Window
from pipeline.records import AnnotatedArticle, Annotator, Article
from pipeline.settings import LanguageSettings

MAX_WINDOW = 256  # word pieces: what the models were trained on
LANGUAGES = frozenset({"en"})  # what the shipped models read, as BCP 47 primary subtags


def understood(language: str | None) -> bool:
    """Whether the models read a language; one that nobody named is tried."""
    return language is None or language.split("-")[0].casefold() in LANGUAGES


class Model:
    """Everything that annotating takes. Not safe to share between threads that call it at once."""

    def __init__(
        self,
        tokeniser: Tokeniser,
        tokens: TokenModel,
        roles: RoleModel,
        stance: EntityStances | StanceJudge,
        annotator: Annotator,
        calibration: Calibration,
        tagger: EntityTagger | None = None,
        min_confidence: float = 0.0,
    ) -> None:
        self.tokeniser = tokeniser
        self.tokens = tokens
        self.roles = roles
        self.stance = stance
        self.annotator = annotator
        self.calibration = calibration
        self.tagger = tagger
        self.min_confidence = min_confidence
        self.word_pieces = 0  # read since it was loaded

    @classmethod
    def load(cls, settings: LanguageSettings) -> "Model":
        """Load the shipped models, or the user's own. Raises ModelNotFound, WeightsCorrupt."""
        in_pairs = settings.stance_model or settings.model == "accurate"
        fitted = calibration.shipped()
        stance = stance_judge(settings) if in_pairs else EntityStances(settings.threads, fitted.entity_stances)
        tagger = entity_tagger(settings)
        models = {name: weights.digest(name) for name in ("tokens", calibration.NAME)} | {"stance": stance.digest}
        if tagger:
            models["entities"] = tagger.digest
        tokens = TokenModel(settings.threads)
        annotator = Annotator(pipeline.__version__, models)
        roles = RoleModel(settings.threads)
        return cls(tokeniser(), tokens, roles, stance, annotator, fitted, tagger, settings.min_confidence)

    def annotate(self, articles: Sequence[Article]) -> list[AnnotatedArticle]:
        """Annotate articles, in order. Those in a language that the models do not read come back without annotations.

        What is found in an article never depends on what happens to arrive beside it.
        """
        annotated = [self._annotate(article) for article in articles]
        give_back_now_and_then()
        return annotated

    def _annotate(self, article: Article) -> AnnotatedArticle:
        text = article.text
        blank = AnnotatedArticle(
            id=article.id,
            url=article.url,
            publisher=article.publisher,
            headline=article.headline,
            authors=article.authors,
            published_at=article.published_at,
            language=article.language,
            revision=article.revision,
            extra=article.extra,
            text=text,
            entities=(),
            claims=(),
            annotator=self.annotator,
        )
        if not understood(article.language):
            return blank
        windows = self.tokeniser.windows(text, MAX_WINDOW)
        self.word_pieces += sum(len(window.ids) for window in windows)
        scores = self.tokens(windows)
        mentions = self.tagger(text) if self.tagger else self._mentions(windows, scores)
        entities = cluster(text, parted(mentions, datelines(text)))
        quoted = quotations(text)
        found = attributed(text, windows, scores, self.roles)
        found = sorted([*found, *nested(text, found)], key=lambda a: (a.start, a.end))
        found = sorted([*found, *continued(text, quoted, found)], key=lambda a: (a.start, a.end))
        found = [replace(a, confidence=self.calibration.claim(a.confidence)) for a in found]
        found = [a for a in found if a.confidence >= self.min_confidence]
        made = claims(article, text, found, entities, quoted, self.annotator)
        asked = judged(found, made, entities)
        answers = stances(asked, self._judge(text, windows, scores, asked)) if asked else {}
        made = [replace(claim, stances=answers.get(n, ())) for n, claim in enumerate(made)]
        return replace(blank, entities=tuple(entities), claims=tuple(made))

    def _judge(self, text: str, windows: Sequence[Window], scores: Sequence[Scores], asked: Sequence[Judged]) -> Floats:
        if isinstance(self.stance, EntityStances):
            return self.stance(windows, scores, asked)
        return self.stance([question(text, one) for one in asked])

    @staticmethod
    def _mentions(windows: Sequence[Window], scores: Sequence[Scores]) -> Mentions:
        return [
            (*characters(window, run), kind)
            for window, score in zip(windows, scores, strict=True)
            for run, kind in entity_runs(score)
        ]
