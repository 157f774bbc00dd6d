"""The credential in its two formats, its status list, its certificates, and the linter.

Nothing here holds a key or does I/O: prepare -> `to_sign` -> complete. The linter in `lint`
reads finished credentials with code of its own.
"""
