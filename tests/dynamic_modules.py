"""Dynamic modules in C for the tests: a few lines, as somebody else would write them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["ADDING", "CALLBACKS", "build_c", "needs_gcc"]

# Each callback that Envoy 1.40 looks for. None is called that has other arguments than it takes: on
# the processors of these tests a function may be handed more than it reads.
_EMPTY = (
    "config_destroy",
    "destroy",
    "request_body",
    "request_trailers",
    "response_body",
    "response_trailers",
    "stream_complete",
    "scheduled",
    "http_callout_done",
    "http_stream_headers",
    "http_stream_data",
    "http_stream_trailers",
    "http_stream_complete",
    "http_stream_reset",
    "downstream_above_write_buffer_high_watermark",
    "downstream_below_write_buffer_low_watermark",
)
CALLBACKS = "\n".join(
    f"int envoy_dynamic_module_on_http_filter_{name}(void) {{ return 0; }}" for name in _EMPTY
)
# A filter that adds a header, and writes where it may not if a request asks for that.
ADDING = (
    """
#include <stdbool.h>
#include <stddef.h>
typedef struct { const char* ptr; size_t length; } buffer;
bool envoy_dynamic_module_callback_http_set_header(void*, int, buffer, buffer);
bool envoy_dynamic_module_callback_http_get_header(void*, int, buffer, buffer*, size_t, size_t*);
void envoy_dynamic_module_callback_log(int, buffer);
const char* envoy_dynamic_module_on_program_init(void) { return "v0.2.0"; }
static void say(const char* text, size_t length) {
  buffer line = {text, length};
  envoy_dynamic_module_callback_log(2, line);
}
const void* envoy_dynamic_module_on_http_filter_config_new(void* envoy, buffer name, buffer set) {
  say("a module in C starts", 20);
  return "config";
}
const void* envoy_dynamic_module_on_http_filter_new(void* config, void* request) { return "one"; }
int envoy_dynamic_module_on_http_filter_request_headers(void* request, void* self, bool end) {
  buffer name = {"x-crash", 7}, value = {0, 0};
  if (envoy_dynamic_module_callback_http_get_header(request, 0, name, &value, 0, 0)) {
    *(volatile int*)8 = 1;
  }
  return 0;
}
int envoy_dynamic_module_on_http_filter_response_headers(void* request, void* self, bool end) {
  buffer name = {"x-from", 6}, value = {"c", 1};
  envoy_dynamic_module_callback_http_set_header(request, 2, name, value);
  return 0;
}
"""
    + CALLBACKS
)


def needs_gcc() -> None:
    """Leave a test out where no dynamic module can be built, but not in CI."""
    if sys.platform == "linux" and shutil.which("gcc"):
        return
    reason = "a dynamic module needs Linux and gcc"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def build_c(folder: Path, source: str, name: str = "libother.so", *flags: str) -> Path:
    """Compile C to a shared library.

    Args:
        folder: Where to.
        source: The C.
        name: The library's name.
        *flags: More words for gcc.
    """
    needs_gcc()
    file = folder / f"{name}.c"
    file.write_text(source, encoding="utf-8")
    library = folder / name
    words = ["gcc", "-shared", "-fPIC", "-w", "-o", str(library), str(file), *flags]
    subprocess.run(words, check=True)
    return library
