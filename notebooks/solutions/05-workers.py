# solution
workers = 5
#> workers = ...
# end

# why: Each worker has a VM of its own with a timer of its own, and so does the main thread. Six calls
# why: are five workers and main. It is the number of threads that decides, and not the number of
# why: requests: with no traffic at all it is the same.
