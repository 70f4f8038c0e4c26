"""A course directory of nbgrader: built from the weeks, graded by our judge, stored and shown by nbgrader.

The only importer of nbgrader. nbgrader never runs a submission: where it would execute a notebook, `JudgeSubmission`
puts in the reports and scores of the locked box. Manual scores, comments and extra credit belong to the teaching
assistants: nothing here writes them.
"""

from grader.course.notebooks import import_jsonschema

import_jsonschema()  # before nbgrader does

from grader.gradebook.exports import CanvasExport, QuotedExport  # noqa: E402
from grader.gradebook.plugins import LINE, configure  # noqa: E402

__all__ = ["LINE", "CanvasExport", "QuotedExport", "configure"]
