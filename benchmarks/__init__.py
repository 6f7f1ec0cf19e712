"""How fast it is, against what the engine and the API cost by themselves."""
