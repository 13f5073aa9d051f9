"""One module per dashboard, whose `dashboard()` returns its builder, and one for a section of "Predictions"."""
