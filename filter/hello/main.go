// Package main is the smallest filter: it adds a header to every response, and nothing else.
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

// main stays empty: the module is a library that Envoy calls into.
func main() {}

// init runs once, before Envoy's first call.
func init() {
	proxywasm.SetVMContext(&vmContext{})
}
