"""
Parley: peer-to-peer review of a denied prior authorization, inside the EHR.

Rooms and arrows. A line of code knows its room by its verb; the stage's word is the file's name in every room.

    core    decides   pure values in, values and effects out; no clock, no IO
    flow    does      gather, decide, apply; talks through the ports of flow/ports.py
    edges   talk      one folder per counterpart; only edges/fhir speaks FHIR
    web     shows     routes that ask flow and render; never an edge
    rules/  is data   dated and sourced TOML
    wire    knows them all; settings is read by wire and launch only

    detect -> windows -> slots -> book -> brief -> call -> outcome -> learn

The laws are import contracts in pyproject.toml and run as a test (tests/house).
"""
