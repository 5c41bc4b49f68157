// The two headers as a dynamic module in C: the least that a filter inside Envoy's own process can be.
// It stands beside filter/native/abi.h and unused.c, which are compiled with it.

#include "abi.h"

#include <string.h>

static const char greeting_name[] = "x-wasm-filter", greeting[] = "hello from wasm", auth_name[] = "x-auth";

// The token is the filter's whole configuration. All ten filters of a chain have the same one.
static char auth[8192];
static size_t auth_length;

#define TEXT(literal) ((buffer){literal, sizeof(literal) - 1})

const char* envoy_dynamic_module_on_program_init(void) { return "v0.2.0"; }

// The answer 0 refuses the configuration.
uintptr_t envoy_dynamic_module_on_http_filter_config_new(uintptr_t config, buffer name, buffer settings) {
  (void)config, (void)name;
  if (settings.length > sizeof auth) return 0;
  memcpy(auth, settings.ptr, settings.length);
  auth_length = settings.length;
  return 1;
}

void envoy_dynamic_module_on_http_filter_config_destroy(uintptr_t self) { (void)self; }

void envoy_dynamic_module_on_http_filter_config_scheduled(uintptr_t config, uintptr_t self, uint64_t event) {
  (void)config, (void)self, (void)event;
}

void envoy_dynamic_module_on_http_filter_config_http_callout_done(uintptr_t config, uintptr_t self, uint64_t id,
                                                                  int result, header* headers, size_t length,
                                                                  buffer* body, size_t body_length) {
  (void)config, (void)self, (void)id, (void)result, (void)headers, (void)length, (void)body, (void)body_length;
}

int envoy_dynamic_module_on_http_filter_request_headers(uintptr_t request, uintptr_t self, bool end) {
  (void)request, (void)self, (void)end;
  return 0;
}

int envoy_dynamic_module_on_http_filter_response_headers(uintptr_t request, uintptr_t self, bool end) {
  (void)self, (void)end;
  envoy_dynamic_module_callback_http_set_header(request, response_headers, TEXT(greeting_name), TEXT(greeting));
  envoy_dynamic_module_callback_http_set_header(request, response_headers, TEXT(auth_name),
                                                (buffer){auth, auth_length});
  return 0;
}
