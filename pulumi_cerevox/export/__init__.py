"""An existing account written down, so that Pulumi takes it over without a change."""
