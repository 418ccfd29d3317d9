"""The types of rules. Values live in app/rules (dated, sourced TOML) and are read by edges/rulebook."""
