"""Envoy's image on its way through a bundle, with a real daemon at both ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from lab_helpers.bundle.manifest import Manifest
from lab_helpers.bundle.opening import IMAGE, Bundle
from lab_helpers.bundle.parts import save_image
from lab_helpers.bundle.receiving import load_image
from lab_helpers.bundle.writing import write_bundle
from lab_helpers.docker_engine.images import has_image
from lab_helpers.errors import LaunchError
from tests.docker.standin_images import NO_ENVOY, REPOSITORY

BUNDLED = f"{REPOSITORY}/bundled:1"
MANIFEST = Manifest("linux-x86_64", ("3.11",), "", "", "", "", "", BUNDLED, {})


@pytest.fixture
def bundled(
    docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[docker.DockerClient]:
    docker_client.images.get(NO_ENVOY).tag(BUNDLED)
    monkeypatch.setenv("LAB_ENVOY_IMAGE", BUNDLED)
    yield docker_client
    if has_image(docker_client, BUNDLED):
        docker_client.images.remove(BUNDLED)


def make(tmp_path: Path, manifest: Manifest = MANIFEST) -> Path:
    parts = tmp_path / "parts"
    parts.mkdir()
    assert save_image(parts / IMAGE) == BUNDLED
    write_bundle(tmp_path / "lab.run", parts, manifest)
    return tmp_path / "lab.run"


def test_the_image_comes_out_under_its_name(bundled: docker.DockerClient, tmp_path: Path) -> None:
    before = bundled.images.get(BUNDLED).id
    file = make(tmp_path)
    bundled.images.remove(BUNDLED)
    assert not has_image(bundled, BUNDLED)
    with Bundle(file) as bundle:
        assert load_image(bundle) == f"  ✓ the image {BUNDLED}"
        assert bundled.images.get(BUNDLED).id == before
        assert "is there" in load_image(bundle)


def test_without_a_daemon_it_stays_where_it_is(
    bundled: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert save_image(tmp_path / "none") == ""
    assert not (tmp_path / "none").exists()
    with Bundle(file) as bundle:
        said = load_image(bundle)
    assert "stays in the bundle" in said
    assert "No Docker daemon answers" in said


def test_an_image_that_nobody_has_is_said_so(
    bundled: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ENVOY_IMAGE", f"localhost:1/{REPOSITORY}/none:1")
    with pytest.raises(LaunchError, match="registry cannot be reached"):
        save_image(tmp_path / "none")
