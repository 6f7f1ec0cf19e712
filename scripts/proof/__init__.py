"""`make faults` and `make kill`: nothing is lost at any fault, shown on the engine."""
