"""What the benchmarks compare with: a provider that does nothing, and a naive one."""
