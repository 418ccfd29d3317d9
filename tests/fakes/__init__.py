"""Counterparts with a memory: they keep what they were told and what they were asked. No mocks."""
