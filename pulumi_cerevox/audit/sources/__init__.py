"""The declared side of an audit: a roster file, a stack's export, a preview's JSON."""
