// Package main is the token filter in another home: a dynamic module. It is the same Go, and it adds the
// same two headers to every response. But no Wasm is made of it: Envoy loads it as a library into its own
// process (`dlopen`), as it would a filter that is written in C.
//
// What that changes:
//
//   - There is one of it in an Envoy, however many workers there are. All workers share its memory: so one
//     goroutine waits, and one token serves them all. The Wasm filter has a VM for each of N workers and
//     one for the main thread, which fetch N+1 tokens.
//   - Nothing stands between it and Envoy. A panic here ends the whole Envoy, and all requests in it. In
//     Wasm it ends one worker's VM. A request's header asks for one: `x-crash: response_headers`.
//   - It is made for one system and one processor, and for Envoys of one ABI: this one runs in Envoy 1.38,
//     1.39 and 1.40. A Wasm module runs anywhere. And it needs a C compiler, for the Go compiler leaves the
//     way to C (cgo) to one.
//
// There is no SDK here. abi.go calls Envoy's own C functions, which abi.h declares; unused.c has the
// callbacks that Envoy wants to find, and that do nothing. All else is Go that knows nothing of C, and whose
// tests need neither Envoy nor a C compiler.
//
// Where does the token come from? The goroutine only wakes Envoy's main thread once a period. There the
// filter sends a callout to its cluster, as the Wasm filter does. It could as well fetch the token itself,
// with net/http. Then Envoy would not know of the call: no cluster, no timeout, no statistics. It would
// also make the library more than twice as large.
//
// Build it with `lab build native`, or in this folder:
//
//	CGO_ENABLED=1 go build -buildmode=c-shared -tags=dynamic_module -o libnative.so .
//
// The tag is there for everybody else: without it `go vet`, the tests, and TinyGo see no C at all.
package main

// main stays empty: Envoy calls into a library.
func main() {}
