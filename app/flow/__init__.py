"""
Flow does: gather, decide, apply. Talks to the world only through the ports of ports.py.

May import app.core, app.errors and flow.ports; stages do not call one another, but each may call intake and
cases, on which they stand.
"""
