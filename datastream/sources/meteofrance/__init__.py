"""Source `meteofrance`: hourly files of Météo-France."""
