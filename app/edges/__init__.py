"""
Edges talk: one folder per counterpart, and counterparts do not know one another.

May import app.core, app.errors, edges.fhir, edges.http and the counterpart's own library.
"""
