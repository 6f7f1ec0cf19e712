"""`make faults`, `make kill` and `make model`: nothing is lost, shown by trying."""
