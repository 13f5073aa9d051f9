"""Jobs `daily` and `stats`: hourly readings to daily reports, and statistics of each station."""
