"""Dead letters as a tool: list, show, export, correct and replay, drop."""
