# solution
workers = 5
#> workers = ...
# end
