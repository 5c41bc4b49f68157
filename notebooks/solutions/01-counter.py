# solution
counter = "cluster.my_custom_svc.upstream_rq_total"
#> counter = ...
# end

# why: Envoy keeps counters for each cluster, and `upstream_rq_total` grows by one with each request
# why: that goes on to its servers, whatever becomes of it. Its neighbours count less:
# why: `upstream_rq_2xx` leaves out what failed. Those of `http.ingress` count what comes in from
# why: clients, also what Envoy answers itself.
