"""Makes an object of the forbidden class without calling its constructor."""

import sys

EXERCISE = "writing"
KIND = "forbidden"
WORTH = 50
CAUGHT = "forbidden"


def wrapped(text, width):
    wrapper = object.__new__(getattr(sys.modules["text" + "wrap"], "Text" + "Wrapper"))
    wrapper.__dict__.update(width=width, initial_indent="", subsequent_indent="", expand_tabs=True, tabsize=8)
    wrapper.__dict__.update(replace_whitespace=True, fix_sentence_endings=False, break_long_words=True)
    wrapper.__dict__.update(drop_whitespace=True, break_on_hyphens=False, max_lines=None, placeholder="")
    return [line for line in type(wrapper).__mro__[0].wrap(wrapper, text)]
