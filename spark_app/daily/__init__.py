"""Jobs `daily` and `stats`: daily reports from hourly readings, and statistics of each station."""
