"""
Core decides. Pure: values in, values and effects out; now, ids and rules are arguments.

May import the standard library's values and app.errors; a stage only earlier stages.
"""
