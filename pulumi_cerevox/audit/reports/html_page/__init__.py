"""The parts of the HTML report: its markup, sections, style and script."""
