"""The engine of LLM Exercises: judges what students write, and proves the course that they learn from."""
