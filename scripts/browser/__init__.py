"""Find the browser that the tests of HTML pages run in."""
