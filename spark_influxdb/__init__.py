"""spark_influxdb: read and write InfluxDB 2 from Apache Spark (see README.md)."""

from spark_influxdb.connection import Connection
from spark_influxdb.data_source import InfluxDBDataSource, register
from spark_influxdb.dataframes import batch_function, prepared, write
from spark_influxdb.errors import AccessError, InfluxDBError, OptionError, RefusedLine, Unavailable
from spark_influxdb.foreach import InfluxDBWriter
from spark_influxdb.points import Points
from spark_influxdb.writer import Refusal, WriteOptions, Written, write_rows

__all__ = [
    "AccessError",
    "Connection",
    "InfluxDBDataSource",
    "InfluxDBError",
    "InfluxDBWriter",
    "OptionError",
    "Points",
    "Refusal",
    "RefusedLine",
    "Unavailable",
    "WriteOptions",
    "Written",
    "batch_function",
    "prepared",
    "register",
    "write",
    "write_rows",
]
