"""Names of the Proxy-Wasm ABI 0.2, by what they mean to whoever counts.

https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
"""

from __future__ import annotations

__all__ = ["BODIES", "CALLOUTS", "CHANGES", "HTTP", "REPLIES", "STARTING", "TCP"]

# What Envoy calls while a VM starts: none of it shows that the VM is one that stays.
STARTING = frozenset(
    {
        "_initialize",
        "_start",
        "proxy_on_context_create",
        "proxy_on_vm_start",
        "proxy_on_configure",
        "proxy_validate_configuration",
        "proxy_on_memory_allocate",
        "malloc",
    }
)
HTTP = frozenset(
    {
        "proxy_on_request_headers",
        "proxy_on_request_body",
        "proxy_on_request_trailers",
        "proxy_on_response_headers",
        "proxy_on_response_body",
        "proxy_on_response_trailers",
    }
)
TCP = frozenset(
    {
        "proxy_on_new_connection",
        "proxy_on_downstream_data",
        "proxy_on_upstream_data",
    }
)
# Host calls that count once they were answered with 0.
CHANGES = {
    "proxy_add_header_map_value": "header changes",
    "proxy_replace_header_map_value": "header changes",
    "proxy_remove_header_map_value": "header changes",
    "proxy_set_header_map_pairs": "header changes",
    "proxy_set_buffer_bytes": "body changes",
    "proxy_send_local_response": "local replies",
    "proxy_increment_metric": "metrics",
    "proxy_record_metric": "metrics",
    "proxy_get_shared_data": "shared data",
    "proxy_set_shared_data": "shared data",
    "proxy_enqueue_shared_queue": "queue messages",
    "proxy_dequeue_shared_queue": "queue messages",
    "proxy_log": "log lines",
}
CALLOUTS = frozenset({"proxy_http_call", "proxy_grpc_call", "proxy_grpc_stream"})
REPLIES = frozenset({"proxy_on_http_call_response", "proxy_on_grpc_receive"})
# The buffers that are a request's or a response's body, or a connection's data (BufferType in the
# Proxy-Wasm ABI 0.2: 0 to 3).
BODIES = range(4)
