"""Source `uscrn`: 5-minute files of the U.S. Climate Reference Network."""
