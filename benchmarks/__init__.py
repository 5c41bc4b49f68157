"""What `make bench` runs: measurements, not tests.

Each module here is a benchmark, but for those whose name begins with an underscore: they are what
benchmarks share. A benchmark prints a table; where it writes a report too, the report of its last
run lies beside it.
"""
