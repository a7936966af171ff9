"""Every client against a real broker that lets in only whom it knows."""

import asyncio
import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from pipeline.errors import AccessDenied, BrokerUnavailable, SettingsInvalid
from pipeline.grants import GRANTS, Grant
from pipeline.processors.endings import Ending
from pipeline.settings import KafkaSettings, ProcessorSettings, Settings
from pipeline.topics import ARTICLES_RAW, TOPICS
from pipeline.wire import admin, connection, diagnosis
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.broker.ports import free_ports
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.producer import Producer
from pipeline.wire.security import ssl_context
from tests.processors.harness import PATIENCE, Wire, Worker, annotator, relations, story, until, variables
from tests.secure import PASSWORD, Guarded, guarded

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Guarded, LocalBroker]]:
    with guarded(tmp_path_factory.mktemp("secure")) as found:
        yield found


@pytest.fixture
def site(secured: tuple[Guarded, LocalBroker]) -> Guarded:
    return secured[0]


@pytest.fixture
def plain(site: Guarded, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of the tests' own way in, with every topic made."""
    settings = Settings(
        topic_prefix=f"s{os.getpid()}-{abs(hash(request.node.name))}.",
        state_dir=tmp_path / "state",
        kafka=KafkaSettings(bootstrap_servers=site.plain),
        processor=ProcessorSettings(session_seconds=6, stall_seconds=20),
    )
    admin.apply(settings)
    return settings


def secure(settings: Settings, kafka: KafkaSettings) -> Settings:
    return settings.model_copy(update={"kafka": kafka})


WAYS_IN: dict[str, Callable[[Guarded], KafkaSettings]] = {
    "certificate": lambda site: site.certificate(),
    "scram": lambda site: site.login(),
    "plain": lambda site: site.login(mechanism="PLAIN"),
    "token": lambda site: site.token(),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["certificate", "scram", "token"])
def test_an_annotator_with_acls_for_its_own_topics_works(way: str, site: Guarded, plain: Settings) -> None:
    """Faust's consumer, aiokafka's producers and readers, kafka-python's admin: each is let in by each way."""
    site.allow("annotator", GRANTS["annotator"], plain)
    wire = Wire(plain)
    wire.stories(5)
    guest = secure(plain, WAYS_IN[way](site))
    with annotator_with(wire, guest) as worker:
        assert len(wire.wait("articles.annotated", 5)) == 5
        wire.settled()
        assert worker.stop() == 0
        said = worker.text()
    wire.close()
    assert PASSWORD not in said
    assert said.count("took TopicPartition") == 4


@contextmanager
def annotator_with(wire: Wire, settings: Settings) -> Iterator[Worker]:
    """One that reaches the cluster by other settings than the test."""
    own, wire.settings = wire.settings, settings
    try:
        with annotator(wire) as worker:
            wire.settings = own
            yield worker
    finally:
        wire.settings = own


@pytest.mark.parametrize("way", WAYS_IN)
def test_both_clients_send_by_each_way(way: str, site: Guarded, plain: Settings) -> None:
    site.allow("annotator", Grant({ARTICLES_RAW.name: frozenset({"READ", "WRITE", "DESCRIBE"})}), plain)
    settings = secure(plain, WAYS_IN[way](site))
    topic = ARTICLES_RAW.full_name(plain.topic_prefix)
    with Producer(settings, client="test") as producer:
        producer.send(Outgoing(topic, b"a", b"x", [], 0))

    async def send() -> None:
        async with AIOKafkaProducer(**connection.aiokafka(settings, client="test")) as producer:
            await producer.send_and_wait(topic, b"y", partition=0)

    asyncio.run(send())
    wire = Wire(plain)
    assert [record.value for record in wire.wait("articles.raw", 2)] == [b"x", b"y"]
    wire.close()


DENIED: dict[str, tuple[Callable[[Guarded], KafkaSettings], str, str]] = {
    "wrong password": (lambda site: site.login(password="wrong"), "refuses the user annotator", "kafka.password"),
    "wrong password, PLAIN": (
        lambda site: site.login(mechanism="PLAIN", password="wrong"),
        "refuses the user annotator",
        "kafka.password",
    ),
    "unknown user": (lambda site: site.login("nobody"), "refuses the user nobody", "kafka.username"),
    "unsupported": (lambda site: site.login(mechanism="SCRAM-SHA-256"), "takes no", "kafka.sasl_mechanism"),
    "expired": (lambda site: site.certificate("expired"), "has expired on", "kafka.certificate_file"),
    "forged": (lambda site: site.certificate("forged"), "does not take our certificate", "kafka.certificate_file"),
    "no certificate": (
        lambda site: site.certificate(certificate_file=None),
        "does not take our certificate",
        "kafka.certificate_file",
    ),
    "another authority": (
        lambda site: site.login(ca_file=site.folder / "other-ca.pem"),
        "unable to get local issuer certificate",
        "kafka.ca_file",
    ),
    "no token": (lambda site: site.token(token_file=site.folder / "broker.pem"), "refuses the token", "kafka.token"),
}


@pytest.mark.parametrize("why", DENIED)
def test_the_cause_and_the_setting_are_named(why: str, site: Guarded) -> None:
    made, cause, setting = DENIED[why]
    kafka = made(site)
    with pytest.raises(AccessDenied, match=cause) as caught:
        diagnosis.check(kafka, [kafka.bootstrap_servers])
    assert setting in caught.value.remedy
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "kafka",
    [
        lambda site: KafkaSettings(bootstrap_servers=site.sasl),
        lambda site: site.login(bootstrap_servers=site.plain),
        lambda site: site.certificate(bootstrap_servers=site.sasl),
    ],
    ids=["plain to TLS", "TLS to plain", "no login to SASL"],
)
def test_a_protocol_that_does_not_fit_is_guessed_at(
    kafka: Callable[[Guarded], KafkaSettings], site: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is starting or stopping looks the same: so it is waited for."""
    monkeypatch.setattr(connection, "PATIENCE_MS", 1000)
    with pytest.raises(BrokerUnavailable, match=r"does kafka\.security_protocol fit"):
        admin.partition_counts(Settings(kafka=kafka(site)), ["x"])


def test_missing_acls_are_named_one_by_one(site: Guarded, plain: Settings) -> None:
    grant = GRANTS["annotator"]
    site.allow("newcomer", replace(grant, topics={"articles.raw": frozenset({"DESCRIBE"})}, group=None), plain)
    with pytest.raises(AccessDenied) as caught:
        admin.check_grant(secure(plain, site.login("newcomer")), grant)
    prefix = plain.topic_prefix
    assert f"READ on topic {prefix}articles.raw" in caught.value.message
    assert f"DESCRIBE/WRITE on topic {prefix}claims" in caught.value.message
    assert f"READ on group {prefix}annotator" in caught.value.message
    admin.check_grant(plain, grant)


STOPS: dict[str, tuple[Callable[[Guarded], KafkaSettings], str]] = {
    "wrong password": (lambda site: site.login(password="wrong"), "kafka.password"),
    "expired certificate": (lambda site: site.certificate("expired"), "kafka.certificate_file"),
    "no ACL": (lambda site: site.login("stranger"), "READ on topic"),
}


@pytest.mark.slow
@pytest.mark.parametrize("why", STOPS)
def test_an_annotator_that_is_not_let_in_ends_and_loses_nothing(why: str, site: Guarded, plain: Settings) -> None:
    """As `claimwire run annotator`, with its supervisor, which must not try for ever."""
    wire = Wire(plain)
    wire.send((b"a", story("a")))
    made, named = STOPS[why]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "run", "annotator"],
        env={**os.environ, **variables(secure(plain, made(site)))},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == Ending.MISCONFIGURED, done.stderr
    assert "no access to the Kafka cluster" in done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "wrong" not in done.stderr
    site.allow("annotator", GRANTS["annotator"], plain)
    with annotator_with(wire, secure(plain, site.login())):
        assert [record.key for record in wire.wait("articles.annotated", 1)] == [b"a"]
    wire.close()


@pytest.mark.slow
def test_a_missing_acl_for_transactions_ends_it_too(site: Guarded, plain: Settings) -> None:
    """The one thing that cannot be asked about beforehand."""
    site.allow("newcomer", GRANTS["annotator"], plain, without="TRANSACTIONAL_ID")
    wire = Wire(plain)
    wire.send((b"a", story("a")))
    with annotator_with(wire, secure(plain, site.login("newcomer"))) as worker:
        assert worker.wait() == Ending.MISCONFIGURED
        assert "no ACL for the transactional id" in worker.text()
    wire.close()


Ask = Callable[[str], "httpx.Response"]


@contextmanager
def service(settings: Settings, log: Path, *command: str) -> Iterator[Ask]:
    """`claimwire …` with these settings; asks its telemetry. It must not have complained, and end when asked."""
    port = free_port()
    telemetry = settings.telemetry.model_copy(update={"port": port})
    environment = variables(settings.model_copy(update={"telemetry": telemetry}))
    # Kafka's own clients would not say what they are refused.
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", *command],
            env={**os.environ, **environment},
            stdout=out,
            stderr=out,
        )
    try:
        yield lambda path: httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10)
        process.terminate()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
    said = log.read_text()
    assert "no access" not in said, said
    assert "Authorization" not in said, said


def answered(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    try:
        return ask()
    except httpx.TransportError:
        return None


@pytest.mark.slow
def test_every_service_works_with_its_own_grant_and_tells_of_itself(
    site: Guarded, plain: Settings, tmp_path: Path
) -> None:
    """From the gateway to the page and to files, each process as its own user; and a replay by the operator."""
    names = ("annotator", "relations", "gateway", "feeds", "view", "sink", "operator")
    for name in names:
        site.allow(name, GRANTS[name], plain)
    http, page = free_ports(2)
    shared = plain.model_copy(
        update={
            "gateway": plain.gateway.model_copy(update={"port": http}),
            "view": plain.view.model_copy(update={"port": page}),
        }
    )
    own = {name: secure(shared, site.login(name)).model_copy(update={"state_dir": tmp_path / name}) for name in names}
    wire, asks = Wire(plain), {}
    commands = {
        "gateway": ("run", "gateway"),
        "feeds": ("run", "feeds"),
        "view": ("run", "view"),
        "sink": ("sink", "jsonl", str(tmp_path / "files"), "--topic", "relations", "--every", "1"),
    }
    with ExitStack() as running:
        for name, command in commands.items():
            asks[name] = running.enter_context(service(own[name], tmp_path / f"{name}.log", *command))
        ports = dict(zip(("annotator", "relations"), free_ports(2), strict=True))
        workers = {}
        for name, start in (("annotator", annotator), ("relations", relations)):
            telemetry = plain.telemetry.model_copy(update={"port": ports[name]})
            wire.settings = own[name].model_copy(update={"telemetry": telemetry})
            workers[name] = running.enter_context(start(wire))
            asks[name] = functools.partial(lambda port, path: httpx.get(f"http://127.0.0.1:{port}{path}"), ports[name])
            wire.settings = plain
        for article, sentence in (("one", "Anna says the bridge is open."), ("two", "Bert says the bridge is open.")):
            posted = until(
                lambda article=article, sentence=sentence: answered(  # type: ignore[misc]
                    lambda: httpx.post(
                        f"http://127.0.0.1:{http}/articles",
                        content=story(article, f"In Tern. {sentence}", headline=f"News of Tern: {article}"),
                        headers={"content-type": "application/json"},
                        timeout=30,
                    )
                ),
                lambda answer: answer is not None and answer.status_code == 202,
            )
            assert posted is not None, (tmp_path / "gateway.log").read_text()
            assert posted.status_code == 202, posted.text
        assert len(wire.wait("relations", 1)) == 1, workers["relations"].text()
        for name, ask in asks.items():
            ready = until(lambda ask=ask: answered(lambda: ask("/ready")), lambda a: a is not None and a.is_success)  # type: ignore[misc]
            assert ready is not None, name
            assert ready.json() == {"status": "ready", "missing": {}}, name
            assert ask("/health").json() == {"status": "alive"}
        found = asks["relations"]("/metrics").text
        assert 'claimwire_relations_total{kind="between-sources",label="agree"} 1.0' in found
        assert re.search(r"claimwire_compared_claims_total [1-9]", found)
        assert re.search(r'claimwire_window_claims\{partition="0"\} [1-9]', found)
        assert re.search(r"claimwire_queue_wait_seconds_count [1-9]", found)
        assert 'claimwire_produced_articles_total{service="gateway"} 2.0' in asks["gateway"]("/metrics").text
        stored = f'claimwire_stored_records_total{{topic="{wire.name(TOPICS["relations"])}"}} 1.0'
        for name in ("sink", "view"):
            assert stored in until(lambda ask=asks[name]: ask("/metrics").text, lambda text: stored in text)  # type: ignore[misc]
        archive = tmp_path / "archive.jsonl"
        archive.write_bytes(story("old") + b"\n")
        replay = ("replay", "--run", "may", "--archive", str(archive), "--no-annotate")
        replayed = subprocess.run(
            [sys.executable, "-m", "pipeline.cli.main", *replay],
            env={**os.environ, **variables(own["operator"])},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert "sent 1 articles" in replayed.stdout, replayed.stderr
        figures = until(
            lambda: httpx.get(f"http://127.0.0.1:{page}/operations.json").json(),
            lambda shown: shown["groups"] and any(run["complete"] for run in shown["runs"]),
        )
        assert figures["groups"], "the page may not see how far the annotator is"
        assert [(run["name"], run["complete"]) for run in figures["runs"]] == [("may", True)]
        assert not figures["problem"]
        assert workers["annotator"].stop() == workers["relations"].stop() == 0
    wire.close()


def test_expiry_is_read_from_any_certificate(site: Guarded, tmp_path: Path) -> None:
    found = diagnosis.expiry(site.folder / "expired.pem")
    assert found is not None
    assert found < datetime.now(UTC)
    assert diagnosis.expiry(site.folder / "annotator.pem") == datetime(3000, 1, 1, tzinfo=UTC)
    (tmp_path / "none.pem").write_text("none")
    assert diagnosis.expiry(tmp_path / "none.pem") is None


def test_files_that_are_not_there_are_named(site: Guarded) -> None:
    with pytest.raises(SettingsInvalid, match=r"kafka\.ca_file"):
        ssl_context(site.login(ca_file=site.folder / "absent.pem"))
    with pytest.raises(SettingsInvalid, match=r"kafka\.certificate_file"):
        ssl_context(site.certificate(key_file=site.folder / "ca.pem"))
