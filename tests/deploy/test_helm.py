"""The chart: its values against their schema, what it renders against Kubernetes' schemas. No cluster runs here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import orjson
import pytest
import yaml

from pipeline.settings_loading import ENV_PREFIX, explain
from tests.conftest import REPOSITORY

CHART = REPOSITORY / "deploy" / "helm" / "claimwire"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = yaml.safe_load((CHART / "values.schema.json").read_text())
HERE = Path(__file__).parent
KUBERNETES = kubernetes_validate.latest_version()  # whose schemas are asked
_CUSTOM = ("keda.sh", "monitoring.coreos.com")

# Values that turn everything on.
EVERYTHING = """
services:
  annotator: {autoscaling: {enabled: true}}
  relations: {autoscaling: {enabled: true}}
  gateway: {tokensSecret: gateway-tokens}
  view: {databaseSecret: view-database, tokenSecret: view-token}
  feeds: {enabled: true}
serviceMonitor: {enabled: true, labels: {release: monitoring}}
telemetry: {otlpEndpoint: "http://collector:4318/v1/traces"}
env: {CLAIMWIRE_DELIVERY: exactly_once}
secretMounts: [{name: more, path: /etc/more}]
"""


def template(helm: Path, values: Path, chart: Path = CHART) -> "subprocess.CompletedProcess[str]":
    # A Helm that `go install` made takes the cluster for one of 2020.
    command = [str(helm), "template", "news", str(chart), "--values", str(values), "--kube-version", KUBERNETES]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rendered(helm: Path, folder: Path, values: str = "{}") -> list[dict[str, Any]]:
    file = folder / "values.yaml"
    file.write_text(values)
    done = template(helm, file)
    assert done.returncode == 0, done.stderr
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def problems(helm: Path, npm: Path, folder: Path, values: str = EVERYTHING, chart: Path = CHART) -> list[str]:
    """What Helm, Kubernetes' schemas and those of the operators find wrong with the chart under these values."""
    file = folder / "values.yaml"
    file.write_text(values)
    lint = [str(helm), "lint", "--strict", str(chart), "--values", str(file), "--kube-version", KUBERNETES]
    linted = subprocess.run(lint, capture_output=True, text=True, check=False)
    made = template(helm, file, chart)
    if linted.returncode or made.returncode:
        return [linted.stdout + linted.stderr + made.stderr]
    resources = [resource for resource in yaml.safe_load_all(made.stdout) if resource]
    found = []
    for resource in resources:
        if resource["apiVersion"].split("/")[0] not in _CUSTOM:
            try:
                kubernetes_validate.validate(resource, KUBERNETES, strict=True)
            except kubernetes_validate.ValidationError as error:
                found.append(f"{resource['kind']} {resource['metadata']['name']}: {error}")
    custom = [resource for resource in resources if resource["apiVersion"].split("/")[0] in _CUSTOM]
    said = subprocess.run(
        ["node", str(HERE / "validate_custom.mjs")],
        cwd=npm,
        input=orjson.dumps(custom),
        capture_output=True,
        check=True,
    )
    names = [(resource["kind"], resource["metadata"]["name"]) for resource in resources]
    twice = [f"{kind} {name} twice" for kind, name in set(names) if names.count((kind, name)) > 1]
    return found + [problem for problem in orjson.loads(said.stdout) if problem] + twice


def test_the_values_are_what_their_schema_says() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(VALUES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"replicas": 3},
        {"kafka": {**VALUES["kafka"], "securityProtocol": "TLS"}},
        {"services": {"annotator": {"replicas": "two"}}},
        {"services": {"anotator": {}}},
        {"env": {"claimwire_delivery": "x"}},
        {"topicPrefix": "news/"},
    ],
)
def test_the_schema_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate({**VALUES, **wrong})


@pytest.mark.usefixtures("bare")
def test_every_setting_exists() -> None:
    names = {ENV_PREFIX + setting.name.replace(".", "__").upper() for setting in explain()}
    templates = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    assert set(re.findall(rf"{ENV_PREFIX}\w+", templates)) <= names


@pytest.mark.parametrize("values", ["{}", EVERYTHING, "kafka: {securityProtocol: PLAINTEXT}"])
def test_nobody_finds_anything_wrong(helm: Path, npm_packages: Path, values: str, tmp_path: Path) -> None:
    assert problems(helm, npm_packages, tmp_path, values) == []


# By kind of resource: the file, what is in it, and what is put there instead.
BROKEN = {
    "Deployment": ("deployments.yaml", "containerPort: {{ $.Values.telemetry.port }}", "containerPort: telemetry"),
    "Deployment, unknown field": ("deployments.yaml", "readOnlyRootFilesystem:", "readOnlyFilesystem:"),
    "Deployment, probe": ("deployments.yaml", "httpGet: {path: /ready, port: telemetry}", "httpGet: {path: /ready}"),
    "PersistentVolumeClaim": ("deployments.yaml", "accessModes: [ReadWriteOnce]", "accessModes: ReadWriteOnce"),
    "Service": ("services.yaml", "targetPort: telemetry", "targetPorts: telemetry"),
    "PodDisruptionBudget": ("services.yaml", "maxUnavailable: {{", "maxUnavailible: {{"),
    "NetworkPolicy": ("services.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: Ingress"),
    "ServiceMonitor": ("services.yaml", "  endpoints:", "  endpoint:"),
    "ScaledObject": ("scaledobjects.yaml", "scaleTargetRef:", "scaleTarget:"),
    "ScaledObject, a number": ("scaledobjects.yaml", "lagThreshold | quote }}", "lagThreshold }}"),
    "TriggerAuthentication": ("scaledobjects.yaml", "{parameter: ca,", "{parameters: ca,"),
    "a template": ("_helpers.tpl", "{{- end }}", ""),
    "two of one name": (
        "services.yaml",
        'kind: Service\nmetadata:\n  name: {{ include "claimwire.name" $context }}',
        "kind: Service\nmetadata:\n  name: one",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_and_they_would(helm: Path, npm_packages: Path, what: str, tmp_path: Path) -> None:
    name, sound, broken = BROKEN[what]
    chart = tmp_path / "claimwire"
    shutil.copytree(CHART, chart)
    file = chart / "templates" / name
    assert sound in file.read_text()
    file.write_text(file.read_text().replace(sound, broken))
    assert problems(helm, npm_packages, tmp_path, EVERYTHING, chart)


def test_a_wrong_value_is_refused(helm: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="securityProtocol"):
        rendered(helm, tmp_path, "kafka: {securityProtocol: TLS}")


def test_every_pod_is_locked_down_and_probed(helm: Path, tmp_path: Path) -> None:
    deployments = [resource for resource in rendered(helm, tmp_path, EVERYTHING) if resource["kind"] == "Deployment"]
    assert {d["metadata"]["name"] for d in deployments} == {f"news-{name}" for name in VALUES["services"]}
    for deployment in deployments:
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {container[f"{probe}Probe"]["httpGet"]["port"] for probe in ("startup", "liveness", "readiness")} == {
            "telemetry"
        }
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in pod["volumes"]}


def test_keda_scales_by_the_lag_of_the_right_group(helm: Path, tmp_path: Path) -> None:
    resources = rendered(helm, tmp_path, EVERYTHING)
    (scaled,) = [r for r in resources if r["kind"] == "ScaledObject" and r["metadata"]["name"] == "news-annotator"]
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["consumerGroup"] == "claimwire.annotator"
    assert trigger["metadata"]["topic"] == "claimwire.articles.raw"
    assert trigger["metadata"]["excludePersistentLag"] == trigger["metadata"]["limitToPartitionsWithLag"] == "true"
    (deployment,) = [r for r in resources if r["kind"] == "Deployment" and r["metadata"]["name"] == "news-annotator"]
    assert "replicas" not in deployment["spec"]
    references = {r["metadata"]["name"] for r in resources if r["kind"] == "TriggerAuthentication"}
    assert trigger["authenticationRef"]["name"] in references
