"""The protobuf messages: one .proto a message, and beside it what `python -m weather.messages.build` makes of it."""
