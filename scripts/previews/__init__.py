"""Real previews and exports of the engine, kept as files for the tests."""
