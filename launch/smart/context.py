"""The name under which a session keeps what the Task gave back from which it was launched."""

APP_CONTEXT = "urn:parley:app-context"
