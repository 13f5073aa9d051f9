"""The servers that native mode configures itself: Kafka, HDFS and MariaDB."""
