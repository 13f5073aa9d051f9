"""The protobuf messages: one .proto file each, and the code that `python -m weather.messages.build` generates."""
