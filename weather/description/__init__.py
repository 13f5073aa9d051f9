"""Tables of your own, described in a TOML file."""
