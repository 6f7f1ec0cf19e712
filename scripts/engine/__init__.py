"""Find or make the Pulumi engine that the demo and the tests run on."""
