"""Everything that starts the app; it imports app, never the other way round."""
