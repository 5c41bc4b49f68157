"""Run Envoy in Docker, behind the same interface as the native launcher."""

from __future__ import annotations

from lab_helpers.launch.docker.launcher import DockerLauncher

__all__ = ["DockerLauncher"]
