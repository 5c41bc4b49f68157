"""Manifests and image: what the clusters' own schemas say of them, and what is refused before."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ruamel.yaml

from lab_helpers.commands.given_settings import read_settings
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.errors import ConfigurationError
from lab_helpers.manifests import Order, Written, write_manifests
from tests.conftest import TellFault

SCHEMAS = Path(__file__).with_name("schemas")
IMAGE = "registry.example.com/filters/hello:v1"
KINDS = {
    "trafficextension.yaml": "TrafficExtension",
    "wasmplugin.yaml": "WasmPlugin",
    "envoyextensionpolicy.yaml": "EnvoyExtensionPolicy",
}


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Module:
    """A filter that is compiled in no time."""
    return compile_filter("hello_c", tmp_path_factory.mktemp("module") / "hello_c.wasm")


def order(**changed: Any) -> Order:  # whichever field a test is about
    return Order(**{"name": "hello_c", "image": IMAGE} | changed)


def objects(written: Written) -> dict[str, dict[str, Any]]:
    yaml = ruamel.yaml.YAML(typ="safe")
    return {KINDS[file.name]: yaml.load(file) for file in written.files}


def strict(schema: Any) -> Any:  # any part of a schema
    """Return a schema that takes no field of which it says nothing, as kubectl wants it."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: strict(part) for key, part in schema.items()}
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def judge(kind: str, value: Mapping[str, Any]) -> list[str]:
    schema = strict(json.loads((SCHEMAS / f"{kind}.json").read_text()))
    for known in ("apiVersion", "kind", "metadata"):  # the server itself judges these
        schema["properties"][known] = {}
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(value)]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"settings": {"tick_ms": 1000, "deep": {"list": [1, "two", None, 3.5]}, "ümlaut": "☃: #"}},
        {"failure_policy": "fail_open", "selector": ("app.example.com/name", "web")},
        {"failure_policy": "fail_reload", "namespace": "edge", "gateway": "eg"},
    ],
)
def test_each_object_is_as_its_api_wants_it(
    hello: Module, tmp_path: Path, changed: dict[str, Any]
) -> None:
    wanted = order(**changed)
    written = write_manifests(hello, wanted, tmp_path / "out")
    found = objects(written)
    assert set(found) == set(KINDS.values())
    for kind, value in found.items():
        assert value["kind"] == kind
        assert judge(kind, value) == []
        assert value["metadata"]["namespace"] == wanted.namespace
    traffic = found["TrafficExtension"]["spec"]
    policy = found["EnvoyExtensionPolicy"]["spec"]["wasm"][0]
    settings = dict(wanted.settings)
    assert traffic["wasm"].get("pluginConfig", {}) == policy.get("config", {}) == settings
    assert traffic["wasm"]["pluginName"] == policy["rootID"] == "hello_c"
    assert traffic["wasm"]["sha256"] == policy["code"]["image"]["sha256"] == written.digest
    assert traffic["wasm"]["url"] == f"oci://{IMAGE}"
    plugin = {k: v for k, v in found["WasmPlugin"]["spec"].items() if k != "selector"}
    assert plugin == traffic["wasm"]


@pytest.mark.parametrize(
    ("kind", "way", "value"),
    [
        ("TrafficExtension", ("spec", "phase"), "NOPE"),
        ("TrafficExtension", ("spec", "wasm", "failStrategy"), "FAIL_MAYBE"),
        ("WasmPlugin", ("spec", "root_id"), "hello"),
        ("EnvoyExtensionPolicy", ("spec", "wasm", 0, "code", "type"), "Local"),
        ("EnvoyExtensionPolicy", ("spec", "wasm", 0, "reload"), True),
    ],
)
def test_the_schemas_refuse_what_a_cluster_would(
    hello: Module, tmp_path: Path, kind: str, way: tuple[Any, ...], value: object
) -> None:
    found: Any = objects(write_manifests(hello, order(), tmp_path / "out"))[kind]
    place = found
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    assert judge(kind, found)


def test_the_image_holds_the_module_and_each_digest_is_right(hello: Module, tmp_path: Path) -> None:
    written = write_manifests(hello, order(), tmp_path / "out")
    index = json.loads((written.image / "index.json").read_text())
    assert json.loads((written.image / "oci-layout").read_text())["imageLayoutVersion"] == "1.0.0"

    def blob(named: Mapping[str, Any]) -> bytes:
        algorithm, digest = named["digest"].split(":")
        content = (written.image / "blobs" / algorithm / digest).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert len(content) == named["size"]
        return bytes(content)

    (entry,) = index["manifests"]
    assert entry["digest"] == f"sha256:{written.digest}"
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "v1"
    manifest = json.loads(blob(entry))
    # Istio's fetcher asks for exactly one layer of this type (pkg/wasm/imagefetcher.go).
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+gzip"
    packed = blob(layer)
    config = json.loads(blob(manifest["config"]))
    unpacked = hashlib.sha256(gzip.decompress(packed)).hexdigest()
    assert config["rootfs"]["diff_ids"] == [f"sha256:{unpacked}"]
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        (member,) = archive.getmembers()
        inside = archive.extractfile(member)
        assert member.name == "plugin.wasm"
        assert inside is not None
        assert inside.read() == hello.path.read_bytes()


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_a_text_stays_a_text_whatever_yaml_would_make_of_it(
    hello: Module, tmp_path: Path, version: tuple[int, int]
) -> None:
    words = [
        "on",
        "no",
        "~",
        "12:30",
        "0x1F",
        "1e5",
        "0123",
        "1_000",
        "null",
        "<<",
        "- a",
        "a: b",
        "",
    ]
    settings = {"texts": words, **{word: word for word in words}, "number": 12, "yes": True}
    written = write_manifests(
        hello, order(settings=settings, selector=("no", "yes")), tmp_path / "out"
    )
    yaml = ruamel.yaml.YAML(typ="safe")
    yaml.version = version
    traffic = yaml.load(written.files[0])["spec"]
    policy = yaml.load(written.files[2])["spec"]["wasm"][0]
    assert traffic["wasm"]["pluginConfig"] == policy["config"] == settings
    assert traffic["selector"]["matchLabels"] == {"no": "yes"}
    assert isinstance(traffic["wasm"]["sha256"], str)


def test_the_same_module_makes_the_same_image_and_another_one_another(
    hello: Module, tmp_path: Path
) -> None:
    digests = [write_manifests(hello, order(), tmp_path / name).digest for name in ("a", "b", "a")]
    assert len(set(digests)) == 1
    (tmp_path / "changed").mkdir()
    shutil.copytree("filter/hello_c", tmp_path / "changed" / "hello_c")
    source = tmp_path / "changed" / "hello_c" / "hello.c"
    source.write_text(source.read_text().replace("hello from wasm", "hello from the cluster"))
    other = compile_filter(tmp_path / "changed" / "hello_c", tmp_path / "other.wasm")
    assert write_manifests(other, order(), tmp_path / "c").digest not in digests


def test_what_an_api_cannot_say_is_said_above_it(hello: Module, tmp_path: Path) -> None:
    token = {"authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl", "a": 1}
    wanted = order(failure_policy="fail_reload", settings=token)
    written = write_manifests(hello, wanted, tmp_path / "out")
    policy = (written.folder / "envoyextensionpolicy.yaml").read_text()
    assert "# ! It cannot say fail_reload" in policy
    assert "# ! The setting authorization looks like a secret." in policy
    assert any("looks like a secret" in remark for remark in written.remarks)
    assert not any("setting a " in remark for remark in written.remarks)
    for file in written.files:
        assert "StopIteration" in file.read_text()
        assert "clusters after routes" not in file.read_text(), "this filter calls none"


@pytest.mark.fault("A filter's name, image, label or settings that no cluster takes")
def test_what_no_cluster_takes_is_refused(fault: TellFault) -> None:
    for field, value, said in [
        ("name", "Hello", "'Hello' as the filter's name"),
        ("name", "x" * 64, "as the filter's name"),
        ("name", "-a", "'-a' as the filter's name"),
        ("namespace", "a_b", "'a_b' as the namespace"),
        ("gateway", "a/b", "'a/b' as the Gateway's name"),
        ("image", "Registry/Upper:v1", "as the image"),
        ("image", "registry.example.com/a b", "as the image"),
        ("image", "oci://registry.example.com/a", "as the image"),
        ("image", "alone", "'alone' as the image"),
        ("selector", ("app", "a b"), "'a b' as the label's value"),
        ("selector", ("", "a"), "'' as the label's name"),
        ("failure_policy", "never", "no failure policy 'never'"),
        ("settings", ["a"], "no object"),
        ("name", "My_Filter", "'My_Filter' as the filter's name"),
        ("gateway", "a..b", "'a..b' as the Gateway's name"),
        ("image", "registry.example.com/a:ümlaut", "as the image"),
        ("image", "registry.example.com:٣/a:v1", "as the image"),
        ("image", "registry..example.com/a:v1", "as the image"),
        ("settings", {"a": float("nan")}, "no JSON"),
        ("settings", {"a": {1: 2}}, "no text: 1"),
        ("settings", {"a": ["\ud800"]}, "half of a character"),
        ("settings", {"\udfff": 1}, "half of a character"),
        ("settings", {"a": 2**53 + 1}, "would round"),
        ("settings", {"a": -(10**400)}, "would round"),
        ("settings", nested(200), "deeper than 100"),
        ("settings", nested(5_000), "deeper than 100"),
        ("settings", {"a": "x" * 1_100_000}, "1,000,000 bytes"),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            order(**{field: value})
        assert said in str(caught.value)
        assert caught.value.hint
    with pytest.raises(ConfigurationError) as caught:
        order(namespace="my_namespace")
    fault(caught.value, kept="what was written before")


@pytest.mark.fault("`lab manifests` is to write into a folder that holds something else")
def test_nobody_elses_folder_is_replaced(hello: Module, tmp_path: Path, fault: TellFault) -> None:
    write_manifests(hello, order(), tmp_path / "out")
    (tmp_path / "out" / "kustomization.yaml").write_text("resources: []\n")
    with pytest.raises(ConfigurationError, match=r"kustomization\.yaml") as caught:
        write_manifests(hello, order(), tmp_path / "out")
    assert (tmp_path / "out" / "kustomization.yaml").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="is no folder"):
        write_manifests(hello, order(), tmp_path / "file")
    for nowhere in (tmp_path / "file" / "out", Path("/proc/out")):
        with pytest.raises(ConfigurationError, match="out cannot be written to"):
            write_manifests(hello, order(), nowhere)
    fault(caught.value, kept="the folder, as it was")


@pytest.mark.parametrize(
    "name",
    [
        "image/holiday.jpg",
        "image/blobs/sha256/notes.txt",
        "image/layers/",
        "wasmplugin.yaml",
        "image/index.json/",
    ],
)
def test_what_has_the_name_of_the_labs_own_is_not_replaced(
    hello: Module, tmp_path: Path, name: str
) -> None:
    place = tmp_path / "out" / name
    if name.endswith("/"):
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True)
        place.write_text("kind: mine\n")
    with pytest.raises(ConfigurationError, match="would be lost") as caught:
        write_manifests(hello, order(), tmp_path / "out")
    assert name.rstrip("/") in str(caught.value)
    assert place.exists()


def test_a_link_in_the_folder_is_not_followed(hello: Module, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.json").write_text("{}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "image").symlink_to(mine)
    with pytest.raises(ConfigurationError, match="would be lost: image"):
        write_manifests(hello, order(), tmp_path / "out")
    assert (mine / "index.json").exists()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"auth": {"password": "hunter2"}}, "auth.password"),
        ({"list": [{"api_key": "k"}]}, "list.0.api_key"),
        ({"keys": {"s3cr3t": "alice"}}, "keys"),
        ({"authorization": "Basic dXNlcjpwYXNz"}, "authorization"),
        ({"header": "Basic dXNlcjpwYXNz"}, "header"),
        ({"pem": "-----BEGIN PRIVATE KEY-----"}, "pem"),
        ({"secret\nspec: {}": "x"}, r"secret\nspec: {}"),
        ({"secret\u0085\x1b[31m": "x"}, r"secret\x85\x1b[31m"),
        ({"token_path": "/auth", "key_header": "x-api-key", "token": 5, "secret": ""}, None),
    ],
)
def test_each_secret_is_named_and_its_value_never_above_the_object(
    hello: Module, tmp_path: Path, settings: dict[str, Any], named: str | None
) -> None:
    written = write_manifests(hello, order(settings=settings), tmp_path / "out")
    for file in written.files:
        lines = file.read_text().splitlines()
        head = lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))]
        assert lines[len(head)].startswith("apiVersion")
        warned = [line for line in head if "looks like a secret" in line]
        if named is None:
            assert warned == []
        else:
            assert [line.split()[4] for line in warned] == [named.split()[0]]
            assert named in warned[0]
        assert not any("hunter2" in line or "s3cr3t" in line for line in head)
    assert objects(written)["TrafficExtension"]["spec"]["wasm"]["pluginConfig"] == settings


@pytest.mark.parametrize("text", ["[" * 3_000, '{"a": ' + "1" * 6_000 + "}"])
def test_settings_that_python_cannot_read_are_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigurationError, match="too deep, or holds too long a number") as caught:
        read_settings(text)
    assert caught.value.hint


def test_what_a_wasm_service_would_write_is_said_whatever_the_filter_is_called(
    hello: Module, tmp_path: Path
) -> None:
    reader = dataclasses.replace(hello, imports=(*hello.imports, "env.proxy_get_shared_data"))
    written = write_manifests(reader, order(), tmp_path / "out")
    assert all("! The filter reads data that VMs share" in one.read_text() for one in written.files)
    other = write_manifests(hello, order(name="service"), tmp_path / "other")
    assert not any("VMs share" in one.read_text() for one in other.files)


def test_a_gateways_name_may_have_dots(hello: Module, tmp_path: Path) -> None:
    written = write_manifests(hello, order(gateway="edge.example.com"), tmp_path / "out")
    policy = objects(written)["EnvoyExtensionPolicy"]["spec"]
    assert policy["targetRefs"][0]["name"] == "edge.example.com"


def test_a_dynamic_module_is_refused_with_the_way_it_has(hello: Module, tmp_path: Path) -> None:
    library = tmp_path / "libnative.so"
    library.write_bytes(b"\x7fELF")

    with pytest.raises(ConfigurationError, match="no Wasm module") as caught:
        write_manifests(dataclasses.replace(hello, path=library), order(), tmp_path / "out")
    assert "dynamicModule" in caught.value.hint
    assert not (tmp_path / "out").exists()
