"""What the programs store: statistics as JSON, rows as Parquet files in a folder or in HDFS."""
