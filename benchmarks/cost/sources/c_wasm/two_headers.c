// The two headers as Wasm, by C without an SDK: the least that a Wasm filter can be.
//
// It exports all callbacks of an HTTP filter, as a module made with an SDK does. What this one does not use
// is empty, so that what Envoy's calls of it cost is the cost of the calls. The benchmark measures the module
// as it is, and once more with the unused exports taken out.

#include <stddef.h>
#include <stdint.h>

// How many of the two headers are set: fewer show what one costs.
#ifndef HEADERS
#define HEADERS 2
#endif

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

enum { RESPONSE_HEADERS = 2, PLUGIN_CONFIGURATION = 7, CONTINUE = 0 };

IMPORT("proxy_get_buffer_bytes")
uint32_t proxy_get_buffer_bytes(uint32_t buffer, uint32_t start, uint32_t most, char **bytes, size_t *length);
IMPORT("proxy_replace_header_map_value")
uint32_t proxy_replace_header_map_value(uint32_t map, const char *name, size_t name_length,
                                        const char *value, size_t value_length);

// The token is the plugin's whole configuration. All plugins of this VM have the same one.
static char *auth;
static size_t auth_length;

EXPORT("proxy_abi_version_0_2_0") void abi_version(void) {}

EXPORT("proxy_on_memory_allocate") void *allocate(size_t size) {
    static char room[1 << 16];
    static size_t used;
    if (size > sizeof room - used) return NULL;
    used += size;
    return room + used - size;
}

EXPORT("proxy_on_vm_start") uint32_t vm_start(uint32_t vm, uint32_t size) {
    (void)vm, (void)size;
    return 1;
}

EXPORT("proxy_on_configure") uint32_t configure(uint32_t plugin, uint32_t size) {
    (void)plugin;
    return proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, size, &auth, &auth_length) == 0;
}

EXPORT("proxy_on_response_headers") uint32_t response_headers(uint32_t request, uint32_t count, uint32_t is_end) {
    (void)request, (void)count, (void)is_end;
    static const char name[] = "x-wasm-filter", greeting[] = "hello from wasm", auth_name[] = "x-auth";
    if (HEADERS > 0)
        proxy_replace_header_map_value(RESPONSE_HEADERS, name, sizeof name - 1, greeting, sizeof greeting - 1);
    if (HEADERS > 1)
        proxy_replace_header_map_value(RESPONSE_HEADERS, auth_name, sizeof auth_name - 1, auth, auth_length);
    return CONTINUE;
}

// From here on: called by Envoy only because it is there.

EXPORT("proxy_on_context_create") void context_create(uint32_t context, uint32_t parent) {
    (void)context, (void)parent;
}

EXPORT("proxy_on_request_headers") uint32_t request_headers(uint32_t request, uint32_t count, uint32_t is_end) {
    (void)request, (void)count, (void)is_end;
    return CONTINUE;
}

EXPORT("proxy_on_request_body") uint32_t request_body(uint32_t request, uint32_t size, uint32_t is_end) {
    (void)request, (void)size, (void)is_end;
    return CONTINUE;
}

EXPORT("proxy_on_request_trailers") uint32_t request_trailers(uint32_t request, uint32_t count) {
    (void)request, (void)count;
    return CONTINUE;
}

EXPORT("proxy_on_response_body") uint32_t response_body(uint32_t request, uint32_t size, uint32_t is_end) {
    (void)request, (void)size, (void)is_end;
    return CONTINUE;
}

EXPORT("proxy_on_response_trailers") uint32_t response_trailers(uint32_t request, uint32_t count) {
    (void)request, (void)count;
    return CONTINUE;
}

EXPORT("proxy_on_done") uint32_t done(uint32_t context) {
    (void)context;
    return 1;
}

EXPORT("proxy_on_log") void on_log(uint32_t context) { (void)context; }

EXPORT("proxy_on_delete") void on_delete(uint32_t context) { (void)context; }
