"""The linter: reads a credential again before it leaves, with code the builders do not share.

A draft (zeros for a signature) is read before the key is used, the signed credential before it is
released. Both formats are held against the same expectations, so they say the same.
"""

from station.credentials.lint.expected import Expected, LintFailed, Reason
from station.credentials.lint.mdoc import lint_mdoc, lint_mdoc_draft
from station.credentials.lint.sd_jwt import lint_sd_jwt, lint_sd_jwt_draft

__all__ = [
    "Expected",
    "LintFailed",
    "Reason",
    "lint_mdoc",
    "lint_mdoc_draft",
    "lint_sd_jwt",
    "lint_sd_jwt_draft",
]
