import pytest

pytest.register_assert_rewrite("testing")  # its asserts then say what they compared
