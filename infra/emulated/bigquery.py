"""bqemulator, with a DuckDB cursor of its own for each thread, and a parser that copies no more than it must.

Its gRPC threads and its event loop share one connection: an append and a query at the same moment, and it stands still
for ever (1.4.0). A cursor for each thread is what DuckDB asks for: https://duckdb.org/docs/stable/clients/python/overview

Its parser (sqlglot 30.11) copies what stands behind each FROM, to find lists that are joined by their name alone. A
view of ours has selects within selects, and took seconds, most of them for copies that nothing is done with.
"""

import sys
import threading

from bqemulator.cli import main
from bqemulator.storage.engine import DuckDBEngine
from sqlglot import exp
from sqlglot.parser import Parser

shared_connection = DuckDBEngine.connection.fget
mine = threading.local()


def connection(engine):
    shared = shared_connection(engine)
    if threading.current_thread() is threading.main_thread():
        return shared
    if not hasattr(mine, "cursor"):
        mine.cursor = shared.cursor()
        mine.cursor.execute("SET TimeZone = 'UTC'")
    return mine.cursor


DuckDBEngine.connection = property(connection)

unnested = Parser._implicit_unnests_to_explicit


def unnested_where_joined(parser, select):
    """Only a table that is joined without ON may be a list."""
    joins = select.args.get("joins") or []
    if any(isinstance(join.this, exp.Table) and not join.args.get("on") for join in joins):
        return unnested(parser, select)
    return select


Parser._implicit_unnests_to_explicit = unnested_where_joined
sys.exit(main())
