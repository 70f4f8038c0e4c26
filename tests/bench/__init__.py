"""Measurements of the engine and the suites, as ratios within one run: `make bench`, `make bench ONLY=wire`."""
