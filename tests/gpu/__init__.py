"""What a machine with a GPU is asked: one command, one report. `python -m tests.gpu --out gpu-report`."""
