# solution
sends_requests = "env.proxy_http_call"
#> sends_requests = ...
# end
