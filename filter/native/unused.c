//go:build dynamic_module

// The callbacks in which this filter does nothing. Envoy looks for each as it starts, and does not start
// without one ("Failed to resolve symbol ..."). In C they cost nothing: the way into Go is a longer one.

#include "abi.h"

#define UNUSED(name, parameters) \
  void envoy_dynamic_module_on_http_filter_##name parameters {}
// The answer 0 is to go on.
#define GO_ON(name) \
  int envoy_dynamic_module_on_http_filter_##name(uintptr_t request, uintptr_t self, bool end) { return 0; }

GO_ON(request_body)
GO_ON(response_body)

int envoy_dynamic_module_on_http_filter_request_trailers(uintptr_t request, uintptr_t self) { return 0; }
int envoy_dynamic_module_on_http_filter_response_trailers(uintptr_t request, uintptr_t self) { return 0; }

// A request needs nothing of its own, so what stands for it is what stands for the whole filter.
uintptr_t envoy_dynamic_module_on_http_filter_new(uintptr_t config, uintptr_t request) { return config; }

UNUSED(destroy, (uintptr_t self))
UNUSED(stream_complete, (uintptr_t request, uintptr_t self))
UNUSED(scheduled, (uintptr_t request, uintptr_t self, uint64_t event))
UNUSED(downstream_above_write_buffer_high_watermark, (uintptr_t request, uintptr_t self))
UNUSED(downstream_below_write_buffer_low_watermark, (uintptr_t request, uintptr_t self))
UNUSED(http_callout_done, (uintptr_t request, uintptr_t self, uint64_t id, int result, header* headers,
                           size_t headers_length, buffer* body, size_t body_length))
UNUSED(http_stream_headers, (uintptr_t request, uintptr_t self, uint64_t id, header* headers, size_t length,
                             bool end))
UNUSED(http_stream_data, (uintptr_t request, uintptr_t self, uint64_t id, const buffer* data, size_t length,
                          bool end))
UNUSED(http_stream_trailers, (uintptr_t request, uintptr_t self, uint64_t id, header* trailers, size_t length))
UNUSED(http_stream_complete, (uintptr_t request, uintptr_t self, uint64_t id))
UNUSED(http_stream_reset, (uintptr_t request, uintptr_t self, uint64_t id, int reason))
