"""Tests of the embedded servers and of the processes that outlive their starter."""
