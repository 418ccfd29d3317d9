"""Commands that decide on files: what an integrator runs on an export before connecting anything."""
