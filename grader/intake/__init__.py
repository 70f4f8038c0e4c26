"""Intake: submissions of every shape, as modules in memory.

Folders, archives, single files, notebooks, the exports of Canvas, Moodle, Blackboard and nbgrader. Nothing that a
student made is executed, imported or written to disk; what cannot be used gives its student a named problem and stops
nobody else.
"""

from grader.intake.collecting import collect, each, one
from grader.intake.submission import Received, Submission

__all__ = ["Received", "Submission", "collect", "each", "one"]
