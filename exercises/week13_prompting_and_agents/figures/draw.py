"""Figures of week 13: `make figures WEEK=13` writes each function's drawing beside this file."""
