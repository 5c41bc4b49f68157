"""Configurations of our own, in the shapes that other people's have."""

from __future__ import annotations

import textwrap

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.launch import Places

ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
WASM = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
MANAGER = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager"
)
ECHO = "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo"
PLACES = Places("127.0.0.1", 0, 0, "127.0.0.1", None)
MODULE = Places("127.0.0.1", 0, 0, "127.0.0.1", "/somewhere/filter.wasm")

# The shape of the article's file: a TypedStruct, and a cluster on somebody's home network.
HOME = f"""\
admin:
  access_log_path: /dev/null
  address:
    socket_address: {{protocol: TCP, address: 0.0.0.0, port_value: 9901}}
static_resources:
  listeners:
    - name: listener_0
      address:
        socket_address: {{protocol: TCP, address: 0.0.0.0, port_value: 10000}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": {MANAGER}
                stat_prefix: ingress_http
                route_config:
                  virtual_hosts:
                    - name: here
                      domains: ["*"]
                      routes:
                        - match: {{prefix: /}}
                          route: {{cluster: my_custom_svc}}
                http_filters:
                  - name: envoy.filters.http.wasm
                    typed_config:
                      "@type": type.googleapis.com/udpa.type.v1.TypedStruct
                      type_url: {WASM}
                      value:
                        config:
                          name: my_plugin # theirs
                          configuration:
                            "@type": type.googleapis.com/google.protobuf.StringValue
                            value: |
                              {{}}
                          vm_config:
                            runtime: envoy.wasm.runtime.v8
                            vm_id: my_vm
                            code: {{local: {{filename: /etc/envoy/optimized.wasm}}}}
                            configuration: {{}}
                  - name: envoy.filters.http.router
                    typed_config: {{"@type": {ROUTER}}}
  clusters:
    - name: my_custom_svc
      connect_timeout: 30s
      type: static
      load_assignment:
        cluster_name: service1
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: {{address: 192.168.1.4, port_value: 8080}}
"""


def listener(address: str, more: str = "", name: str = "one") -> str:
    """Return a configuration with one listener, which echoes."""
    return f"""\
static_resources:
  listeners:
    - name: {name}
      address: {address}
{textwrap.indent(textwrap.dedent(more), " " * 6)}
      filter_chains:
        - filters: [{{name: echo, typed_config: {{"@type": {ECHO}}}}}]
"""


def move(text: str, places: Places = PLACES, **options: object) -> Configuration:
    """Parse, and move."""
    return Configuration.parse(text, "theirs.yaml").moved(places, **options)  # type: ignore[arg-type]  # as the test says


def spoken(configuration: Configuration) -> list[tuple[str, str]]:
    """Return what each listener is called and speaks."""
    return [(one.name, one.speaks) for one in configuration.listening]
