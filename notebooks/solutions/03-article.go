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
