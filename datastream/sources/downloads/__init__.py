"""Files at http(s) addresses: copies on this machine, compared with the server at each poll."""
