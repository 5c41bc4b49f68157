# solution
counter = "cluster.my_custom_svc.upstream_rq_total"
#> counter = ...
# end

# why: Envoy keeps counters for each cluster, and `upstream_rq_total` grows by one with each request
# why: that goes on to its servers, whatever becomes of it. `upstream_rq_2xx` leaves out what failed.
# why: `upstream_rq_completed` counts answers, also the 503 that Envoy gives itself where no server is
# why: there. And those of `http.ingress` count what comes in from clients.
