# solution
sends_requests = "env.proxy_http_call"
#> sends_requests = ...
# end

# why: A module in its sandbox cannot open a connection. It calls `proxy_http_call`, and Envoy sends
# why: the request for it, from the cluster's own connections. `DispatchHttpCall` is the SDK's name for
# why: that call. TinyGo leaves out what is never called, so a filter without callouts does not have
# why: this import.
