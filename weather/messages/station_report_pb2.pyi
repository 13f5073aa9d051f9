from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Report(_message.Message):
    __slots__ = ("date", "degrees", "station_id")
    DATE_FIELD_NUMBER: _ClassVar[int]
    DEGREES_FIELD_NUMBER: _ClassVar[int]
    STATION_ID_FIELD_NUMBER: _ClassVar[int]
    date: str
    degrees: float
    station_id: str
    def __init__(self, date: _Optional[str] = ..., degrees: _Optional[float] = ..., station_id: _Optional[str] = ...) -> None: ...
