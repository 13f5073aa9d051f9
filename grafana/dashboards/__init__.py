"""One module per dashboard, each with a `dashboard()` that returns its builder."""
