# solution
tick_ms = 30_000
#> tick_ms = ...
# end
