"""What the programs keep: statistics as JSON, rows as Parquet files in a folder or in HDFS."""
