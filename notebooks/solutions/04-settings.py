# solution
settings = {"tick_ms": 1000, "greeting": "hello from me", "vm_header": "x-wasm-vm"}
#> settings = {"tick_ms": 1000}
# end
