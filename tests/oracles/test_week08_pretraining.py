"""Week 08: held against transformers."""
