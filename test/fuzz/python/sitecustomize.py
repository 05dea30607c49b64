"""Python loads this at its start, before schemathesis.

Before 3.11.10 two threads that parse at the same time break each other ("AST constructor recursion depth mismatch"), and
hypothesis parses the source of its strategies from several. Source: https://github.com/python/cpython/issues/106905
"""

import ast
import gc
import threading

_parse = ast.parse
_one_at_a_time = threading.RLock()


def _parse_alone(*args, **kwargs):
    with _one_at_a_time:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return _parse(*args, **kwargs)
        finally:
            if was_enabled:
                gc.enable()


ast.parse = _parse_alone
