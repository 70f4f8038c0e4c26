"""Figures of week 07: `make figures WEEK=07` writes each function's drawing beside this file."""
