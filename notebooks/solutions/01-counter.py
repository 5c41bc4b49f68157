# solution
counter = "cluster.my_custom_svc.upstream_rq_total"
#> counter = ...
# end
