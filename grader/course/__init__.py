"""The course on disk, and what is generated from it: weeks, markers, inventory, stubs, notebooks."""
