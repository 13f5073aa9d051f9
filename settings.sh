# shellcheck shell=bash
# All settings of the stack. Source this file from bash or zsh, as often as you like. A variable of your
# environment wins, so `KAFKA_PORT=19092 ./build_setup.sh` needs no edit here.

# zsh sets HOST to the machine's name; only an exported HOST is your choice.
[ -z "${ZSH_VERSION-}" ] || printenv HOST >/dev/null || unset HOST
# shellcheck disable=SC2296  # the second form is zsh's
_stack_root="$(CDPATH='' builtin cd -- "$(dirname "${BASH_SOURCE[0]:-${(%):-%x}}")" && pwd)"

case $- in *a*) _stack_exports=1 ;; *) _stack_exports=0 ;; esac
set -a

# --- where things listen and live
: "${STACK_HOME:=$_stack_root/.stack}"        # data, logs, secrets and run files of this checkout
# The settings kept at the last set-up; your environment wins. ./build_setup.sh --defaults forgets them.
# shellcheck disable=SC1091
[ -n "${STACK_DEFAULTS-}" ] || [ ! -r "$STACK_HOME/run/settings.sh" ] || . "$STACK_HOME/run/settings.sh"
: "${HOST:=127.0.0.1}"                        # address that every port is opened on; anything but loopback needs passwords of your own
: "${STACK_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/weather-stack}" # installed once per machine: Python packages, jars, influxd, archives of Java classes
: "${STACK_START_TIMEOUT:=180}"               # seconds a component may take to become healthy
: "${STACK_PROFILES:=}"                       # optional services to start, separated by commas: consumers, sql, hdfs

# --- source: what is streamed, and how fast
: "${STREAM_SOURCE:=meteofrance}"             # meteofrance, stations (simulated), place (a simulated one), sql (rows of a database table), uscrn (5-minute files), csv (files of your own)
: "${METEO_DATA:=$_stack_root/data/meteofrance/H_molene_201401.csv.gz}" # Météo-France hourly files (.csv or .csv.gz), folders of them and http(s) addresses, separated by spaces
: "${METEO_DEPARTMENT:=}"                     # instead of METEO_DATA: departments whose official files are downloaded and followed, such as "31 09"
: "${METEO_SINCE:=}"                          # the first year of these files; empty = the last two calendar years
: "${METEO_ADDRESS:=https://object.files.data.gouv.fr/meteofrance/data/synchro_ftp/BASE/HOR/}" # where the official files are
: "${STREAMING_FOLLOW:=}"                     # seconds from one look at the files for new and changed rows to the next; 0 = read them once; empty = 300 for addresses, else 0
: "${DOWNLOAD_MAX_MB:=1000}"                  # a larger file is not downloaded
: "${DOWNLOAD_MAX_SECONDS:=600}"              # a slower download is interrupted and resumed later
: "${DOWNLOAD_PROXY:=${HTTPS_PROXY:-${https_proxy:-}}}" # proxy for downloads, such as http://proxy:3128; empty = none
: "${DOWNLOAD_CA:=${REQUESTS_CA_BUNDLE:-${SSL_CERT_FILE:-}}}" # file (PEM) of the authorities to trust for downloads; empty = the usual ones
: "${STREAMING_TIME_DELTA:=}"                 # seconds between two rows (meteofrance, sql, uscrn); 0 = as fast as possible; empty = 0.05, or 0 for addresses; changed live by modify_streaming_timedelta.sh
: "${STREAMING_LOOP:=0}"                      # 1 = start over at the end of the data, 0 = stop there
: "${DATASTREAM_FLASK_PORT:=5000}"            # streamer: live page, HTTP API, metrics

# --- simulated sources: the same seed is the same weather
: "${STATIONS_COUNT:=15}"                     # stations A, B, C, …; at most 26
: "${STATIONS_SEED:=2000}"                    # another number is other weather
: "${STATIONS_DAYS:=0}"                       # days from 2000-01-01 on; 0 = endless
: "${STATIONS_DAY_SECONDS:=1}"                # seconds that a day of all stations takes at first; you change it live
: "${PLACE_SEED:=1990}"                       # another number is other weather
: "${PLACE_DAY_SECONDS:=0.1}"                 # seconds that a day takes at first; you change it live

# --- USCRN: 5-minute files of the source uscrn, and the Spark job of the same name
: "${USCRN_DATA:=$_stack_root/data/uscrn/sample}" # 5-minute files (CRNS0101-05-*.txt or .txt.gz), folders of them and http(s) addresses, separated by spaces
: "${USCRN_STATIONS:=}"                       # instead of USCRN_DATA: stations whose official files are downloaded and followed, such as "TX_Austin_33_NW WA_Spokane_17_SSW"
: "${USCRN_SINCE:=}"                          # the first year of these files; empty = this year
: "${USCRN_ADDRESS:=https://www.ncei.noaa.gov/pub/data/uscrn/products/subhourly01/}" # where the official files are
: "${USCRN_MODE:=partitioned}"                # partitioned = all stations at once, to topic Partitioned; sequential = file after file, to InputData
: "${USCRN_DATE:=all}"                        # send one local date only, such as 20210101; all = every one
: "${USCRN_PARTITIONS:=3}"                    # partitions of Partitioned: at least one for each station
: "${USCRN_LATENESS_MINUTES:=60}"             # a row that is older than the newest row of its station by more than this is late, and does not count
: "${USCRN_SPIKE_HOURS:=2}"                   # hours before a reading whose median it is compared with: a reading far from the median is a spike
: "${USCRN_SPIKE_DEVIATIONS:=10}"             # scaled median absolute deviations from the median, from which a reading is a spike
: "${USCRN_STUCK_HOURS:=6}"                   # hours without any change, after which a sensor counts as stuck

# --- files of your own (source csv)
: "${CSV_DESCRIPTION:=$_stack_root/examples/own_data/greenhouse.toml}" # what the columns mean: docs/own-data.md
: "${CSV_DATA:=$_stack_root/examples/own_data/greenhouse.csv}" # CSV or NDJSON files, folders of them and http(s) addresses, separated by spaces

# --- SQL database of STREAM_SOURCE=sql and of profile sql
: "${SQL_HOST:=}"                             # a database of your own; empty = the MariaDB that this stack starts
: "${SQL_PORT:=3306}"                         # MariaDB, or the database at SQL_HOST
: "${SQL_DATABASE:=CS544}"                    # its database
: "${SQL_USER:=weather}"                      # who may use that database
: "${SQL_PASS:=}"                             # its password; empty = one made at random, in STACK_HOME/secrets/sql_password
: "${SQL_ROW_DELTA:=0.1}"                     # seconds between two rows that the generator adds
: "${SQL_LATE_SECONDS:=60}"                   # how long a row with a lower id than the newest one may still be committed; longer than your longest transaction

# --- Kafka
: "${KAFKA_PORT:=9092}"                       # broker, for clients on this machine
: "${KAFKA_CONTROLLER_PORT:=9093}"            # KRaft controller (native mode)
: "${KAFKA_TOPIC:=meteo}"                     # topic of the readings; invalid records go to <topic>.dlq
: "${KAFKA_PARTITIONS:=4}"                    # partitions of the topic: the upper bound of Spark's reading parallelism
: "${KAFKA_HEAP:=512m}"                       # broker's Java heap
: "${KAFKA_RETENTION_HOURS:=168}"             # hours after which the broker deletes records; a program that is away for longer misses some
: "${KAFKA_RETENTION_MB:=2048}"               # megabytes of each partition from which on the broker deletes its oldest records; more than the backlog that you expect
: "${KAFKA_MONITOR:=0}"                       # 1 = also start kafka-ui (Docker mode)
: "${KAFKA_MONITOR_PORT:=9021}"               # kafka-ui

# --- HDFS of profile hdfs
: "${HDFS_PORT:=9000}"                        # NameNode, for Hadoop's own clients
: "${HDFS_WEB_PORT:=9870}"                    # NameNode's web server: WebHDFS, for consumers.parquet
: "${HDFS_DATANODE_PORT:=9866}"               # DataNode, for blocks
: "${HDFS_DATANODE_WEB_PORT:=9864}"           # DataNode's web server: where WebHDFS reads and writes
: "${HDFS_DATANODE_IPC_PORT:=9867}"           # DataNode's own interface
: "${HDFS_HEAP:=300m}"                        # Java heap of each of the two

# --- consumers: programs that write the messages of a topic to files
: "${CONSUMERS_DIR:=$STACK_HOME/data/consumers}" # folder of their files and checkpoints, with a folder for each program
: "${ARCHIVE_URI:=}"                          # where consumers.parquet puts data/: webhdfs://host:port/path or any fsspec URI; empty = HDFS of profile hdfs, else beside its checkpoints

# --- Spark
: "${SPARK_JOBS:=}"                           # jobs of the application, separated by commas; empty = the jobs of STREAM_SOURCE
: "${SPARK_WORKER_NUMBER:=1}"                 # worker processes (native) or containers (Docker)
: "${SPARK_WORKER_CORES:=4}"                   # task slots of each worker; best as many in all as KAFKA_PARTITIONS, even if that is more than the cores
: "${SPARK_WORKER_MEMORY:=1g}"                # memory each worker may hand to executors
: "${SPARK_EXECUTOR_MEMORY:=768m}"            # heap of one executor; at most SPARK_WORKER_MEMORY
: "${SPARK_DRIVER_MEMORY:=768m}"              # heap of the application's driver
: "${SPARK_MASTER_PORT:=7077}"                # master, for workers and applications
: "${SPARK_UI_PORT:=8080}"                    # master's web page
: "${SPARK_APP_UI_PORT:=4040}"                # application's web page
: "${SPARK_TRIGGER_SECONDS:=1}"               # seconds from one micro-batch of readings to the next, if the one before has ended; 0 = without a pause: lower latency, more CPU time
: "${SPARK_IDLE_TRIGGER_SECONDS:=2}"          # the same while fewer than 100 readings are waiting; without effect if it is not more than SPARK_TRIGGER_SECONDS, or that is 0
: "${SPARK_MAX_OFFSETS_PER_TRIGGER:=1000000}" # maximum of Kafka records in one micro-batch; a large one costs less planning, and is repeated whole after a crash
: "${SPARK_WRITE_TASKS:=2}"                    # tasks of a micro-batch that read a topic, and write its readings: one for each core, at most KAFKA_PARTITIONS; fewer: lower latency; more: higher throughput
: "${SPARK_SHUFFLE_PARTITIONS:=2}"            # tasks after a shuffle (statistics, days, rain): one for each core; an existing checkpoint keeps its number

# --- daily reports, statistics, rain forecast
: "${SPARK_CONSOLE:=0}"                       # 1 = statistics and predictions also as tables in the application's log (./submit.sh --console)
: "${DAILY_TIME_ZONE:=Europe/Paris}"          # time zone in which a day begins and ends
: "${DAILY_FEWEST_HOURS:=20}"                 # hours of temperature and of rain that a day needs to count
: "${DAILY_LATE_HOURS:=3}"                    # a day is closed when an hour this long after its end has arrived
: "${DAILY_SECONDS:=20}"                      # seconds between two checks for closed days; each takes the CPU time of several batches of readings
: "${REPORT_LATE_DAYS:=7}"                    # a daily report that is older than the newest one by more days does not count
: "${STATISTICS_SECONDS:=5}"                  # seconds between two updates of the statistics
: "${DATASET_SECONDS:=30}"                    # seconds between two files of the rain dataset
: "${FORECAST_SECONDS:=10}"                   # seconds between two rounds of predictions
: "${TRAIN_AUTOMATICALLY:=1}"                 # 1 = train models automatically as days are added; 0 = only with ./submit.sh train
: "${TRAIN_MIN_DAYS:=8}"                      # days of the dataset before the first training; the eighth is the tenth day of the data
: "${TRAIN_EVERY_DAYS:=5}"                    # days that are added before the models are trained again
: "${TRAIN_PAUSE_SECONDS:=300}"               # minimum seconds between the starts of two trainings
: "${TRAIN_CANDIDATES:=decision_tree,logistic_regression}" # models that automatic training compares; also random_forest, gradient_boosted_trees
: "${TRAIN_MEMORY:=512m}"                     # heap of the training process, which exists only while it trains; at least 512m
: "${RAIN_DATASET_DIR:=}"                     # Parquet files of the rain dataset; empty = STACK_HOME/data/forecast/STREAM_SOURCE/dataset
: "${MODELS_DIR:=}"                           # trained models; empty = STACK_HOME/data/forecast/STREAM_SOURCE/models

# --- InfluxDB
: "${INFLUXDB_PORT:=8086}"                    # HTTP API
: "${INFLUXDB_ORG:=valdom}"                   # organisation
: "${INFLUXDB_USER:=admin}"                   # first user
: "${INFLUXDB_PASS:=adminvaldom}"             # its password, at least 8 characters
: "${INFLUXDB_BUCKET:=meteo}"                 # bucket of the readings, kept permanently
: "${INFLUXDB_MONITORING_BUCKET:=monitoring}" # bucket of the pipeline's own metrics, kept 30 days
: "${INFLUXDB_BATCH_LINES:=10000}"            # lines of one write request
: "${INFLUXDB_GOGC:=400}"                     # percent by which influxd's heap may grow between two garbage collections; 100 needs less memory and more time

# --- Grafana
: "${GRAFANA_PORT:=3000}"                     # web page
: "${GRAFANA_USER:=admin}"                    # administrator
: "${GRAFANA_PASS:=admin}"                    # its password
: "${GRAFANA_HOME:=}"                         # folder of a Grafana installation (native mode); empty = look on the PATH
: "${GRAFANA_MAP_TILES:=0}"                   # 1 = maps in Grafana draw tiles of its default base map, a public server; 0 = outlines of the countries, without the internet
: "${INFLUXD:=}"                              # influxd binary (native mode); empty = look on the PATH, else build it once

# --- versions that agree with each other
: "${PYTHON:=python3}"                        # Python 3.11 or newer, with venv
: "${KAFKA_VERSION:=4.4.0}"                   # native broker, from Maven
: "${HADOOP_VERSION:=3.4.3}"                 # native HDFS, from Maven
: "${SPARK_VERSION:=4.2.0}"                   # pyspark and its Kafka connector: always the same number
: "${INFLUXDB_VERSION:=2.7.12}"               # native influxd, from its Go module
: "${PYTHON_IMAGE:=python:3.11-slim-bookworm}" # base of our two images
: "${MAVEN_IMAGE:=maven:3.9-eclipse-temurin-17}" # build stage that fetches Spark's Kafka connector
: "${IMAGE_BUILD_NETWORK:=default}"           # network of image builds; "host" if only the host itself reaches the package registries
: "${IMAGE_BUILD_CA:=}"                       # certificate file (PEM) that image builds must trust, such as that of a proxy with its own authority
: "${KAFKA_IMAGE:=apache/kafka:4.1.1}"        # broker (Docker mode)
: "${INFLUXDB_IMAGE:=influxdb:2.7}"           # InfluxDB (Docker mode)
: "${GRAFANA_IMAGE:=grafana/grafana:12.2.1}"  # Grafana (Docker mode)
: "${MARIADB_IMAGE:=mariadb:11.4}"            # MariaDB (Docker mode, profile sql)
: "${HADOOP_IMAGE:=apache/hadoop:3.4.3}"       # NameNode and DataNode (Docker mode, profile hdfs)
: "${KAFKA_UI_IMAGE:=ghcr.io/kafbat/kafka-ui:v1.3.0}" # kafka-ui (Docker mode)

# Relative paths become absolute, because the scripts change the folder.
case $METEO_DATA in /* | *://*) ;; *) METEO_DATA="$PWD/$METEO_DATA" ;; esac
case $USCRN_DATA in /* | *://*) ;; *) USCRN_DATA="$PWD/$USCRN_DATA" ;; esac
case $CSV_DATA in /* | *://*) ;; *) CSV_DATA="$PWD/$CSV_DATA" ;; esac
case $CSV_DESCRIPTION in /*) ;; *) CSV_DESCRIPTION="$PWD/$CSV_DESCRIPTION" ;; esac
case $STACK_HOME in /*) ;; *) STACK_HOME="$PWD/$STACK_HOME" ;; esac
case $RAIN_DATASET_DIR in "" | /*) ;; *) RAIN_DATASET_DIR="$PWD/$RAIN_DATASET_DIR" ;; esac
case $MODELS_DIR in "" | /*) ;; *) MODELS_DIR="$PWD/$MODELS_DIR" ;; esac
case $CONSUMERS_DIR in /*) ;; *) CONSUMERS_DIR="$PWD/$CONSUMERS_DIR" ;; esac
case $DOWNLOAD_CA in "" | /*) ;; *) DOWNLOAD_CA="$PWD/$DOWNLOAD_CA" ;; esac
case $INFLUXD in "" | /*) ;; *) INFLUXD="$PWD/$INFLUXD" ;; esac
case $GRAFANA_HOME in "" | /*) ;; *) GRAFANA_HOME="$PWD/$GRAFANA_HOME" ;; esac
case $STACK_CACHE in /*) ;; *) STACK_CACHE="$PWD/$STACK_CACHE" ;; esac

[ "$_stack_exports" = 1 ] || set +a
unset _stack_root _stack_exports
