"""
FHIR translation: the only place where FHIR JSON turns into our types and back, one file per resource, pure.

Reading is liberal (raw dicts, entry by entry; what is wrong hides only itself), writing is strict.
May import app.core, app.errors and fhirclient's models; no network.
"""
