//go:build dynamic_module

package main

// #include "abi.h"
//
// static char* abi_version(void) { return "v0.2.0"; }
//
// // The callout's headers are put together here: Go may not hand C an array that points to Go's memory.
// static int call_out(uintptr_t config, buffer cluster, buffer method, buffer path, buffer authority,
//                     buffer name, buffer value, uint64_t timeout_ms, uint64_t* id) {
//   header headers[] = {
//       {":method", 7, method.ptr, method.length},
//       {":path", 5, path.ptr, path.length},
//       {":authority", 10, authority.ptr, authority.length},
//       {name.ptr, name.length, value.ptr, value.length},
//   };
//   buffer none = {0, 0};
//   return envoy_dynamic_module_callback_http_filter_config_http_callout(config, id, cluster, headers, 4,
//                                                                        none, timeout_ms);
// }
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// goOn is what a callback answers Envoy: go on with the request, or the response.
const goOn = 0

// envoy_dynamic_module_on_program_init is called once, as Envoy loads the library: it asks for which ABI the
// library was made.
//
//export envoy_dynamic_module_on_program_init
func envoy_dynamic_module_on_program_init() *C.char {
	return C.abi_version()
}

// envoy_dynamic_module_on_http_filter_config_new is called for each place in Envoy's configuration where the
// filter stands, on the main thread, and not once for each worker. The answer 0 refuses the configuration.
//
//export envoy_dynamic_module_on_http_filter_config_new
func envoy_dynamic_module_on_http_filter_config_new(config C.uintptr_t, name, settings C.buffer) C.uintptr_t {
	made := newFilter(&envoy{config: config}, []byte(text(settings)))
	if made == nil {
		return 0
	}
	made.start()
	return C.uintptr_t(cgo.NewHandle(made))
}

//export envoy_dynamic_module_on_http_filter_config_destroy
func envoy_dynamic_module_on_http_filter_config_destroy(self C.uintptr_t) {
	filterOf(self).stop()
	cgo.Handle(self).Delete()
}

// envoy_dynamic_module_on_http_filter_config_scheduled is called on the main thread, after wake.
//
//export envoy_dynamic_module_on_http_filter_config_scheduled
func envoy_dynamic_module_on_http_filter_config_scheduled(config, self C.uintptr_t, event C.uint64_t) {
	filterOf(self).onTick()
}

//export envoy_dynamic_module_on_http_filter_config_http_callout_done
func envoy_dynamic_module_on_http_filter_config_http_callout_done(config, self C.uintptr_t, id C.uint64_t,
	result C.int, headers *C.header, length C.size_t, body *C.buffer, bodyLength C.size_t) {
	var reply [][2]string
	for _, one := range unsafe.Slice(headers, length) {
		reply = append(reply, [2]string{
			text(C.buffer{one.name, one.name_length}), text(C.buffer{one.value, one.value_length}),
		})
	}
	filterOf(self).onReply(uint64(id), reply)
}

//export envoy_dynamic_module_on_http_filter_request_headers
func envoy_dynamic_module_on_http_filter_request_headers(request, self C.uintptr_t, end C.bool) C.int {
	filterOf(self).onRequestHeaders(stream(request))
	return goOn
}

//export envoy_dynamic_module_on_http_filter_response_headers
func envoy_dynamic_module_on_http_filter_response_headers(request, self C.uintptr_t, end C.bool) C.int {
	filterOf(self).onResponseHeaders(stream(request))
	return goOn
}

func filterOf(self C.uintptr_t) *filter {
	return cgo.Handle(self).Value().(*filter)
}

// envoy is Envoy as a configuration of the filter sees it.
type envoy struct {
	config    C.uintptr_t
	scheduler C.uintptr_t
}

func (e *envoy) log(level logLevel, line string) {
	C.envoy_dynamic_module_callback_log(C.int(level), bytesOf(line))
}

func (e *envoy) open() {
	e.scheduler = C.envoy_dynamic_module_callback_http_filter_config_scheduler_new(e.config)
}

func (e *envoy) wake() {
	C.envoy_dynamic_module_callback_http_filter_config_scheduler_commit(e.scheduler, 0)
}

func (e *envoy) close() {
	C.envoy_dynamic_module_callback_http_filter_config_scheduler_delete(e.scheduler)
}

func (e *envoy) callOut(rules settings, tag string) (uint64, calloutResult) {
	var id C.uint64_t
	result := C.call_out(e.config, bytesOf(rules.cluster), bytesOf(rules.method), bytesOf(rules.path),
		bytesOf(rules.authority), bytesOf(tagHeader), bytesOf(tag), C.uint64_t(rules.timeoutMs), &id)
	return uint64(id), calloutResult(result)
}

// stream is one request and its response.
type stream C.uintptr_t

func (s stream) requestHeader(name string) string {
	var value C.buffer
	found := C.envoy_dynamic_module_callback_http_get_header(
		C.uintptr_t(s), C.request_headers, bytesOf(name), &value, 0, nil)
	if !bool(found) {
		return ""
	}
	return text(value)
}

func (s stream) setResponseHeader(name, value string) bool {
	return bool(C.envoy_dynamic_module_callback_http_set_header(
		C.uintptr_t(s), C.response_headers, bytesOf(name), bytesOf(value)))
}

// removeResponseHeader sets it to no memory at all, which is how the ABI says it.
func (s stream) removeResponseHeader(name string) {
	C.envoy_dynamic_module_callback_http_set_header(
		C.uintptr_t(s), C.response_headers, bytesOf(name), C.buffer{})
}

// bytesOf lends Envoy a text for one call.
func bytesOf(text string) C.buffer {
	return C.buffer{(*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))}
}

// text copies a text of Envoy's, which is gone when the callback returns.
func text(lent C.buffer) string {
	return C.GoStringN(lent.ptr, C.int(lent.length))
}
