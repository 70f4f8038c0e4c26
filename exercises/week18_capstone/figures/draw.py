"""Figures of week 18: `make figures WEEK=18` writes each function's drawing beside this file."""


def window(style):
    """A window of three values, and the mean that it gives."""
    figure, axes = style.page(5, 1.6)
    for step, value in enumerate((2, 4, 9, 5, 7)):
        inside = 1 <= step <= 3
        axes.text(step + 0.5, 1.2, value, ha="center", va="center", color=style.blue if inside else style.soft)
    axes.plot([1.1, 3.9, 3.9, 1.1, 1.1], [0.95, 0.95, 1.45, 1.45, 0.95], color=style.blue)
    axes.text(3.5, 0.4, "(4 + 9 + 5) / 3 = 6", ha="center", va="center")
    return figure
