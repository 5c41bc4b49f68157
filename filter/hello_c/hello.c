// The smallest filter, as filter/hello, and without an SDK: what stands here is all that Envoy and a
// module say to each other. It adds a header to every response, and writes two lines to Envoy's log.
//
// A module is a library with a memory of its own. Envoy calls the functions that it exports (they
// begin with proxy_on_), and the module calls those that Envoy offers (they begin with proxy_).
// Numbers cross as numbers. A text crosses as two: where it begins in the module's memory, and how
// many bytes it has. Names, parameters and meanings are the Proxy-Wasm ABI, version 0.2.0:
// https://github.com/proxy-wasm/spec/blob/main/abi-versions/v0.2.0/README.md
//
// An SDK does what is missing here: it keeps an object for each request, turns two numbers into a
// text, and exports all callbacks, used or not. Compare filter/hello: the same filter in Go.

#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

// What of the ABI's lists of numbers is used here.
enum { LEVEL_INFO = 2, RESPONSE_HEADERS = 2, CONTINUE = 0 };

// What Envoy offers. Each returns a number, 0 for "ok".
IMPORT("proxy_log") uint32_t proxy_log(uint32_t level, const char *text, size_t length);
IMPORT("proxy_replace_header_map_value")
uint32_t proxy_replace_header_map_value(uint32_t map, const char *name, size_t name_length,
                                        const char *value, size_t value_length);

#define LENGTH(text) (sizeof(text) - 1)
#define LOG(text) proxy_log(LEVEL_INFO, text, LENGTH(text))

// Its name alone says which version of the ABI this module speaks.
EXPORT("proxy_abi_version_0_2_0") void abi_version(void) {}

// Envoy asks for room in the module's memory before it hands over a text. The room is given from one
// end to the other and never taken back, which is enough where next to nothing is handed over.
EXPORT("proxy_on_memory_allocate") void *allocate(size_t size) {
    static char room[4096];
    static size_t used;
    if (size > sizeof room - used) return NULL;  // Envoy then fails this one call
    used += size;
    return room + used - size;
}

// Once in each VM; there is one VM in each worker thread, and one in the main thread.
EXPORT("proxy_on_vm_start") uint32_t vm_start(uint32_t vm, uint32_t configuration_size) {
    (void)vm, (void)configuration_size;
    LOG("hello_c: a VM has started");
    return 1;  // ready; 0 would stop Envoy
}

// Once for each response, before the client gets it.
EXPORT("proxy_on_response_headers")
uint32_t response_headers(uint32_t request, uint32_t header_count, uint32_t is_end) {
    (void)request, (void)header_count, (void)is_end;
    static const char name[] = "x-wasm-filter", value[] = "hello from wasm";
    if (proxy_replace_header_map_value(RESPONSE_HEADERS, name, LENGTH(name), value, LENGTH(value)))
        LOG("hello_c: the header could not be set");
    return CONTINUE;
}
