"""Benchmarks: our solver beside its peers on the same right-hand side. Run `python -m benchmarks peers --quick`."""
