"""Figures of week 02: `make figures WEEK=02` writes each function's drawing beside this file."""
