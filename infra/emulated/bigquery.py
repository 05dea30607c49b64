"""bqemulator, with a DuckDB cursor of its own for each thread.

Its gRPC threads and its event loop share one connection: an append and a query at the same moment, and it stands still
for ever (1.4.0). A cursor for each thread is what DuckDB asks for: https://duckdb.org/docs/stable/clients/python/overview
"""

import sys
import threading

from bqemulator.cli import main
from bqemulator.storage.engine import DuckDBEngine

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
sys.exit(main())
