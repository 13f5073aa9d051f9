"""Where rows come from: the registry of sources, and one folder for each kind of source."""
