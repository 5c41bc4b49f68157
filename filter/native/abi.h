// What this filter uses of Envoy's ABI for dynamic modules, v0.2.0: that of Envoy 1.40.
// All of it is in source/extensions/dynamic_modules/abi/abi.h of Envoy's source.
//
// Envoy's objects, and what the filter hands it to get back, are numbers here: neither side looks into the
// other's memory behind them.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A piece of memory. Envoy's is good until the callback returns; the filter's until its call returns.
typedef struct {
  const char* ptr;
  size_t length;
} buffer;

typedef struct {
  const char* name;
  size_t name_length;
  const char* value;
  size_t value_length;
} header;

// Whose headers are meant.
enum { request_headers = 0, response_headers = 2 };

// What Envoy offers.

void envoy_dynamic_module_callback_log(int level, buffer message);
bool envoy_dynamic_module_callback_http_get_header(uintptr_t request, int whose, buffer name, buffer* value,
                                                   size_t index, size_t* count);
bool envoy_dynamic_module_callback_http_set_header(uintptr_t request, int whose, buffer name, buffer value);

// A scheduler may be used on any thread. What is committed to it comes back on the main thread, in
// envoy_dynamic_module_on_http_filter_config_scheduled.
uintptr_t envoy_dynamic_module_callback_http_filter_config_scheduler_new(uintptr_t config);
void envoy_dynamic_module_callback_http_filter_config_scheduler_commit(uintptr_t scheduler, uint64_t event);
void envoy_dynamic_module_callback_http_filter_config_scheduler_delete(uintptr_t scheduler);

int envoy_dynamic_module_callback_http_filter_config_http_callout(uintptr_t config, uint64_t* id,
                                                                  buffer cluster, header* headers,
                                                                  size_t headers_length, buffer body,
                                                                  uint64_t timeout_ms);
