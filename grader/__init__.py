"""The engine of LLM Exercises: judges what students write, and proves the course that they learn from."""

import os

# Read when transformers is imported, here and in notebooks: our models are loaded before a bar could be read.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
