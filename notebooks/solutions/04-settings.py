# solution
settings = {"tick_ms": 1000, "greeting": "hello from me", "vm_header": "x-wasm-vm"}
#> settings = {"tick_ms": 1000}
# end

# why: A filter is handed its settings as it starts, and what they mean is its own affair: Envoy passes
# why: the text on. So the same module can do other things in another place, without being compiled
# why: again. What you leave out keeps the value that the filter's code gives it, the article's.
