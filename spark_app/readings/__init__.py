"""Job `meteo`: hourly readings of topic `meteo` to measurement `meteo`."""
