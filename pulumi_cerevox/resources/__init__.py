"""The classes that a Pulumi program uses. They run in the program's process."""
