"""The archive of Java classes with which Spark's JVMs start in less CPU time.

Imports nothing else of the project, so that the layer of the image that holds the archive outlives changes of the code.
"""
