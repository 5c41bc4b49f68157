"""What a request costs under each of Envoy's ways to be extended, measured in one run.

`python -m benchmarks.cost` writes `benchmarks/cost.md`, its pictures and `benchmarks/cost.json`;
`python -m benchmarks.quick` runs a short form of it.
"""
