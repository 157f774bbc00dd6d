"""Strings that somebody would rather have as markup, script, SQL, a path or a header."""

import random

_SEEDS = (
    "<script>alert(1)</script>", "\"><script>alert(1)</script>", "'><svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>", "javascript:alert(1)", "{{7*7}}", "{% raw %}", "${7*7}",
    "</textarea><script>alert(1)</script>", "<!--", "]]>", "&lt;script&gt;", "&#x3C;b&#x3E;",
    "\" autofocus onfocus=alert(1) x=\"", "' OR 1=1 --", "'; DROP TABLE officers; --", "../../x",
    "\r\nSet-Cookie: a=b", "\x00", "\x1b[31m", "\u202eabc", "\u2028", "\ufeff", "가나다", "e\u0301",
    "<iframe srcdoc='<b>'>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>",
    "<form action=//evil.example>", "<style>*{display:none}</style>", "<link rel=stylesheet>",
    "%3Cscript%3E", "\\u003cscript\\u003e", "<\u200bscript>", "＜script＞", "`-alert(1)-`",
    "<a href='data:text/html,<b>'>", "<math><mtext>", "<b", "\"", "'", "<", ">", "&", "=", "`",
)  # fmt: skip


def _strings(count: int) -> list[str]:
    """The seeds, and pairs and cuts of them: the same at every run."""
    chance = random.Random(6)
    found = dict.fromkeys(_SEEDS)
    while len(found) < count:
        one, other = chance.choice(_SEEDS), chance.choice(_SEEDS)
        cut = chance.randrange(len(one) + 1)
        found[one[:cut] + other + one[cut:]] = None
    return list(found)


STRINGS = _strings(1000)
