"""Job `uscrn`: 5-minute rows to hourly means, outliers, and the hottest station of each hour."""
