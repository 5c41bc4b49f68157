# solution
tick_ms = 30_000
#> tick_ms = ...
# end

# why: 16 workers and main make 17 calls a period. 34 calls a minute allow two periods, of 30 s each. A
# why: shorter one breaks the limit, and a longer one only makes tokens older. The number of workers
# why: stands in this sum, so a machine with more cores needs another period.
