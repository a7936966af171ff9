"""What the head of a noun phrase says of a source: a document, or many people as one."""

_DOCUMENTS = (
    "analyses analysis article audit bill biography blog book brief bulletin column complaint data decision diary "
    "document documents dossier editorial email emails essay estimate estimates figures file files filing filings "
    "findings forecast index indictment interview journal lawsuit letter manifesto memo memoir message note op-ed "
    "order paper poll polls post posts press-release projection projections questionnaire readout record records "
    "release report reports research resolution review ruling sign statement statistics studies study suit survey "
    "surveys testimony text transcript tweet tweets verdict website"
)
_COLLECTIVES = (
    "administration agency alliance army association authorities authority board broadcaster bureau cabinet "
    "campaign channel church club coalition commission committee company congress corporation council court "
    "department embassy faction federation firm force forces foundation government group house institute "
    "judiciary junta league legislature magazine military militia ministry movement navy network newspaper office "
    "organisation organization outlet palace panel parliament party police regime senate side state station team "
    "tribunal union university"
)
_UNIQUE = (
    "administration army authorities church congress government house judiciary military navy palace parliament police "
    "senate"
)
DOCUMENTS = frozenset(_DOCUMENTS.split())
COLLECTIVES = frozenset(_COLLECTIVES.split())
# Of these a country, or a story, has one: "the police" says who it is, "the agency" that it was named before.
UNIQUE = frozenset(_UNIQUE.split())
