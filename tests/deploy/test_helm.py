"""The chart: its values against their schema, what it renders against Kubernetes' schemas. No cluster runs here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from pipeline.settings_loading import ENV_PREFIX, explain
from tests.conftest import REPOSITORY

CHART = REPOSITORY / "deploy" / "helm" / "claimwire"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = yaml.safe_load((CHART / "values.schema.json").read_text())
HELM = shutil.which("helm")

needs_helm = pytest.mark.skipif(
    HELM is None, reason="no helm on this machine (go install helm.sh/helm/v3/cmd/helm@latest)"
)

# Values that turn everything on.
EVERYTHING = """
services:
  annotator: {autoscaling: {enabled: true}}
  relations: {autoscaling: {enabled: true}}
  gateway: {tokensSecret: gateway-tokens}
  feeds: {enabled: true}
serviceMonitor: {enabled: true, labels: {release: monitoring}}
telemetry: {otlpEndpoint: "http://collector:4318/v1/traces"}
env: {CLAIMWIRE_DELIVERY: exactly_once}
secretMounts: [{name: more, path: /etc/more}]
"""


def rendered(tmp_path: Path, values: str = "{}") -> list[dict[str, Any]]:
    file = tmp_path / "values.yaml"
    file.write_text(values)
    assert HELM is not None
    done = subprocess.run(
        [HELM, "template", "news", str(CHART), "--values", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


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


@needs_helm
@pytest.mark.parametrize("values", ["{}", EVERYTHING, "kafka: {securityProtocol: PLAINTEXT}"])
def test_what_it_renders_is_kubernetes(values: str, tmp_path: Path) -> None:
    version = kubernetes_validate.latest_version()
    resources = rendered(tmp_path, values)
    for resource in resources:
        if resource["apiVersion"].split("/")[0] not in ("keda.sh", "monitoring.coreos.com"):
            kubernetes_validate.validate(resource, version, strict=True)
    names = [(resource["kind"], resource["metadata"]["name"]) for resource in resources]
    assert len(set(names)) == len(names)


@needs_helm
def test_helm_finds_nothing_wrong(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(EVERYTHING)
    assert HELM is not None
    done = subprocess.run(
        [HELM, "lint", "--strict", str(CHART), "--values", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_helm
def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="securityProtocol"):
        rendered(tmp_path, "kafka: {securityProtocol: TLS}")


@needs_helm
def test_every_pod_is_locked_down_and_probed(tmp_path: Path) -> None:
    deployments = [resource for resource in rendered(tmp_path, EVERYTHING) if resource["kind"] == "Deployment"]
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


@needs_helm
def test_keda_scales_by_the_lag_of_the_right_group(tmp_path: Path) -> None:
    resources = rendered(tmp_path, EVERYTHING)
    (scaled,) = [r for r in resources if r["kind"] == "ScaledObject" and r["metadata"]["name"] == "news-annotator"]
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["consumerGroup"] == "claimwire.annotator"
    assert trigger["metadata"]["topic"] == "claimwire.articles.raw"
    assert trigger["metadata"]["excludePersistentLag"] == trigger["metadata"]["limitToPartitionsWithLag"] == "true"
    (deployment,) = [r for r in resources if r["kind"] == "Deployment" and r["metadata"]["name"] == "news-annotator"]
    assert "replicas" not in deployment["spec"]
    references = {r["metadata"]["name"] for r in resources if r["kind"] == "TriggerAuthentication"}
    assert trigger["authenticationRef"]["name"] in references
