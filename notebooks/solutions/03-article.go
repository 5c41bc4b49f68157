// cell: %%go article/main.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

// solution
func main() {}

func init() {
	proxywasm.SetVMContext(&vmContext{})
}

//> func main() {
//> 	proxywasm.SetVMContext(&vmContext{})
//> }
// end

// why: A library's host runs `init`, and never `main`. The SDK needs the `vmContext` as soon as Envoy
// why: starts the VM, so it has to be set by then. `main` stays because Go wants one in every program;
// why: it is empty because nobody calls it.
