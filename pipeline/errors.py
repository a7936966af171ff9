"""Every error that claimwire raises by name. Each says what happened and what to do next.

No message quotes the body of an article: messages reach logs and dead-letter headers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar


class ClaimwireError(Exception):
    """Something that the person at the command line can act on.

    `remedy` is one sentence: the next thing to do. Subclasses keep what happened as fields.
    """

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with the message alone, which no subclass here accepts; worker processes
        # send their errors back pickled.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ClaimwireError], args: tuple[Any, ...], fields: dict[str, Any]) -> ClaimwireError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(fields)
    return error


class MissingExtra(ClaimwireError):
    """A part of claimwire that is installed only where it is asked for. `extra`: its name."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"the extra {extra} is not installed", remedy=f"Install it: pip install 'claimwire[{extra}]'")
        self.extra = extra


class MissingProgram(ClaimwireError):
    """A program that claimwire starts is not on this machine. `install`: the command that brings it."""

    def __init__(self, program: str, install: str) -> None:
        super().__init__(f"{program} is not installed", remedy=f"Install it: {install}")
        self.program = program
        self.install = install


class SystemRefused(ClaimwireError):
    """The operating system would not do what a command needs. `path`: with what, where it says; `reason`: its words."""

    def __init__(self, path: str | None, reason: str) -> None:
        super().__init__(
            reason if path is None else f"{path}: {reason}",
            remedy="Check where the output goes, and that there is room for it."
            if path is None
            else "Check that path and who may write there; services keep theirs in state_dir (CLAIMWIRE_STATE_DIR).",
        )
        self.path = path
        self.reason = reason


class SettingsInvalid(ClaimwireError):
    """Settings that do not hold together. `problems`: one line each, without the value (it may be a secret)."""

    what: ClassVar[str] = "settings"
    default_remedy: ClassVar[str] = "`claimwire settings --describe` lists every setting with its meaning and unit."

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"invalid {self.what}: " + "; ".join(problems), remedy=self.default_remedy)
        self.problems = tuple(problems)


class OptionsInvalid(SettingsInvalid):
    """What a command or a function was asked for does not hold together: no setting has a part in it."""

    what = "options"
    default_remedy = "`--help` after the command, or the docstring of the function, says what can be asked for."


class BrokerUnavailable(ClaimwireError):
    """No Kafka broker answered. `servers`: host:port, comma-separated."""

    def __init__(self, servers: str, detail: str = "") -> None:
        super().__init__(
            f"no Kafka broker answers at {servers}" + (f": {detail}" if detail else ""),
            remedy="Start one with `claimwire broker`, or set CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS.",
        )
        self.servers = servers
        self.detail = detail


class BrokerFailed(ClaimwireError):
    """The local broker does not start, or has ended by itself. `log`: where it says more, None before it ran."""

    def __init__(self, detail: str, log: Path | None = None) -> None:
        remedy = f"Its log says more: {log}" if log else "Try again; `claimwire -v broker` says what is done."
        super().__init__(f"the local Kafka broker failed: {detail}", remedy=remedy)
        self.detail = detail
        self.log = log


class BrokerBusy(ClaimwireError):
    """Another process works on the same broker data. `holder`: its process id, None where it is not known."""

    def __init__(self, folder: Path, holder: int | None) -> None:
        super().__init__(
            f"a broker is already running on {folder}" + (f" (process {holder})" if holder else ""),
            remedy="Use that one, stop it first, or give this one its own folder by CLAIMWIRE_STATE_DIR.",
        )
        self.folder = folder
        self.holder = holder


class BrokerDataMismatch(ClaimwireError):
    """The data on disk were written by a newer Kafka than the one that is to read them."""

    def __init__(self, folder: Path, found: str, expected: str) -> None:
        super().__init__(
            f"{folder} was written by Apache Kafka {found}, which {expected} cannot read",
            remedy=f"Run it with CLAIMWIRE_BROKER__VERSION={found}, or move that folder away and begin anew.",
        )
        self.folder = folder
        self.found = found
        self.expected = expected


class PortInUse(ClaimwireError):
    """Something else listens where a server of ours would. `setting`: the one that names the port."""

    def __init__(self, port: int, setting: str = "broker.port", command: str = "broker") -> None:
        super().__init__(
            f"port {port} is in use",
            remedy=f"Stop what listens there, or choose another: claimwire --set {setting}={port + 1} {command}",
        )
        self.port = port
        self.setting = setting


class ServiceFailed(ClaimwireError):
    """A service that was started here has ended by itself, or does nothing. `log`: where it says why; None: above."""

    def __init__(self, service: str, detail: str, log: Path | None) -> None:
        super().__init__(f"the {service} {detail}", remedy=f"Its log says why: {log or 'above'}")
        self.service = service
        self.detail = detail
        self.log = log


class ClusterRefused(ClaimwireError):
    """The cluster answered, and said no. `what` was asked of it; `reason`: its own words."""

    def __init__(self, what: str, reason: str, *, remedy: str | None = None) -> None:
        super().__init__(
            f"the Kafka cluster refused to {what}: {reason}",
            remedy=remedy
            or "Correct the setting that it names (`claimwire settings`), or ask whoever runs the cluster.",
        )
        self.what = what
        self.reason = reason


class AccessDenied(ClaimwireError):
    """The cluster does not let us in, or not do what we need. `cause`: why; `settings`: those that have to do with it.

    Trying again does not help: a person has to change a setting, a certificate, or the cluster's ACLs.
    """

    def __init__(self, cause: str, settings: Sequence[str], *, remedy: str | None = None) -> None:
        named = ", ".join(settings)
        super().__init__(f"no access to the Kafka cluster: {cause}", remedy=remedy or f"Look at the setting {named}.")
        self.cause = cause
        self.settings = tuple(settings)


class DeliveryFailed(ClaimwireError):
    """Records that were to be written to the cluster and were not acknowledged.

    `count`: at least so many; `reason`: the first failure's.
    """

    def __init__(self, topic: str, count: int, reason: str) -> None:
        super().__init__(
            f"{count} records were not delivered to {topic}: {reason}",
            remedy="Once the cluster is well, run the command again: sending the same article twice does no harm.",
        )
        self.topic = topic
        self.count = count
        self.reason = reason


class TopicMissing(ClaimwireError):
    """A topic that does not exist."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"topic {topic} does not exist", remedy="Create the topics: `claimwire topics apply`.")
        self.topic = topic


class TopicMismatch(ClaimwireError):
    """A topic exists, but not as claimwire needs it. `difference`: which property, found and expected."""

    def __init__(self, topic: str, difference: str) -> None:
        super().__init__(f"topic {topic} differs: {difference}", remedy="`claimwire topics apply` shows the changes.")
        self.topic = topic
        self.difference = difference


class TopicReplaced(ClaimwireError):
    """A topic ends before the offset from which it was to be read on: it was deleted and made anew."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} is not the one that was read before: it ends earlier",
            remedy="Begin anew: `claimwire view rebuild` for a database, another folder for files.",
        )
        self.topic = topic


class RegistryUnavailable(ClaimwireError):
    """The schema registry does not answer, or cannot now; a later try may do. `url`: where its API begins."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(
            f"the schema registry {url} does not answer: {detail}",
            remedy="Check that it runs, and the setting schema_registry.url (CLAIMWIRE_SCHEMA_REGISTRY__URL).",
        )
        self.url = url
        self.detail = detail


class RegistryRefused(ClaimwireError):
    """The schema registry said no. `reason`: its own words; `settings`: those that have to do with it."""

    def __init__(self, url: str, reason: str, settings: Sequence[str]) -> None:
        super().__init__(
            f"the schema registry {url} refuses: {reason}", remedy=f"Look at the setting {', '.join(settings)}."
        )
        self.url = url
        self.reason = reason
        self.settings = tuple(settings)


class SchemasIncompatible(ClaimwireError):
    """Schemas that the registry's rules do not take as the next version. `reasons`: its words, by subject."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        said = "; ".join(f"{subject}: {reason}" if reason else subject for subject, reason in reasons.items())
        super().__init__(
            f"not compatible with what is registered: {said}",
            remedy="Nothing was registered. Another major version of claimwire wants another topic_prefix; else look "
            "at the subject's compatibility level in the registry.",
        )
        self.reasons = dict(reasons)


class SchemaNotRegistered(ClaimwireError):
    """The registry does not know the schema by which this version writes. `subject`: where it looked."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"the schema registry has no such schema under {subject}",
            remedy="Register it: `claimwire schemas register`; or set schema_registry.headers to false.",
        )
        self.subject = subject


class DatabaseUnavailable(ClaimwireError):
    """The database does not answer, or refuses. `url`: without its password; `detail`: the driver's words."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(
            f"the database {url} cannot be used: {detail}",
            remedy="Check --url (or DATABASE_URL): sqlite:///FILE or postgresql://USER@HOST/NAME, and that it runs.",
        )
        self.url = url
        self.detail = detail


class DatabaseForeign(ClaimwireError):
    """A database that holds tables of the names of ours, made by something else."""

    def __init__(self, url: str, table: str) -> None:
        super().__init__(
            f"the database {url} has a table {table} that claimwire did not make",
            remedy="Give claimwire a database (or a PostgreSQL schema, by ?options=-csearch_path=NAME) of its own.",
        )
        self.url = url
        self.table = table


class DatabaseOutdated(ClaimwireError):
    """A database in the form of another version."""

    def __init__(self, url: str, found: int, expected: int) -> None:
        super().__init__(
            f"the database {url} has form {found}, this version reads {expected}",
            remedy="Fill it anew from the topics: `claimwire view rebuild`.",
        )
        self.url = url
        self.found = found
        self.expected = expected


class FolderBusy(ClaimwireError):
    """Another sink writes into the same folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another sink writes into {folder}", remedy="Stop that one first, or give this one its own folder."
        )
        self.folder = folder


class ArchiveChanged(ClaimwireError):
    """The files of a replay run are not those that it began with: its position in them means nothing any more."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"the files are not those that run {run} was begun with (other names, sizes or order)",
            remedy="Give the same paths with the same files, or begin another run: --run OTHER.",
        )
        self.run = run


class RunDiffers(ClaimwireError):
    """A replay run exists, and reads something else than what is asked for. `reads`: what it reads, for people."""

    def __init__(self, run: str, reads: str) -> None:
        super().__init__(
            f"run {run} exists, and reads {reads}",
            remedy=f"`claimwire replay --run {run}` alone goes on with it; another name begins another run.",
        )
        self.run = run
        self.reads = reads


class RunUnknown(ClaimwireError):
    """No replay run of this name."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"there is no run {run}",
            remedy="`claimwire runs list` names those that there are; `claimwire replay` begins one.",
        )
        self.run = run


class RunTakenOver(ClaimwireError):
    """Another process has gone on with the same replay run: this one can send no more."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"another `claimwire replay --run {run}` has taken over",
            remedy="Nothing is lost or doubled: let that one go on, or stop it and run this one again.",
        )
        self.run = run


class ReplayInterrupted(ClaimwireError):
    """The cluster did not take what a replay sent. `reason`: its own words."""

    def __init__(self, run: str, reason: str) -> None:
        super().__init__(
            f"run {run} stopped: {reason}",
            remedy=f"Once the cluster is well, `claimwire replay --run {run}` goes on where it stopped.",
        )
        self.run = run
        self.reason = reason


class ModelNotFound(ClaimwireError):
    """A model named in the settings is neither a folder nor to be had from the hub."""

    def __init__(self, model: str, detail: str = "") -> None:
        super().__init__(
            f"model {model} was not found" + (f": {detail}" if detail else ""),
            remedy="Give a folder with config.json, weights and tokenizer, or a hub id; empty means the shipped model.",
        )
        self.model = model
        self.detail = detail


class WeightsCorrupt(ClaimwireError):
    """A weights file is not the one that was published. `expected` and `found`: SHA-256, hexadecimal."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(
            f"{path} is damaged: SHA-256 {found[:12]}…, expected {expected[:12]}…",
            remedy="Install claimwire again, or restore the file from the release.",
        )
        self.path = path
        self.expected = expected
        self.found = found


class PathNotFound(ClaimwireError):
    """A path on the command line leads to no file."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path}: no such file or folder, and no pattern that matches one",
            remedy="Give files, folders, quoted patterns ('2024/**/*.xml'), or - for standard input.",
        )
        self.path = path


class QuestionInvalid(ClaimwireError):
    """A line of `claimwire stance` asks nothing that can be judged. `line`: its number, from 1; `detail`: why."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(
            f"line {line}: {detail}",
            remedy='Correct that line: {"text": "…", "target": "…", "source": "…"}, where the source may be left out.',
        )
        self.line = line
        self.detail = detail


class DeadLetterUnknown(ClaimwireError):
    """No dead letter with this id. `id`: "partition/offset" in the topic."""

    def __init__(self, id: str) -> None:
        super().__init__(
            f"there is no dead letter {id}", remedy="`claimwire dead-letters list` names each in its first column."
        )
        self.id = id


class FeedInvalid(ClaimwireError):
    """An address that no feed can be polled at."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(f"{url}: {detail}", remedy="Give the http or https address of a feed, without a password.")
        self.url = url
        self.detail = detail


class FeedUnknown(ClaimwireError):
    """No feed with this address is polled."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is no feed that is polled", remedy="`claimwire feeds list` names those that are.")
        self.url = url


class ArticleRefused(ClaimwireError):
    """One article cannot be processed; those around it can.

    `reason` is stable and meant for machines: dead-letter headers, metrics labels and `claimwire decode` carry it.
    `detail` is for people. `item` says which one of several in a file or record: an index, a line, an identifier.
    """

    reason: ClassVar[str]
    default_remedy: ClassVar[str] = "Correct the article at its producer and send it again."

    def __init__(self, detail: str, *, item: int | str | None = None, remedy: str | None = None) -> None:
        where = "" if item is None else f" (item {item})"
        super().__init__(f"{self.reason}: {detail}{where}", remedy=remedy or self.default_remedy)
        self.detail = detail
        self.item = item


class UndecodableRecord(ArticleRefused):
    """The bytes are not what their format says. `format`: the name of the format tried."""

    reason = "undecodable"

    def __init__(self, format: str, detail: str, *, item: int | str | None = None) -> None:
        super().__init__(f"not readable as {format}: {detail}", item=item)
        self.format = format


class UnreadableFile(ArticleRefused):
    """The operating system would not give the file. `detail`: its own words."""

    reason = "unreadable"
    default_remedy = "Check that the file exists and that this user may read it."


class EmptyArticle(ArticleRefused):
    """Neither a headline nor a body with a single visible character."""

    reason = "empty"

    def __init__(self, *, item: int | str | None = None) -> None:
        super().__init__("no headline and no body", item=item)


class ArticleTooLarge(ArticleRefused):
    """More than a limit allows. `size` and `limit` are counted in `unit`: "bytes", "characters" or "items".

    `size` is None where reading stopped at the limit.
    """

    reason = "too-large"

    def __init__(self, size: int | None, limit: int, unit: str, *, item: int | str | None = None) -> None:
        found = f"more than {limit} {unit}" if size is None else f"{size} {unit}"
        super().__init__(
            f"{found}, at most {limit} are accepted",
            item=item,
            remedy="Raise the limit (`claimwire settings` lists `limits.…`) or split the article.",
        )
        self.size = size
        self.limit = limit
        self.unit = unit


class ExpandsTooMuch(ArticleRefused):
    """Compressed data that grows out of proportion: `limit` bytes out of one are accepted."""

    reason = "expands-too-much"

    def __init__(self, limit: int, *, item: int | str | None = None) -> None:
        super().__init__(
            f"one compressed byte gives more than {limit}: taken for an attack",
            item=item,
            remedy="If it is none, unpack it yourself, or raise limits.max_expansion.",
        )
        self.limit = limit


class UnsafeMarkup(ArticleRefused):
    """Markup that reaches outside the document or unfolds inside it. `detail`: what it does."""

    reason = "unsafe-markup"
    default_remedy = "Have its producer send it without a DOCTYPE that defines entities."


class ArticleTooDeep(ArticleRefused):
    """Elements or objects nested beyond `limit` levels."""

    reason = "too-deep"

    def __init__(self, limit: int, *, item: int | str | None = None) -> None:
        super().__init__(f"nested more than {limit} levels deep", item=item)
        self.limit = limit


class ArticleTooSlow(ArticleRefused):
    """Annotating took longer than `limit` seconds."""

    reason = "too-slow"

    def __init__(self, limit: float, *, item: int | str | None = None) -> None:
        super().__init__(
            f"not annotated within {limit:g} s",
            item=item,
            remedy="Raise limits.seconds_per_article, then `claimwire dead-letters retry`.",
        )
        self.limit = limit


class ProcessorKilled(ArticleRefused):
    """The process died each time that it worked on this record alone: out of memory, or a crash in native code."""

    reason = "killed-process"
    default_remedy = "See the processor's log for how it died; then `claimwire dead-letters retry`."

    def __init__(self, attempts: int, *, item: int | str | None = None) -> None:
        super().__init__(f"the process died {attempts} times while working on it alone", item=item)
        self.attempts = attempts


class NothingToWithdraw(ArticleRefused):
    """A null value withdraws the article that the key names; here there is no such key."""

    reason = "null-without-key"

    def __init__(self, detail: str = "a null value without a key", *, item: int | str | None = None) -> None:
        super().__init__(detail, item=item)


class MissingKey(ArticleRefused):
    """A structured article lacks a key (or element) that its format requires."""

    reason = "missing-key"

    def __init__(self, key: str, *, item: int | str | None = None) -> None:
        super().__init__(f"{key} is missing", item=item)
        self.key = key


class UnknownFormat(ArticleRefused):
    """No decoder for this content type, name or content. `known`: the names of those that there are."""

    reason = "unknown-format"

    def __init__(self, found: str, known: Sequence[str], *, item: int | str | None = None) -> None:
        super().__init__(
            f"no format is called or looks like {found}",
            item=item,
            remedy=f"Use one of: {', '.join(known)}.",
        )
        self.found = found
        self.known = tuple(known)
