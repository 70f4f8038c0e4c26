"""Results in words: terminal, JSON, wrapping, the next command."""
